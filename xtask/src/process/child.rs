//! A running process: signals, waiting, restarting, and its end.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::process::CommandExt as _,
    process::{Child, ExitStatus},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{Instant, sleep};

use super::{Guard, Spec};

/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(10);
/// How long a process may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// The part of a log that an error shows.
const TAIL_BYTES: i64 = 16 * 1024;
const TAIL_LINES: usize = 15;

/// A process in a group of its own, killed and reaped when dropped.
///
/// The group keeps a terminal's Ctrl-C away from it: the command decides who ends, and in what order.
#[derive(Debug)]
pub struct Process {
    spec: Spec,
    child: Child,
    guard: Arc<Guard>,
}

impl Process {
    /// Starts it under `guard`.
    pub fn start(guard: &Arc<Guard>, spec: Spec) -> Result<Self> {
        let child = spawn(guard, &spec)?;
        Ok(Self {
            spec,
            child,
            guard: Arc::clone(guard),
        })
    }

    /// Starts it again, with the same arguments and log. Ends it first if it still runs.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.child = spawn(&self.guard, &self.spec)?;
        Ok(())
    }

    /// The process id, which is the id of its group too.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it was started from.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How it ended, or `None` while it runs (or is stopped).
    pub fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.guard.forget(self.child.id());
        }
        Ok(status)
    }

    /// Fails with the end of its log if it has ended.
    pub fn still_running(&mut self) -> Result<()> {
        match self.exited()? {
            None => Ok(()),
            Some(status) => {
                bail!(
                    "{} ended ({status}); the end of its log:\n{}",
                    self.spec.name(),
                    self.tail()
                )
            }
        }
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.exited()? {
                return Ok(status);
            }
            sleep(POLL).await;
        }
    }

    /// Waits for its end, at most for `limit`.
    pub async fn wait_at_most(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.exited()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            sleep(POLL).await;
        }
    }

    /// Sends a signal to it and to what it started; `STOP` freezes it, `CONT` lets it go on.
    pub fn signal(&mut self, signal: Signal) -> io::Result<()> {
        // A process that was reaped has no id any more: the number may belong to someone else.
        if self.exited()?.is_none() {
            kill_process_group(Pid::from_child(&self.child), signal)?;
        }
        Ok(())
    }

    /// Kills it, as a crash would, and reaps it.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL)?;
        let status = self.child.wait()?;
        self.guard.forget(self.child.id());
        Ok(status)
    }

    /// Asks it to end (SIGTERM), and kills it when it does not within five seconds.
    pub async fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        // Frozen, it would never see the request.
        self.signal(Signal::CONT)?;
        match self.wait_at_most(GRACE).await? {
            Some(status) => Ok(status),
            None => self.kill(),
        }
    }

    /// The last lines of its log, for an error message.
    #[must_use]
    pub fn tail(&self) -> String {
        read_tail(&self.spec).unwrap_or_else(|error| format!("(no log: {error})"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whatever fails here is left to the guard.
        self.kill().ok();
    }
}

fn spawn(guard: &Guard, spec: &Spec) -> Result<Child> {
    let mut command = spec
        .command()
        .with_context(|| format!("cannot open {}", spec.log().display()))?;
    let mut child = command
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", spec.name()))?;
    if let Err(error) = guard.register(child.id()) {
        child.kill().ok();
        child.wait().ok();
        return Err(error);
    }
    Ok(child)
}

fn read_tail(spec: &Spec) -> io::Result<String> {
    let mut file = File::open(spec.log())?;
    let size = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
    file.seek(SeekFrom::End(-TAIL_BYTES.min(size)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(last_lines(&String::from_utf8_lossy(&bytes), TAIL_LINES))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
    }

    #[test]
    fn a_short_log_is_its_own_tail() {
        assert_eq!(last_lines("a", 2), "a");
    }
}
