//! Programs of npm packages.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use super::{install::Installation, language};
use crate::{process::Spec, workspace};

/// What wrangler 4.86.0 asks for.
const OLDEST: language::Version = (20, 3);
/// The first that reads the form of the lock file.
const OLDEST_NPM: language::Version = (7, 0);

const REMEDY: &str =
    "The tests run wrangler: install Node.js 20.3 or newer with npm from https://nodejs.org/";

/// Prints for what npm chooses the packages.
const ABOUT: &str = "`${process.version} ${process.platform} ${process.arch}`";

/// The Node.js that is found first.
#[derive(Debug)]
pub(super) struct Node {
    about: String,
}

impl Node {
    /// # Errors
    /// There is none, or an old one, or no npm.
    pub(super) async fn find() -> Result<Self> {
        let about = language::ask("node", &["-p", ABOUT], OLDEST, REMEDY).await?;
        language::ask("npm", &["--version"], OLDEST_NPM, REMEDY).await?;
        Ok(Self { about })
    }

    /// The program `name` of what `xtask/clients/{name}/package-lock.json` lists, installed if it is missing.
    pub(super) async fn program(&self, name: &str) -> Result<PathBuf> {
        let project = workspace::root().join("xtask/clients").join(name);
        let read = |file| {
            let path = project.join(file);
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let (package, lock) = (read("package.json")?, read("package-lock.json")?);
        let program = format!("node_modules/.bin/{name}");
        let installation = Installation {
            name,
            parts: &[&package, &lock, self.about.as_bytes()],
            program: &program,
        };
        installation
            .provide(|folder| {
                fs::write(folder.join("package.json"), &package)?;
                fs::write(folder.join("package-lock.json"), &lock)?;
                let install = Spec::new("npm ci", "npm", folder.join("log"))
                    .directory(folder)
                    .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
                Ok(vec![install])
            })
            .await
    }
}
