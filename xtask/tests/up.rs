//! `cargo xtask up`, as who tries things out by killing parts of it uses it.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by it, in its helpers as well"
)]

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines},
    process::Command,
    time::timeout,
};

/// What has to be built and started takes a minute on a busy machine.
const LIMIT: Duration = Duration::from_mins(5);

/// The next line with this in it; fails when there is none.
async fn line(lines: &mut Lines<BufReader<impl AsyncRead + Unpin>>, part: &str) -> String {
    loop {
        let next = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap();
        let next = next.unwrap();
        if next.contains(part) {
            return next;
        }
    }
}

fn signal(id: &Value, signal: Signal) {
    let id = i32::try_from(id.as_i64().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
}

#[tokio::test]
async fn a_replica_that_is_killed_is_told_of_and_everything_else_goes_on() {
    let mut up = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["up", "--json", "--replicas", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Its guard ends what it started.
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut out = BufReader::new(up.stdout.take().unwrap()).lines();
    let mut told = BufReader::new(up.stderr.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&line(&mut out, "{").await).unwrap();

    for (at, name) in ["operator-1", "operator-2"].into_iter().enumerate() {
        signal(&ready["operator_pids"][at], Signal::KILL);
        let said = line(&mut told, "ended").await;
        let start = format!("{name} has ended (signal: 9");
        assert!(said.starts_with(&start), "{said}");
    }
    assert_eq!(up.try_wait().unwrap(), None, "the control plane goes on");

    signal(&Value::from(up.id()), Signal::INT);
    let said = timeout(LIMIT, told.next_line()).await.unwrap().unwrap();
    assert_eq!(said.as_deref(), Some("stopping"), "and each was told once");
    let status = timeout(LIMIT, up.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
}
