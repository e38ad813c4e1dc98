//! The Go toolchain: whether it is there, and new enough.

use std::{fmt, io, path::Path, process::Stdio};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

/// A version of Go. Release candidates come before their release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GoVersion {
    major: u32,
    minor: u32,
    released: bool,
    patch: u32,
}

impl GoVersion {
    /// Reads `1.26.0`, `1.26`, `go1.26.8` or `go1.27rc1`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim_start_matches("go").split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?;
        let digits = minor
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(minor.len());
        let (minor, candidate) = minor.split_at(digits);
        let patch = parts.next().map_or(Some(0), |patch| patch.parse().ok())?;
        Some(Self {
            major,
            minor: minor.parse().ok()?,
            released: candidate.is_empty(),
            patch,
        })
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            major,
            minor,
            released,
            patch,
        } = self;
        if *released {
            write!(f, "{major}.{minor}.{patch}")
        } else {
            write!(f, "{major}.{minor} (release candidate)")
        }
    }
}

/// The toolchain's own words on its version and platform: `go version go1.26.8 linux/amd64`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Go(pub(super) String);

impl Go {
    /// Finds a toolchain that is new enough for the module in `directory`.
    pub(super) async fn find(directory: &Path, needed: GoVersion) -> Result<Self> {
        // In the module's folder, so that a toolchain which may fetch a newer one of itself does.
        let version = match version(directory, None).await? {
            Ok(version) => version,
            // It may not, and says so in words of its own; what matters is the version it has.
            Err(_) => match version(directory, Some("local")).await? {
                Ok(version) => version,
                Err(message) => bail!("`go version` failed: {message}"),
            },
        };
        check(&version, needed)?;
        Ok(Self(version))
    }
}

async fn version(directory: &Path, toolchain: Option<&str>) -> Result<Result<String, String>> {
    let mut command = Command::new("go");
    command
        .arg("version")
        .current_dir(directory)
        .env("GOWORK", "off")
        .stdin(Stdio::null());
    if let Some(toolchain) = toolchain {
        command.env("GOTOOLCHAIN", toolchain);
    }
    let output = match command.output().await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!(
                "Go is not installed, and the control plane is built with it. Install it from \
                 https://go.dev/dl/, or set KUBEBUILDER_ASSETS to a folder with etcd, \
                 kube-apiserver, kube-controller-manager and kubectl"
            )
        }
        output => output.context("cannot run `go version`")?,
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(Ok(text(&output.stdout)))
    } else {
        Ok(Err(text(&output.stderr)))
    }
}

fn check(version: &str, needed: GoVersion) -> Result<()> {
    let found = version
        .strip_prefix("go version ")
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(GoVersion::parse)
        .with_context(|| format!("cannot read the version of Go in `{version}`"))?;
    if found < needed {
        bail!(
            "Go {needed} or newer is needed to build the control plane, found {found}. Install it \
             from https://go.dev/dl/, or let Go fetch it: `export GOTOOLCHAIN=auto` (Go 1.21 and newer)"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> GoVersion {
        GoVersion::parse(text).unwrap()
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("1.9") < version("1.26.0"));
        assert!(version("go1.26.8") > version("1.26.0"));
        assert_eq!(version("1.26"), version("1.26.0"));
    }

    #[test]
    fn a_release_candidate_comes_before_its_release() {
        assert!(version("go1.26rc2") < version("1.26.0"));
        assert!(version("go1.27rc1") > version("1.26.8"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "go", "1", "devel", "1.x", "1.26.y"] {
            assert_eq!(GoVersion::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_old_go_is_refused_with_both_versions_and_the_remedy() {
        let error = check("go version go1.22.2 linux/amd64", version("1.26.0")).unwrap_err();
        let message = error.to_string();
        for part in ["1.26.0", "1.22.2", "https://go.dev/dl/"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_go_with_experiments_is_understood() {
        check(
            "go version go1.26.8 X:nodwarf5 linux/amd64",
            version("1.26.0"),
        )
        .unwrap();
    }

    #[test]
    fn an_unknown_go_is_refused() {
        assert!(check("go version devel +abc linux/amd64", version("1.26.0")).is_err());
    }
}
