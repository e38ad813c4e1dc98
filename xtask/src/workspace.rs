//! Where things are in the repository, and the build of the operator's binary.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process::{Guard, Process, Spec};

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// The rendered chart, as `kubectl apply` takes it.
#[must_use]
pub fn manifest() -> PathBuf {
    root().join("deploy/coffer.yaml")
}

/// Builds the `coffer` binary and returns its path. Cargo's own progress goes to standard error.
pub async fn build_coffer(guard: &Arc<Guard>, release: bool) -> Result<PathBuf> {
    let messages = guard.directory("coffer-build-")?.join("messages.json");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Cargo says where the binary is: target folder and triple are the developer's choice.
    let mut spec = Spec::new("cargo build", cargo, &messages)
        .show_stderr()
        .directory(root())
        .args([
            "build",
            "--bin",
            "coffer",
            "--message-format",
            "json-render-diagnostics",
        ]);
    if release {
        spec = spec.args(["--release"]);
    }
    let status = Process::start(guard, spec)?.wait().await?;
    if !status.success() {
        bail!("cargo build --bin coffer failed ({status})");
    }
    let messages = std::fs::read_to_string(&messages).context("cannot read cargo's messages")?;
    executable(&messages).context("cargo named no executable `coffer`")
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn executable(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter_map(|message| message.executable)
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_read_from_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}"#,
            "\nnot json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"coffer"},"executable":"/t/coffer"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some(PathBuf::from("/t/coffer")));
    }

    #[test]
    fn no_executable_is_made_up() {
        assert_eq!(
            executable(r#"{"reason":"build-finished","success":true}"#),
            None
        );
    }
}
