//! The guard's end of the pipe: wait until the command is gone, then clean up after it.

use std::{
    fs,
    io::{self, BufRead},
    path::Path,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{Instant, sleep};

use super::{
    alive::is_alive,
    protocol::{Estate, Line},
};

/// How long the processes may take to end by themselves.
const GRACE: Duration = Duration::from_secs(3);
/// How long what they still write may keep a folder from being removed.
const REMOVAL: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// Reads what the command tells until it is gone, then ends its processes and removes its folders.
pub async fn watch(pipe: impl BufRead) {
    let Estate {
        processes,
        directories,
    } = read(pipe);
    end(processes).await;
    for directory in directories {
        remove(&directory).await.ok();
    }
}

fn read(pipe: impl BufRead) -> Estate {
    let mut estate = Estate::default();
    for line in pipe.lines().map_while(Result::ok) {
        if let Some(line) = Line::read(&line) {
            estate.note(line);
        }
    }
    estate
}

async fn end(processes: Vec<u32>) {
    let groups: Vec<Pid> = processes
        .into_iter()
        .rev()
        .filter_map(|id| i32::try_from(id).ok().and_then(Pid::from_raw))
        .collect();
    for signal in [Signal::TERM, Signal::CONT] {
        send(&groups, signal);
    }
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline && groups.iter().any(|group| is_alive(*group)) {
        sleep(POLL).await;
    }
    // The leader of a group may have left others behind.
    send(&groups, Signal::KILL);
}

fn send(groups: &[Pid], signal: Signal) {
    for group in groups {
        // The only error is that it is gone already.
        kill_process_group(*group, signal).ok();
    }
}

async fn remove(directory: &Path) -> io::Result<()> {
    let deadline = Instant::now() + REMOVAL;
    loop {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) if Instant::now() < deadline => sleep(POLL).await,
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::CommandExt as _, process::Command};

    use super::*;

    #[tokio::test]
    async fn processes_and_folders_go_when_the_pipe_ends() {
        let directory = tempfile::tempdir().unwrap().keep();
        let mut child = Command::new("sleep")
            .arg("60")
            .process_group(0)
            .spawn()
            .unwrap();
        let pipe = format!("pid {}\ndir {}\n", child.id(), directory.display());

        watch(pipe.as_bytes()).await;

        assert!(!child.wait().unwrap().success());
        assert!(!directory.exists());
    }

    #[tokio::test]
    async fn a_process_deaf_to_requests_is_killed() {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' TERM; while :; do sleep 1; done"])
            .process_group(0)
            .spawn()
            .unwrap();

        watch(format!("pid {}\n", child.id()).as_bytes()).await;

        assert!(!child.wait().unwrap().success());
    }
}
