//! The manifests, to stdout or into a folder: none of them where one is in the way.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// A Coffer Secret as a manifest; its values are sealed.
pub(super) struct Made {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) yaml: String,
}

/// One stream of documents.
///
/// # Errors
/// Where stdout cannot be written to.
pub(super) fn to_stdout(all: &[Made]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for (at, made) in all.iter().enumerate() {
        let separator = if at == 0 { "" } else { "---\n" };
        write!(out, "{separator}{}", made.yaml).context("cannot write to stdout")?;
    }
    out.flush().context("cannot write to stdout")
}

/// A file `NAMESPACE/NAME.yaml` for each. Names are known to be names, so none leaves the folder.
///
/// # Errors
/// Where a file exists and `force` is not given, before anything is written; where one cannot be
/// written.
pub(super) fn into_folder(folder: &Path, force: bool, all: &[Made]) -> anyhow::Result<()> {
    let path = |made: &Made| {
        let file = format!("{}.yaml", made.name);
        folder.join(&made.namespace).join(file)
    };
    if !force
        && let Some(taken) = all
            .iter()
            .map(path)
            .find(|path| path.symlink_metadata().is_ok())
    {
        bail!(
            "{} exists, so nothing was written; give --force to overwrite, or another --output-dir",
            taken.display()
        );
    }
    for made in all {
        let path = path(made);
        write(&path, force, &made.yaml)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn write(path: &Path, force: bool, yaml: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if force {
        return fs::write(path, yaml);
    }
    // Not over one that was made meanwhile.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(yaml.as_bytes())
}
