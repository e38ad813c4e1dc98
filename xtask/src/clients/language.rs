//! What runs a client: whether it is there, and new enough.

use std::{
    io,
    path::Path,
    process::{Output, Stdio},
};

use anyhow::{Context, Result, anyhow, bail};
use tokio::process::Command;

/// The first two numbers of a version.
pub(super) type Version = (u32, u32);

/// Runs `program`, which prints its version first, and returns all that it prints. An error ends with `remedy`.
pub(super) async fn ask(
    program: impl AsRef<Path>,
    arguments: &[&str],
    needed: Version,
    remedy: &str,
) -> Result<String> {
    let program = program.as_ref();
    let name = program.display();
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await;
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("{name} is not installed. {remedy}")
        }
        output => output.with_context(|| format!("cannot run {name}"))?,
    };
    check(&name.to_string(), &output, needed).map_err(|error| anyhow!("{error}. {remedy}"))
}

fn check(name: &str, output: &Output, needed: Version) -> Result<String> {
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{name} says: {}", complaint.trim());
    }
    let found = version(&said).with_context(|| format!("{name} says of its version: {said}"))?;
    if found < needed {
        let ((major, minor), (least_major, least_minor)) = (found, needed);
        bail!(
            "found {name} {major}.{minor}, and {least_major}.{least_minor} is the oldest that will do"
        );
    }
    Ok(said)
}

/// Of `3.11.7 …` or `v20.20.2 …`.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.trim_start_matches('v').split(['.', ' ']);
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    fn said(code: i32, out: &str, err: &str) -> Output {
        Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: out.into(),
            stderr: err.into(),
        }
    }

    #[test]
    fn a_version_that_is_new_enough_will_do() {
        for text in ["3.9.0 /usr/bin/python3\n", "3.11.7", "v20.20.2 linux x64"] {
            check("it", &said(0, text, ""), (3, 9)).unwrap();
        }
    }

    #[test]
    fn an_old_one_is_refused_with_both_versions() {
        let refused = check("python3", &said(0, "3.8.20 x\n", ""), (3, 9)).unwrap_err();
        let message = refused.to_string();
        assert!(
            message.contains("3.8,") && message.contains("3.9 "),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "three", "3", "v", "Python 3.11.7"] {
            assert!(check("it", &said(0, text, ""), (0, 0)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn its_own_complaint_is_passed_on() {
        let refused = check("python3", &said(1, "", "No module named 'venv'\n"), (3, 9));
        let message = refused.unwrap_err().to_string();
        assert_eq!(message, "python3 says: No module named 'venv'");
    }

    #[tokio::test]
    async fn an_old_one_is_refused_with_the_remedy() {
        let refused = ask("echo", &["1.2.3"], (1, 3), "Install it.").await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "found echo 1.2, and 1.3 is the oldest that will do. Install it."
        );
    }

    #[tokio::test]
    async fn what_is_not_there_is_missed_with_the_remedy() {
        let missed = ask("no-such-language", &[], (0, 0), "Install it.").await;
        assert_eq!(
            missed.unwrap_err().to_string(),
            "no-such-language is not installed. Install it."
        );
    }
}
