//! Who calls: service accounts with rights in one namespace, which is their account.

use std::path::PathBuf;

use coffer::api::{Secret, SecretStore};
use kube::ResourceExt as _;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::support::cluster::told;
use crate::support::ran::run;
use crate::support::{Canary, Cluster, Namespace, Ran, eventually};

/// Each takes a core for a second or two.
static PLACES: Semaphore = Semaphore::const_new(2);

/// All that a caller can need.
pub(crate) const ALL: [&str; 6] = ["get", "list", "create", "update", "patch", "delete"];

/// A namespace whose service account `app` may do everything with secrets and stores, and `reader` only look.
pub(super) struct Caller {
    pub(super) ns: Namespace,
    pub(super) folder: TempDir,
    pub(super) token: String,
    /// The token of one who may only look.
    pub(super) reader: String,
    /// The first value of a secret.
    pub(super) first: Canary,
    /// The value that it has in the end.
    pub(super) last: Canary,
}

/// What a service account of the namespace `of` may do with Coffer's objects, where this is applied.
fn rights(account: &str, of: &Namespace, verbs: &[&str]) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{ name: {account} }}
rules: [{{ apiGroups: [coffer.dev], resources: [secrets, secretstores], verbs: {} }}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{ name: {account} }}
roleRef: {{ apiGroup: rbac.authorization.k8s.io, kind: Role, name: {account} }}
subjects: [{{ kind: ServiceAccount, name: {account}, namespace: {} }}]
",
        json!(verbs),
        of.name,
    )
}

impl Caller {
    pub(super) async fn new() -> Self {
        let ns = Cluster::namespace("facade").await;
        Self {
            token: account(&ns, "app", &ALL).await,
            reader: account(&ns, "reader", &ALL[..2]).await,
            ns,
            folder: TempDir::new().unwrap(),
            first: Canary::new(),
            last: Canary::new(),
        }
    }

    /// Lets `app` do the same in another namespace.
    pub(super) async fn also_in(&self, other: &Namespace) {
        other.apply(&rights("app", &self.ns, &ALL)).await;
    }

    /// A client, told nothing but what it is given here and by `environment`.
    pub(super) fn client(&self, variable: &str) -> Command {
        let mut command = Command::new(told(variable));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path());
        command
    }

    /// Runs it; no output may show a value.
    pub(super) async fn run(&self, command: Command, stdin: &str) -> Ran {
        let _place = PLACES.acquire().await.unwrap();
        let ran = Ran::from(run(command, stdin).await);
        for value in [&self.first, &self.last] {
            value.assert_absent("stdout", &ran.out);
            value.assert_absent("stderr", &ran.err);
        }
        ran
    }

    /// Has the store that the client made deliver, and checks what the secrets of these names hold; no value may be
    /// anywhere else.
    pub(super) async fn assert_delivers(&self, store: &str, expected: &[(&str, &Canary)]) {
        let stores: Vec<SecretStore> = list(&self.ns.stores()).await;
        let called = |it: &&SecretStore| it.spec.name.as_deref().unwrap_or(&it.name_any()) == store;
        let object = stores.iter().find(called).unwrap().name_any();
        let target = Patch::Merge(json!({ "spec": { "defaultTarget": {} } }));
        let params = PatchParams::default();
        self.ns
            .stores()
            .patch(&object, &params, &target)
            .await
            .unwrap();
        // Those of a store that was deleted by force go after it.
        let secrets = eventually("only these are there", async || {
            let secrets: Vec<Secret> = list(&self.ns.secrets()).await;
            let mut names: Vec<_> = secrets
                .iter()
                .map(|it| it.spec.name.clone().unwrap())
                .collect();
            names.sort_unstable();
            let are_these = names.iter().eq(expected.iter().map(|(name, _)| name));
            if are_these {
                Ok(secrets)
            } else {
                Err(names.join(", "))
            }
        })
        .await;
        for (name, value) in expected {
            let secret = secrets
                .iter()
                .find(|it| it.spec.name.as_deref() == Some(name));
            let native = secret.unwrap().name_any();
            self.ns.native(&native, "is delivered", |_| true).await;
            assert_eq!(self.ns.bytes(&native, "value").await, value.bytes());
        }
        self.assert_no_trace(&json!(secrets));
    }

    fn assert_no_trace(&self, secrets: &Json) {
        let log = self.ns.cluster.operator_log();
        assert!(
            log.contains(&self.ns.name),
            "the log is that of the operator which was asked"
        );
        let audit = std::fs::read_to_string(&self.ns.cluster.audit_log).unwrap();
        for value in [&self.first, &self.last] {
            value.assert_absent("the operator's log", &log);
            value.assert_absent("the audit log", &audit);
            value.assert_absent("the Secrets", &secrets.to_string());
        }
    }

    /// The identifier of the account.
    pub(super) async fn id(&self) -> String {
        id_of(&self.ns).await
    }

    /// The address of the REST interfaces.
    pub(super) fn facade() -> PathBuf {
        told("COFFER_TEST_FACADE")
    }
}

/// The identifier of a namespace as an account: its UID.
pub(super) async fn id_of(ns: &Namespace) -> String {
    let namespace = ns.namespaces().get(&ns.name).await.unwrap();
    namespace.uid().unwrap().replace('-', "")
}

/// Makes a service account that may do this with Coffer's objects in its namespace; its token.
pub(crate) async fn account(ns: &Namespace, name: &str, verbs: &[&str]) -> String {
    let account = format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{ name: {name} }}\n");
    ns.apply(&account).await;
    ns.apply(&rights(name, ns, verbs)).await;
    let token = ns
        .kubectl(&["create", "token", name, "--audience", "coffer"], "")
        .await;
    token.trim().to_owned()
}

async fn list<K>(api: &kube::Api<K>) -> Vec<K>
where
    K: Clone + serde::de::DeserializeOwned + std::fmt::Debug,
{
    api.list(&ListParams::default()).await.unwrap().items
}
