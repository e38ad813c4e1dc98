//! The command's end of its guard.

use std::{
    env,
    fs::Permissions,
    io::Write as _,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};

use super::protocol::Line;

/// A process that cleans up when this one is gone: `xtask guard` at the other end of a pipe.
///
/// It is told every process and folder. When the pipe ends, because the guard was dropped or because
/// the command was killed, it ends the processes that are left and removes the folders.
///
/// # Caveats
/// A process whose parent is killed between starting it and telling the guard is not known to it.
#[derive(Debug)]
pub struct Guard {
    process: Child,
    pipe: Mutex<Option<ChildStdin>>,
}

impl Guard {
    /// Starts a guard from this very program, which must be `xtask`.
    pub fn start() -> Result<Arc<Self>> {
        Self::start_from(&Self::program()?)
    }

    /// The path of this very program, also after a build has put a new one in its place.
    pub fn program() -> Result<PathBuf> {
        let path = env::current_exe().context("cannot find the program of the guard")?;
        let replaced = path
            .to_str()
            .and_then(|path| path.strip_suffix(" (deleted)"));
        Ok(replaced.map(PathBuf::from).unwrap_or(path))
    }

    /// Starts a guard from the `xtask` program at `path`, for processes that are not `xtask` themselves.
    pub fn start_from(path: &Path) -> Result<Arc<Self>> {
        // In a group of its own, and deaf: a Ctrl-C or a closed terminal must not reach it, and nobody
        // who reads the command's output should have to wait for it.
        let mut process = Command::new(path)
            .arg("guard")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start the guard {}", path.display()))?;
        let pipe = Mutex::new(process.stdin.take());
        Ok(Arc::new(Self { process, pipe }))
    }

    /// Makes a folder in the system's temporary folder, readable by its owner only, that goes with the guard.
    pub fn directory(&self, prefix: &str) -> Result<PathBuf> {
        self.directory_in(&env::temp_dir(), prefix)
    }

    /// Makes such a folder in `parent`.
    pub fn directory_in(&self, parent: &Path, prefix: &str) -> Result<PathBuf> {
        let directory = tempfile::Builder::new()
            .prefix(prefix)
            // Keys and tokens go there.
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .with_context(|| format!("cannot make a folder in {}", parent.display()))?;
        let path = directory
            .path()
            .canonicalize()
            .context("cannot find the folder just made")?;
        self.tell(&Line::Directory(path.clone()))?;
        // From here on the guard removes it.
        let _ = directory.keep();
        Ok(path)
    }

    pub(super) fn register(&self, process: u32) -> Result<()> {
        self.tell(&Line::Started(process))
    }

    pub(super) fn forget(&self, process: u32) {
        // Without the guard there is nothing to forget.
        self.tell(&Line::Ended(process)).ok();
    }

    fn tell(&self, line: &Line) -> Result<()> {
        let text = line
            .write()
            .context("a path with a line break cannot be guarded")?;
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.as_mut()
            .context("the guard is gone")?
            .write_all(text.as_bytes())
            .context("the guard is gone")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let pipe = self.pipe.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(pipe.take());
        // When the command returns, everything is gone. The guard takes its time only if a process is
        // left that does not end, which its owner's drop does not allow.
        self.process.wait().ok();
    }
}
