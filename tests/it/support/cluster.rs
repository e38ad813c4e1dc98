//! A cluster with the operator, seen by its administrator.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Output;

use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value as Json, json};
use tokio::process::Command;

use super::Namespace;
use super::ran::run;

/// A cluster with the operator.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// The administrator's client.
    pub(crate) client: Client,
    /// The administrator's kubeconfig.
    pub(crate) kubeconfig: PathBuf,
    /// The API server's audit log.
    pub(crate) audit_log: PathBuf,
    /// The operator's log.
    pub(crate) operator_log: PathBuf,
    /// The folder with kubectl.
    pub(crate) programs: PathBuf,
    /// A folder to write into.
    pub(crate) scratch: PathBuf,
}

/// What `cargo xtask test` says; without it there is no cluster to test on.
pub(crate) fn told(variable: &str) -> PathBuf {
    env::var_os(variable).map_or_else(
        || panic!("{variable} is not set: run the tests with `cargo xtask test`"),
        PathBuf::from,
    )
}

/// A client of one's own for each test: a connection ends with the runtime that it began in.
pub(super) async fn client(kubeconfig: &Path) -> Client {
    // The only error is that it is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config =
        kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .unwrap();
    config.proxy_url = None;
    Client::try_from(config).unwrap()
}

impl Cluster {
    /// The cluster that all tests share, each in namespaces of its own.
    pub(crate) async fn shared() -> Self {
        let kubeconfig = told("COFFER_TEST_KUBECONFIG");
        Self {
            client: client(&kubeconfig).await,
            kubeconfig,
            audit_log: told("COFFER_TEST_AUDIT_LOG"),
            operator_log: told("COFFER_TEST_OPERATOR_LOG"),
            programs: told("COFFER_TEST_TOOLS"),
            scratch: told("COFFER_TEST_DIR"),
        }
    }

    /// The one that all tests share which are about the admission mode Controller.
    async fn in_controller_mode() -> Self {
        let kubeconfig = told("COFFER_TEST_CONTROLLER_MODE_KUBECONFIG");
        Self {
            client: client(&kubeconfig).await,
            kubeconfig,
            audit_log: told("COFFER_TEST_CONTROLLER_MODE_AUDIT_LOG"),
            operator_log: told("COFFER_TEST_CONTROLLER_MODE_OPERATOR_LOG"),
            programs: told("COFFER_TEST_TOOLS"),
            scratch: told("COFFER_TEST_CONTROLLER_MODE_DIR"),
        }
    }

    /// A new namespace on that one: without webhooks, where the rules of the definitions speak first, and the
    /// controller seals.
    pub(crate) async fn namespace_in_controller_mode(prefix: &str) -> Namespace {
        Namespace::create(Self::in_controller_mode().await, prefix).await
    }

    /// A new namespace on the shared cluster, for one test.
    pub(crate) async fn namespace(prefix: &str) -> Namespace {
        Namespace::create(Self::shared().await, prefix).await
    }

    /// The same, where the webhook does not judge beforehand: what the controller alone enforces.
    pub(crate) async fn unadvised_namespace(prefix: &str) -> Namespace {
        Namespace::create_unadvised(Self::shared().await, prefix).await
    }

    /// Runs kubectl as the administrator, with `stdin` as its standard input.
    pub(crate) async fn kubectl(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = Command::new(self.programs.join("kubectl"));
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .arg("--cache-dir")
            .arg(self.scratch.join("kubectl-cache"))
            .args(arguments)
            .env("KUBERC", "off");
        run(command, stdin).await
    }

    /// The same cluster, seen by a service account of the namespace that may do these things everywhere.
    pub(crate) async fn someone(&self, ns: &Namespace, rules: &Json) -> Self {
        ns.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: someone }\n")
            .await;
        let group = "rbac.authorization.k8s.io";
        let role = json!({
            "apiVersion": format!("{group}/v1"), "kind": "ClusterRole",
            "metadata": { "name": ns.name }, "rules": rules,
        });
        let binding = json!({
            "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding",
            "metadata": { "name": ns.name },
            "roleRef": { "apiGroup": group, "kind": "ClusterRole", "name": ns.name },
            "subjects": [{ "kind": "ServiceAccount", "name": "someone", "namespace": ns.name }],
        });
        let all = json!({ "apiVersion": "v1", "kind": "List", "items": [role, binding] });
        ns.kubectl(&["apply", "-f", "-"], &all.to_string()).await;
        self.account(ns, "someone").await
    }

    /// The same cluster, seen by a service account of the namespace with whatever rights it has.
    pub(crate) async fn account(&self, ns: &Namespace, name: &str) -> Self {
        let token = ns.kubectl(&["create", "token", name], "").await;
        let mut config = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        for user in &mut config.auth_infos {
            let token = json!({ "token": token.trim() });
            user.auth_info = serde_json::from_value(token).unwrap();
        }
        let kubeconfig = self
            .scratch
            .join(format!("{}.{name:.40}.kubeconfig", ns.name));
        std::fs::write(&kubeconfig, serde_json::to_string(&config).unwrap()).unwrap();
        Self {
            client: client(&kubeconfig).await,
            kubeconfig,
            ..self.clone()
        }
    }

    /// The operator's log so far.
    pub(crate) fn operator_log(&self) -> String {
        std::fs::read_to_string(&self.operator_log).unwrap()
    }
}
