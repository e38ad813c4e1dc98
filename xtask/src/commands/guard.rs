//! `xtask guard`, hidden: outlives the command that started it, to clean up after it.

use std::{io, process::ExitCode};

use anyhow::Result;

use crate::process::watch;

/// Waits for the end of standard input, then cleans up.
pub async fn run() -> Result<ExitCode> {
    watch(io::stdin().lock()).await;
    Ok(ExitCode::SUCCESS)
}
