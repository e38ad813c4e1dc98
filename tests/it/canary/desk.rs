//! Where authors work: their files, and the commands that they run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

use super::Proof;
use crate::support::Namespace;
use crate::support::ran::run_seen;

/// What a command printed.
pub(super) struct Said {
    pub(super) command: String,
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// What it was given: its arguments and its standard input.
    pub(super) typed: Vec<u8>,
    pub(super) stdin: Vec<u8>,
    /// The environment in which it ran, and the arguments that it showed meanwhile, as anyone on its machine
    /// may see them.
    pub(super) environment: Vec<u8>,
    pub(super) shown: Vec<u8>,
}

impl Proof {
    /// A file of an author's.
    pub(super) fn file(&self, name: &str, content: &str) -> String {
        let path = self.desk.path().join(name);
        fs::write(&path, content).unwrap();
        self.keeps(&path);
        path.display().to_string()
    }

    /// From now on a file may hold what it holds now.
    pub(super) fn keeps(&self, path: &Path) {
        let content = fs::read(path).unwrap();
        let mut inputs = self.inputs.lock().unwrap();
        inputs.insert(path.to_owned(), content);
    }

    /// Whether a file is as an author put it there.
    pub(super) fn is_input(&self, path: &Path) -> bool {
        let content = self.inputs.lock().unwrap().get(path).cloned();
        content.is_some_and(|content| fs::read(path).unwrap() == content)
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
        self.noted(Said {
            typed: arguments.join(" ").into_bytes(),
            stdin: stdin.as_bytes().to_vec(),
            ..Said::of(&format!("kubectl {}", arguments.join(" ")), output)
        })
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
        let (mut environment, mut shown) = (Vec::new(), Vec::new());
        let output = run_seen(command, stdin, |id| {
            environment = of_process(id, "environ");
            shown = of_process(id, "cmdline");
        })
        .await;
        let words = arguments.iter().take(3).copied();
        let command = format!("coffer {}", words.collect::<Vec<_>>().join(" "));
        self.noted(Said {
            typed: arguments.join(" ").into_bytes(),
            stdin: stdin.as_bytes().to_vec(),
            environment,
            shown,
            ..Said::of(&command, output)
        })
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

    /// Runs `coffer` where no namespace is asked for.
    pub(super) async fn administrator(&self, arguments: &[&str], stdin: &str) -> (bool, String) {
        let kubeconfig = self.isolated.cluster.kubeconfig.display().to_string();
        let place = ["--kubeconfig", &kubeconfig];
        // Making keys asks nobody.
        let place = if arguments.contains(&"keygen") {
            &[][..]
        } else {
            &place
        };
        self.coffer_alone(&[arguments, place].concat(), stdin).await
    }

    /// What has to succeed; gives what was printed.
    pub(super) async fn coffer_does(&self, arguments: &[&str], stdin: &str) -> String {
        let (success, said) = self.coffer(arguments, stdin).await;
        assert!(success, "coffer {arguments:?}: {said}");
        said
    }

    /// Whether it succeeded, and what it printed.
    pub(super) fn noted(&self, said: Said) -> (bool, String) {
        let mut all = said.stdout.clone();
        if !said.success {
            all.extend(&said.stderr);
        }
        let all = String::from_utf8_lossy(&all).into_owned();
        assert!(!all.contains("panicked at"), "{}: {all}", said.command);
        let success = said.success;
        self.said.lock().unwrap().push(said);
        (success, all)
    }
}

impl Said {
    pub(super) fn of(command: &str, output: Output) -> Self {
        Self {
            command: command.to_owned(),
            success: output.status.success(),
            stdout: output.stdout,
            stderr: output.stderr,
            typed: Vec::new(),
            stdin: Vec::new(),
            environment: Vec::new(),
            shown: Vec::new(),
        }
    }
}

/// What the system shows of a process to its user; nothing once it has ended.
pub(super) fn of_process(id: u32, what: &str) -> Vec<u8> {
    let path: PathBuf = ["/proc", &id.to_string(), what].iter().collect();
    fs::read(path).unwrap_or_default()
}
