//! kubectl as the administrator.

use std::{ffi::OsStr, process::Stdio};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::{layout::Layout, start::ADMIN_USER};

/// Runs kubectl to its end and returns what it printed; an error shows what it complained about.
pub(super) async fn run<A: AsRef<OsStr>>(
    layout: &Layout,
    arguments: impl IntoIterator<Item = A>,
) -> Result<String> {
    let mut command = Command::new(layout.program("kubectl"));
    command
        .arg("--kubeconfig")
        .arg(layout.kubeconfig(ADMIN_USER))
        .arg("--cache-dir")
        .arg(layout.kubectl_cache())
        .args(arguments)
        // The developer's preferences for kubectl do not belong here.
        .env("KUBERC", "off")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await.context("cannot run kubectl")?;
    if !output.status.success() {
        bail!(
            "kubectl failed:\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
