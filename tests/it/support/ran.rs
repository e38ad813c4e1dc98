//! A program, run as a person or a pipeline runs it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }
}

/// Runs `coffer` in a folder, with no cluster to be found but one that the arguments name.
pub(crate) fn coffer(folder: &Path, arguments: &[&str], stdin: &str) -> Ran {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_coffer"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("KUBECONFIG")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .env("HOME", folder)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap().into()
}

/// Runs a command to its end, with this on its standard input.
pub(crate) async fn run(command: Command, stdin: &str) -> Output {
    run_seen(command, stdin, |_| ()).await
}

/// The same; `see` is given the process's id when it has got its input, and may still wait for more.
pub(crate) async fn run_seen(mut command: Command, stdin: &str, see: impl FnOnce(u32)) -> Output {
    let mut child = command
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // What does not read its input closes the pipe early.
    let _ = pipe.write_all(stdin.as_bytes()).await;
    see(child.id().unwrap());
    drop(pipe);
    child.wait_with_output().await.unwrap()
}
