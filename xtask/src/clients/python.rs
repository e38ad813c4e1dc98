//! Python packages, each in a virtual environment of its own.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use super::{install::Installation, language};
use crate::{process::Spec, workspace};

/// The oldest that the lock files are for.
const OLDEST: language::Version = (3, 9);

const REMEDY: &str = "The tests run Cloudflare's Python package: install Python 3.9 or newer with venv (Debian and \
                      Ubuntu have it in the packages python3 and python3-venv)";

/// Prints what an environment depends on. Debian's Python without python3-venv has no ensurepip.
const ABOUT: &str = "import sys, sysconfig, venv, ensurepip
print('%d.%d.%d' % sys.version_info[:3], sys.executable, sysconfig.get_platform())";

/// The Python that is found first.
#[derive(Debug)]
pub(super) struct Python {
    about: String,
}

impl Python {
    /// # Errors
    /// There is none, or an old one, or one without venv.
    pub(super) async fn find() -> Result<Self> {
        let about = language::ask("python3", &["-I", "-c", ABOUT], OLDEST, REMEDY).await?;
        Ok(Self { about })
    }

    /// The Python of an environment with what `xtask/clients/python/{package}.txt` lists, made if it is missing.
    pub(super) async fn environment(&self, package: &str) -> Result<PathBuf> {
        let list = workspace::root().join(format!("xtask/clients/python/{package}.txt"));
        let content = fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?;
        let installation = Installation {
            name: package,
            parts: &[&content, self.about.as_bytes()],
            program: "environment/bin/python",
        };
        installation
            .provide(|folder| {
                let environment = folder.join("environment");
                let log = folder.join("log");
                let make = Spec::new("python3 -m venv", "python3", &log)
                    .args(["-I", "-m", "venv"])
                    .args([&environment]);
                let fill = Spec::new("pip install", environment.join("bin/python"), &log)
                    .args(["-I", "-m", "pip", "install", "--quiet", "--no-input"])
                    // What is built from its sources on the way could be anything.
                    .args(["--require-hashes", "--no-deps", "--only-binary", ":all:"])
                    .args(["--disable-pip-version-check", "--requirement"])
                    .args([&list]);
                Ok(vec![make, fill])
            })
            .await
    }
}
