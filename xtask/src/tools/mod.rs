//! The programs of the control plane, built from pinned sources.
//!
//! Found in this order: in the folder `KUBEBUILDER_ASSETS`, in the cache (`COFFER_TOOLS_DIR`, else
//! `$XDG_CACHE_HOME/coffer/tools`, else `~/.cache/coffer/tools`), or built into it from the Go
//! modules in `xtask/tools`. The cache is outside the repository, so that `cargo clean` spares it.

mod build;
pub(crate) mod cache;
mod go;
mod gomod;
mod lock;
mod module;
mod progress;
mod tool;

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

pub(crate) use lock::lock;
use module::Module;
pub(crate) use progress::Step;
pub use tool::Tool;

/// Where the programs are.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    paths: BTreeMap<Tool, PathBuf>,
}

impl Tools {
    /// The path of a program that was asked for.
    pub fn path(&self, tool: Tool) -> Result<&Path> {
        let path = self.paths.get(&tool).map(PathBuf::as_path);
        path.with_context(|| format!("{} was not asked for", tool.name()))
    }

    /// All programs and their paths.
    pub fn iter(&self) -> impl Iterator<Item = (Tool, &Path)> {
        self.paths
            .iter()
            .map(|(tool, path)| (*tool, path.as_path()))
    }

    /// Makes one folder of them, under their names, wherever they came from.
    pub fn link_into(&self, directory: &Path) -> Result<()> {
        for (tool, path) in self.iter() {
            let path = path
                .canonicalize()
                .with_context(|| format!("{}", path.display()))?;
            symlink(path, directory.join(tool.name()))?;
        }
        Ok(())
    }
}

/// Finds the programs, and builds those that are missing.
pub async fn provide(wanted: &[Tool]) -> Result<Tools> {
    let mut tools = Tools {
        paths: assets(wanted),
    };
    for module in Module::ALL {
        let missing: Vec<Tool> = wanted
            .iter()
            .filter(|tool| tool.module() == module && !tools.paths.contains_key(tool))
            .copied()
            .collect();
        // Who has all programs needs no Go.
        if !missing.is_empty() {
            tools.paths.extend(build::provide(module, &missing).await?);
        }
    }
    Ok(tools)
}

/// What the folder named by `KUBEBUILDER_ASSETS` holds of them.
fn assets(wanted: &[Tool]) -> BTreeMap<Tool, PathBuf> {
    let Some(folder) = env::var_os("KUBEBUILDER_ASSETS").filter(|folder| !folder.is_empty()) else {
        return BTreeMap::new();
    };
    let folder = PathBuf::from(folder);
    wanted
        .iter()
        .map(|tool| (*tool, folder.join(tool.name())))
        .filter(|(_, path)| fs::metadata(path).is_ok_and(|found| found.is_file()))
        .collect()
}
