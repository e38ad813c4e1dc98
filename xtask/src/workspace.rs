//! Where things are in the repository, and the build of the operator's binary.

use std::{
    env,
    ffi::OsString,
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
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    build(guard, &[&["build", "--bin", "coffer"], profile].concat()).await
}

/// Builds all tests and what they run, and returns the path of the `coffer` binary among it.
pub async fn build_tests(guard: &Arc<Guard>) -> Result<PathBuf> {
    build(guard, &["test", "--workspace", "--no-run"]).await
}

/// The program `cargo` that runs this one, or is found first.
#[must_use]
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

async fn build(guard: &Arc<Guard>, arguments: &[&str]) -> Result<PathBuf> {
    let messages = guard.directory("coffer-build-")?.join("messages.json");
    let what = format!("cargo {}", arguments.join(" "));
    // Cargo says where the binary is: target folder and triple are the developer's choice.
    let spec = Spec::new(&what, cargo(), &messages)
        .show_stderr()
        .fresh_cargo()
        .directory(root())
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"]);
    let status = Process::start(guard, spec)?.wait().await?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    let messages = std::fs::read_to_string(&messages).context("cannot read cargo's messages")?;
    executable(&messages).context("cargo named no executable `coffer`")
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Target,
    profile: Profile,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The binary itself, not its tests, which have its name.
fn executable(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.target.name == "coffer" && message.target.kind == ["bin"])
        .filter(|message| !message.profile.test)
        .find_map(|message| message.executable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_read_from_cargos_messages() {
        let messages = concat!(
            r#"{"target":{"name":"coffer","kind":["lib"]},"profile":{"test":false},"executable":null}"#,
            "\nnot json\n",
            r#"{"target":{"name":"coffer","kind":["bin"]},"profile":{"test":true},"executable":"/t/tests"}"#,
            "\n",
            r#"{"target":{"name":"coffer","kind":["bin"]},"profile":{"test":false},"executable":"/t/coffer"}"#,
            "\n",
            r#"{"target":{"name":"xtask","kind":["bin"]},"profile":{"test":false},"executable":"/t/xtask"}"#,
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
