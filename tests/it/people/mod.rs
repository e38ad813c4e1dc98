//! The command line for people, run as kubectl runs it, against a real cluster.

mod create;
mod get;
mod plugin;
mod printed;
mod rights;
mod set;
mod tree;
mod verify;

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::ran::{Ran, run};
use crate::support::{Canary, Cluster, Namespace, someone};

/// Someone at a desk: a namespace, a kubeconfig, a folder with the plugin, a value to keep secret.
struct Person {
    ns: Namespace,
    kubeconfig: PathBuf,
    folder: TempDir,
    canary: Canary,
}

impl Person {
    /// The administrator, in a new namespace.
    async fn new() -> Self {
        let ns = Cluster::namespace("people").await;
        let kubeconfig = ns.cluster.kubeconfig.clone();
        Self::at(ns, kubeconfig)
    }

    /// The same where plaintext waits until the controller seals it.
    async fn in_controller_mode() -> Self {
        let ns = Cluster::namespace_in_controller_mode("people").await;
        let kubeconfig = ns.cluster.kubeconfig.clone();
        Self::at(ns, kubeconfig)
    }

    fn at(ns: Namespace, kubeconfig: PathBuf) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["kubectl-coffer", "kubectl_complete-coffer"] {
            let link = folder.path().join(name);
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_coffer"), link).unwrap();
        }
        Self {
            ns,
            kubeconfig,
            folder,
            canary: Canary::new(),
        }
    }

    /// A person who may do these things with Coffer's objects in the namespace, and nothing else.
    async fn with_rights(rules: Json) -> Self {
        let ns = Cluster::namespace("people").await;
        let kubeconfig = someone::kubeconfig(&ns, &[(&ns.name, rules)]).await;
        Self::at(ns, kubeconfig)
    }

    /// A file in the folder.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Runs `kubectl coffer` in the namespace; no output may show the value.
    async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "").await
    }

    /// The same with a standard input.
    async fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let kubeconfig = self.kubeconfig.display().to_string();
        let place = ["--kubeconfig", &kubeconfig, "--namespace", &self.ns.name];
        let place = if arguments.contains(&"-A") {
            &place[..2]
        } else {
            &place[..]
        };
        let mut command = Command::new(self.folder.path().join("kubectl-coffer"));
        command.args(arguments).args(place);
        self.ran(command, stdin).await
    }

    async fn ran(&self, mut command: Command, stdin: &str) -> Ran {
        command.env_remove("KUBECONFIG");
        let output = run(command, stdin).await;
        let ran = Ran::from(output);
        self.canary.assert_absent("stdout", &ran.out);
        self.canary.assert_absent("stderr", &ran.err);
        ran
    }

    /// Runs what has to succeed, and gives what was printed.
    async fn succeeds(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        ran.out
    }

    /// Runs what has to end with this code and print nothing, and gives what was complained about.
    async fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{}", ran.err);
        ran.err
    }

    /// `KEY=` with the value to keep secret.
    fn literal(&self, key: &str) -> String {
        format!("{key}={}", self.canary.value())
    }

    /// Fails when the cluster has the value anywhere but in the native Secret.
    async fn assert_no_trace(&self, name: &str) {
        let object = self.ns.secrets().get(name).await.unwrap();
        self.canary
            .assert_absent("the object", &json!(object).to_string());
        self.canary
            .assert_absent("the operator's log", &self.ns.cluster.operator_log());
        let audit = std::fs::read_to_string(&self.ns.cluster.audit_log).unwrap();
        self.canary.assert_absent("the audit log", &audit);
    }
}
