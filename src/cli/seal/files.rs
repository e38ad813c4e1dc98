//! Manifests in, manifests out: a file is rewritten whole or not at all.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::args::SealArgs;

/// One manifest and the name to call it by in messages. Has no Debug: the text holds secrets.
pub(in crate::cli) struct Input {
    pub(in crate::cli) name: String,
    path: Option<PathBuf>,
    pub(in crate::cli) text: Zeroizing<String>,
}

/// Reads all inputs.
pub(super) fn read(args: &SealArgs) -> anyhow::Result<Vec<Input>> {
    let files = &args.files;
    let is_stdin = is_stdin(files)?;
    if args.in_place && is_stdin {
        bail!("there is no file to rewrite; name one, or leave --in-place out");
    }
    if files.len() > 1 && !args.in_place && !args.check {
        bail!("several files do not go to one stdout; rewrite them with --in-place, or name one");
    }
    Input::all(files)
}

/// Whether stdin is to be read: for `-`, and where no file is named.
fn is_stdin(files: &[PathBuf]) -> anyhow::Result<bool> {
    let is_stdin = files.is_empty() || files.iter().any(|path| path.as_os_str() == "-");
    if is_stdin && files.len() > 1 {
        bail!("stdin (`-`) and files do not go together; run the command twice");
    }
    Ok(is_stdin)
}

impl Input {
    /// Reads these files, or stdin for `-` and where none is named.
    pub(in crate::cli) fn all(files: &[PathBuf]) -> anyhow::Result<Vec<Self>> {
        if is_stdin(files)? {
            return Ok(vec![Self::stdin()?]);
        }
        files.iter().map(|path| Self::file(path)).collect()
    }

    fn stdin() -> anyhow::Result<Self> {
        if io::stdin().is_terminal() {
            eprintln!("coffer: reading a manifest from the terminal; end it with Ctrl-D");
        }
        let mut bytes = Zeroizing::new(Vec::new());
        io::stdin()
            .read_to_end(&mut bytes)
            .context("cannot read stdin")?;
        Ok(Self {
            name: "<stdin>".into(),
            path: None,
            text: text(&bytes, "<stdin>")?,
        })
    }

    pub(in crate::cli) fn file(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let bytes = fs::read(path).with_context(|| format!("cannot read {name}"))?;
        let text = text(&Zeroizing::new(bytes), &name)?;
        Ok(Self {
            name,
            path: Some(path.to_owned()),
            text,
        })
    }

    /// To stdout, or over the file if the text differs from what it holds.
    pub(in crate::cli) fn write(&self, text: &str, in_place: bool) -> anyhow::Result<()> {
        match &self.path {
            Some(path) if in_place && text == self.text.as_str() => {
                debug_assert!(path.as_os_str() != "-");
                Ok(())
            }
            Some(path) if in_place => {
                replace(path, text).with_context(|| format!("cannot rewrite {}", self.name))
            }
            _ => io::stdout()
                .write_all(text.as_bytes())
                .context("cannot write to stdout"),
        }
    }
}

fn text(bytes: &[u8], name: &str) -> anyhow::Result<Zeroizing<String>> {
    // The error of the conversion keeps the bytes.
    let text =
        std::str::from_utf8(bytes).map_err(|_| anyhow!("{name} is not UTF-8; save it as UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Writes beside the file and renames: at no time is it half written, and the mode stays.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&path)?;
    Ok(())
}
