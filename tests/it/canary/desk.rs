//! Where authors work: their files, and the commands that they run.

use std::path::Path;
use std::process::Output;

use tokio::process::Command;

use super::Proof;
use super::proof::Said;
use crate::support::Namespace;
use crate::support::ran::run;

impl Proof {
    /// A file of an author's.
    pub(super) fn file(&self, name: &str, content: &str) -> String {
        let path = self.desk.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Runs kubectl in a namespace. Says whether it succeeded, and what it printed.
    pub(super) async fn kubectl_in(
        &self,
        ns: &Namespace,
        arguments: &[&str],
        stdin: &str,
    ) -> (bool, String) {
        let place = ["--namespace", &ns.name];
        let output = self
            .isolated
            .cluster
            .kubectl(&[&place[..], arguments].concat(), stdin)
            .await;
        self.noted(&format!("kubectl {}", arguments.join(" ")), output)
    }

    /// The same in the proof's namespace.
    pub(super) async fn kubectl(&self, arguments: &[&str], stdin: &str) -> (bool, String) {
        self.kubectl_in(&self.ns, arguments, stdin).await
    }

    /// What has to succeed.
    pub(super) async fn kubectl_does(&self, arguments: &[&str], stdin: &str) -> String {
        let (success, said) = self.kubectl(arguments, stdin).await;
        assert!(success, "kubectl {arguments:?}: {said}");
        said
    }

    /// Runs `coffer` as it stands; its HOME and TMPDIR are empty folders.
    pub(super) async fn coffer_alone(&self, arguments: &[&str], stdin: &str) -> (bool, String) {
        let binary = Path::new(env!("CARGO_BIN_EXE_coffer"));
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .current_dir(self.desk.path())
            .env_remove("KUBECONFIG")
            .env("HOME", self.home.path())
            .env("TMPDIR", self.home.path())
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        let output = run(command, stdin).await;
        let words = arguments.iter().take(3).copied();
        let command = format!("coffer {}", words.collect::<Vec<_>>().join(" "));
        self.noted(&command, output)
    }

    /// Runs `coffer` in a namespace.
    pub(super) async fn coffer_in(
        &self,
        ns: &Namespace,
        arguments: &[&str],
        stdin: &str,
    ) -> (bool, String) {
        let kubeconfig = self.isolated.cluster.kubeconfig.display().to_string();
        let place = ["--kubeconfig", &kubeconfig, "--namespace", &ns.name];
        self.coffer_alone(&[arguments, &place].concat(), stdin)
            .await
    }

    /// The same in the proof's namespace.
    pub(super) async fn coffer(&self, arguments: &[&str], stdin: &str) -> (bool, String) {
        self.coffer_in(&self.ns, arguments, stdin).await
    }

    /// What has to succeed; gives what was printed.
    pub(super) async fn coffer_does(&self, arguments: &[&str], stdin: &str) -> String {
        let (success, said) = self.coffer(arguments, stdin).await;
        assert!(success, "coffer {arguments:?}: {said}");
        said
    }

    pub(super) fn noted(&self, command: &str, output: Output) -> (bool, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        let all = [&stdout[..], &stderr].concat();
        let all = String::from_utf8_lossy(&all).into_owned();
        let said = if status.success() {
            String::from_utf8_lossy(&stdout).into_owned()
        } else {
            all
        };
        self.said.lock().unwrap().push(Said {
            command: command.to_owned(),
            stdout,
            stderr,
        });
        (status.success(), said)
    }
}
