//! Installs one client into the cache, once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    process::{Guard, Process, Spec},
    tools::{Step, cache, lock},
};

/// A client, and what it is made from.
#[derive(Debug)]
pub(super) struct Installation<'a> {
    /// For people.
    pub(super) name: &'a str,
    /// All that goes into it.
    pub(super) parts: &'a [&'a [u8]],
    /// The program in the finished folder.
    pub(super) program: &'a str,
}

impl Installation<'_> {
    /// The program, installed first if it is missing, by what `steps` makes in a folder. That folder is moved to its
    /// place when all of them are done, so that nobody finds half of it.
    pub(super) async fn provide(
        &self,
        steps: impl FnOnce(&Path) -> Result<Vec<Spec>>,
    ) -> Result<PathBuf> {
        let root = cache::root()?;
        let directory = root.join(cache::key(self.parts));
        let program = directory.join(self.program);
        if program.exists() {
            return Ok(program);
        }
        fs::create_dir_all(&root)
            .with_context(|| format!("cannot make the folder {}", root.display()))?;
        let lock = lock(&cache::lock(&directory)).await?;
        // Whoever held the lock may have installed it.
        if !program.exists() {
            self.install(&root, &directory, steps).await?;
        }
        drop(lock);
        Ok(program)
    }

    async fn install(
        &self,
        root: &Path,
        directory: &Path,
        steps: impl FnOnce(&Path) -> Result<Vec<Spec>>,
    ) -> Result<()> {
        eprintln!(
            "Installing {} from its package registry, into {}",
            self.name,
            directory.display()
        );
        // A guard of its own: what is half installed goes with the installation, not with the command.
        let guard = Guard::start()?;
        let folder = guard.directory_in(root, ".install-")?.join("whole");
        fs::create_dir(&folder).context("cannot make a folder")?;
        let steps = steps(&folder)?;
        let count = steps.len();
        for (index, spec) in steps.into_iter().enumerate() {
            let step = Step::start(index + 1, count, spec.name());
            let mut process = Process::start(&guard, spec)?;
            let status = step.follow(&mut process).await?;
            if !status.success() {
                bail!(
                    "`{}` for {} failed ({status}):\n{}",
                    process.spec().name(),
                    self.name,
                    process.tail()
                );
            }
        }
        if directory.exists() {
            fs::remove_dir_all(directory).context("cannot remove what was left of it")?;
        }
        fs::rename(&folder, directory)
            .with_context(|| format!("cannot move {} into the cache", self.name))
    }
}
