//! Supervised processes and their guard, with the real `xtask guard` behind them.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by it, in its helpers as well"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use xtask::process::{Guard, Process, Signal, Spec};

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

fn guard() -> Arc<Guard> {
    Guard::start_from(Path::new(env!("CARGO_BIN_EXE_xtask"))).unwrap()
}

/// A process that runs until it is ended.
fn sleeper(directory: &Path) -> Spec {
    Spec::new("sleeper", "sleep", directory.join("log")).args(["600"])
}

fn shell(directory: &Path, script: &str) -> Spec {
    Spec::new("script", "sh", directory.join("log")).args(["-c", script])
}

/// Whether a process exists and is more than a zombie.
fn exists(id: u32) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", &id.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

#[tokio::test]
async fn a_dropped_process_and_its_folder_are_gone() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let process = Process::start(&guard, sleeper(&directory)).unwrap();
    let id = process.id();
    assert!(exists(id));

    drop(process);
    assert!(!exists(id));
    drop(guard);
    assert!(!directory.exists());
}

#[tokio::test]
async fn what_a_process_started_is_killed_with_it() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let spec = shell(&directory, "sleep 600 & echo $!; wait");
    let mut process = Process::start(&guard, spec).unwrap();
    let child = loop {
        // The script is done with its line when the line is there.
        match fs::read_to_string(directory.join("log"))
            .unwrap()
            .trim()
            .parse()
        {
            Ok(child) => break child,
            Err(_) => tokio::task::yield_now().await,
        }
    };

    process.kill().unwrap();

    let gone = async {
        while exists(child) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, gone).await.unwrap();
}

#[tokio::test]
async fn a_frozen_process_can_be_stopped() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let mut process = Process::start(&guard, sleeper(&directory)).unwrap();
    process.signal(Signal::STOP).unwrap();
    assert_eq!(process.exited().unwrap(), None);

    assert!(!process.stop().await.unwrap().success());
}

#[tokio::test]
async fn a_killed_process_starts_again() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let mut process = Process::start(&guard, sleeper(&directory)).unwrap();
    let first = process.id();
    process.kill().unwrap();

    process.restart().unwrap();

    assert_ne!(process.id(), first);
    assert_eq!(process.exited().unwrap(), None);
}

#[tokio::test]
async fn an_end_comes_with_the_end_of_the_log() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let spec = shell(&directory, "echo out; echo no such store >&2; exit 3");
    let mut process = Process::start(&guard, spec).unwrap();
    process.wait_at_most(LIMIT).await.unwrap().unwrap();

    let message = process.still_running().unwrap_err().to_string();

    assert!(
        message.contains("exit status: 3") && message.contains("no such store"),
        "{message}"
    );
}

#[tokio::test]
async fn the_environment_is_the_specs() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let spec = shell(&directory, "echo $NAME-$HOME")
        .env("NAME", "value")
        .env_remove("HOME");
    Process::start(&guard, spec).unwrap().wait().await.unwrap();

    assert_eq!(
        fs::read_to_string(directory.join("log")).unwrap(),
        "value-\n"
    );
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let guard = guard();
    let directory = guard.directory("coffer-test-").unwrap();
    let spec = Spec::new(
        "the operator",
        directory.join("missing"),
        directory.join("log"),
    );

    let message = Process::start(&guard, spec).unwrap_err().to_string();

    assert!(message.contains("the operator"), "{message}");
}

#[tokio::test]
async fn the_guard_alone_cleans_up_after_a_crash() {
    // A crash is the end of the pipe, whoever held it.
    let mut guard = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("guard")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let owner = self::guard();
    let directory: PathBuf = owner.directory("coffer-test-").unwrap();
    let mut process = Process::start(&owner, sleeper(&directory)).unwrap();
    let told = format!("pid {}\ndir {}\n", process.id(), directory.display());
    std::io::Write::write_all(&mut guard.stdin.take().unwrap(), told.as_bytes()).unwrap();

    let ended = process.wait_at_most(LIMIT).await.unwrap();

    assert!(ended.is_some());
    assert!(guard.wait().unwrap().success());
    assert!(!directory.exists());
}
