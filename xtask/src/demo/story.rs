//! Commands with their output, as a person would see them in a terminal.

use std::{
    fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path, process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

use super::Cluster;
use crate::workspace;

/// How long anything may take to become so.
const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// Tells, and keeps count of what was seen.
pub(super) struct Story<'a> {
    pub(super) cluster: &'a Cluster,
    seen: usize,
}

impl<'a> Story<'a> {
    pub(super) fn of(cluster: &'a Cluster) -> Self {
        Self { cluster, seen: 0 }
    }

    /// Whether the API server calls webhooks on this machine.
    pub(super) fn has_webhooks(&self) -> bool {
        self.cluster.has_webhooks()
    }

    /// Opens a chapter.
    pub(super) fn chapter(title: &str) {
        println!("\n== {title}\n");
    }

    /// Runs a command line as a person would type it, and shows it with what it printed.
    pub(super) async fn run(&self, line: &str) -> Result<String> {
        println!("$ {line}");
        let output = self.quietly(line).await?;
        println!("{}\n", shortened(output.trim_end()));
        Ok(output)
    }

    /// Runs a command line without telling of it.
    pub(super) async fn quietly(&self, line: &str) -> Result<String> {
        let output = self.command(line).output().await?;
        if !output.status.success() {
            bail!(
                "`{line}` failed:\n{}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        std::io::stderr().write_all(&output.stderr)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// `kubectl` and `coffer` are those of the demo, in the cluster of the demo.
    fn command(&self, line: &str) -> Command {
        let Cluster {
            kubeconfig,
            kubectl,
            coffer,
            scratch,
            ..
        } = self.cluster;
        let folders = [kubectl, coffer].map(|program| program.parent().map(Path::to_owned));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = folders
            .into_iter()
            .flatten()
            .chain(std::env::split_paths(&path));
        let mut command = Command::new("sh");
        command
            .args(["-euc", line])
            .current_dir(workspace::root())
            .env("PATH", std::env::join_paths(path).unwrap_or_default())
            .env("KUBECONFIG", kubeconfig)
            .env("KUBERC", "off")
            .env("KUBECACHEDIR", scratch.join("kubectl-cache"))
            .env("TMP", scratch)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Says what has to be so, and that it is.
    pub(super) fn seen(&mut self, what: &str, is_so: bool) -> Result<()> {
        ensure!(is_so, "not seen: {what}");
        self.seen += 1;
        println!("  ✔ {what}\n");
        Ok(())
    }

    /// Waits until a command prints what it should.
    pub(super) async fn until(
        &mut self,
        what: &str,
        line: &str,
        is_so: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let deadline = tokio::time::Instant::now() + LIMIT;
        let mut poll = tokio::time::interval(POLL);
        loop {
            poll.tick().await;
            let output = self.quietly(line).await;
            if output.as_ref().is_ok_and(|output| is_so(output)) {
                return self.seen(what, true);
            }
            if tokio::time::Instant::now() > deadline {
                output.with_context(|| format!("not seen within {LIMIT:?}: {what}"))?;
                bail!("not seen within {LIMIT:?}: {what}");
            }
        }
    }

    /// How much was seen.
    pub(super) fn count(&self) -> usize {
        self.seen
    }
}

/// Envelopes and public keys run over several lines; their beginning says enough.
fn shortened(text: &str) -> String {
    const WIDTH: usize = 110;
    let line = |line: &str| match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Writes a file that only its owner may read.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
