//! One build at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::time::sleep;

/// How often another build is asked whether it is done.
const POLL: Duration = Duration::from_millis(200);

/// Holds the lock at `path` until the file is dropped.
pub(crate) async fn lock(path: &Path) -> Result<File> {
    let context = || format!("cannot lock {}", path.display());
    let file = File::create(path).with_context(context)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                if !told {
                    eprintln!("another build is under way, waiting for it");
                    told = true;
                }
                sleep(POLL).await;
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(context),
        }
    }
}
