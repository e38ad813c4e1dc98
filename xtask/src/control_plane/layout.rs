//! The folder of a control plane, and what is where in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The paths in a control plane's folder.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Makes the folders in the empty folder `root`.
    pub(super) fn create(root: PathBuf) -> Result<Self> {
        for folder in [
            "bin",
            "certificates",
            "cache",
            "etcd",
            "kubeconfigs",
            "logs",
            "scratch",
        ] {
            let path = root.join(folder);
            fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        }
        Ok(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The programs, under their names.
    pub(super) fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// A certificate, key or key pair.
    pub(super) fn certificate(&self, file: &str) -> PathBuf {
        self.root.join("certificates").join(file)
    }

    /// What kubectl remembers of the server's kinds, which would go stale in the developer's own cache.
    pub(super) fn kubectl_cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    pub(super) fn etcd_data(&self) -> PathBuf {
        self.root.join("etcd")
    }

    pub(super) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.root.join("kubeconfigs").join(format!("{user}.yaml"))
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.root.join("logs").join(format!("{name}.log"))
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.root.join("logs/audit.jsonl")
    }

    pub(super) fn audit_policy(&self) -> PathBuf {
        self.root.join("audit-policy.yaml")
    }

    /// For tests to write into.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    pub(super) fn objects(&self) -> PathBuf {
        self.root.join("objects.json")
    }
}
