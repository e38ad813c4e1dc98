//! Writes a file: whole or not at all, readable for its owner alone, sealed before it reaches the disk.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

use super::entry::{Begin, End};
use super::{Entry, Error};
use crate::crypto::container::{self, Lock, Writer};

/// Where a file goes.
pub(in crate::cli) struct Target {
    /// None for stdout.
    path: Option<PathBuf>,
    force: bool,
}

/// A file that is being written.
pub(in crate::cli) struct Output {
    writer: Writer<Sink>,
    target: Target,
    end: End,
}

enum Sink {
    File(NamedTempFile),
    Stdout(io::Stdout),
}

impl Target {
    /// Errs where a file is in the way, before anything is asked for or read.
    pub(in crate::cli) fn new(path: &Path, force: bool) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            if io::stdout().is_terminal() {
                bail!("a sealed file is not for a terminal; name a file, or pipe it on");
            }
            return Ok(Self { path: None, force });
        }
        let path = match (path.symlink_metadata(), force) {
            (Err(_), _) => path.to_owned(),
            (Ok(_), false) => bail!(
                "{} is there; give another --output, or --force",
                path.display()
            ),
            (Ok(_), true) => replaceable(path)?,
        };
        Ok(Self {
            path: Some(path),
            force,
        })
    }

    /// Begins a file of entries, of the cluster with this UID.
    pub(in crate::cli) fn begin(
        self,
        content: &str,
        cluster: Option<String>,
        lock: &Lock,
    ) -> anyhow::Result<Output> {
        let writer = Writer::create(self.sink()?, content, lock)?;
        let mut output = Output {
            writer,
            target: self,
            end: End::default(),
        };
        output.write(&Entry::Begin(Begin::now(cluster)))?;
        Ok(output)
    }

    /// Writes a sealed file that is no list of entries.
    pub(in crate::cli) fn write_sealed(
        self,
        content: &str,
        lock: &Lock,
        text: &[u8],
    ) -> anyhow::Result<()> {
        let mut writer = Writer::create(self.sink()?, content, lock)?;
        writer.write(text)?;
        let sink = writer.finish()?;
        self.keep(sink)
    }

    /// Writes a file as it is.
    pub(in crate::cli) fn write_plain(self, text: &[u8]) -> anyhow::Result<()> {
        let mut sink = self.sink()?;
        sink.write_all(text)?;
        self.keep(sink)
    }

    fn sink(&self) -> anyhow::Result<Sink> {
        let Some(path) = &self.path else {
            return Ok(Sink::Stdout(io::stdout()));
        };
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        // Its mode is 0600.
        let file = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")));
        file.map(Sink::File)
            .with_context(|| format!("cannot write beside {}", path.display()))
    }

    fn keep(self, sink: Sink) -> anyhow::Result<()> {
        let (file, path) = match (sink, self.path) {
            (Sink::File(file), Some(path)) => (file, path),
            (Sink::File(_), None) => return Ok(()),
            (Sink::Stdout(mut out), _) => {
                return out.flush().context("cannot write to stdout");
            }
        };
        file.as_file().sync_all()?;
        let kept = if self.force {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        // The error keeps the file, which is then deleted.
        kept.map(drop)
            .map_err(|error| error.error)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The regular file that is meant. Writing ends with a rename, which would put a file in the place of a device or
/// of a link.
fn replaceable(path: &Path) -> anyhow::Result<PathBuf> {
    let name = path.display();
    let path = path
        .canonicalize()
        .with_context(|| format!("{name} leads nowhere; give another --output"))?;
    if !path.is_file() {
        bail!(
            "{name} is no regular file, so it is not written over; give another --output, or `-` for stdout"
        );
    }
    Ok(path)
}

impl Output {
    /// Appends an entry.
    pub(in crate::cli) fn write(&mut self, entry: &Entry) -> Result<(), Error> {
        self.end.count(entry);
        let mut sealing = Sealing {
            writer: &mut self.writer,
            error: None,
        };
        match (entry.write(&mut sealing), sealing.error) {
            (_, Some(error)) => Err(error.into()),
            (written, None) => Ok(written.map_err(container::Error::from)?),
        }
    }

    /// Writes the end, and gives the file its name.
    pub(in crate::cli) fn finish(mut self) -> anyhow::Result<End> {
        let end = self.end;
        self.write(&Entry::End(end))?;
        let sink = self.writer.finish()?;
        self.target.keep(sink)?;
        Ok(end)
    }
}

/// Straight into the sealed chunk, so that no copy of a line is left behind.
struct Sealing<'w> {
    writer: &'w mut Writer<Sink>,
    error: Option<container::Error>,
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.writer.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.error = Some(error);
                Err(io::Error::other("the file cannot be written"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stdout(out) => out.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use tempfile::TempDir;

    use super::Target;

    /// Writes over what is there; what is complained about otherwise.
    fn forced(path: &Path) -> Result<(), String> {
        let target = Target::new(path, true);
        target
            .and_then(|target| target.write_plain(b"new"))
            .map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_no_regular_file_is_not_written_over() {
        let folder = TempDir::new().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let (device, nowhere) = (folder.path().join("device"), folder.path().join("nowhere"));
        symlink("/dev/null", &device).unwrap();
        symlink("missing", &nowhere).unwrap();
        for path in [folder.path(), &socket, &device, Path::new("/dev/null")] {
            let said = forced(path).unwrap_err();
            assert!(said.contains("no regular file"), "{said}");
        }
        assert!(forced(&nowhere).unwrap_err().contains("leads nowhere"));
        assert!(!folder.path().join("missing").exists());
    }

    #[test]
    fn a_link_stays_a_link_and_the_file_that_it_leads_to_is_written_over() {
        let folder = TempDir::new().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        assert!(Target::new(&link, false).is_err());
        forced(&link).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("file"));
    }
}
