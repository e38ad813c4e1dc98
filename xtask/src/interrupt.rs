//! Ctrl-C and its relatives, as a value that a command waits for.

use std::{future::Future, io, process::ExitCode};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The request to end: SIGINT, SIGTERM or SIGHUP.
///
/// One for the whole command: a signal that arrives while nobody waits is kept until somebody does.
#[derive(Debug)]
pub struct Interrupt {
    keyboard: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Interrupt {
    /// What a shell reports for a command that was interrupted before it was done.
    pub const EXIT: u8 = 130;

    /// Listens from now on; signals no longer end the program by themselves.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            keyboard: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal.
    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.keyboard.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }

    /// Runs `work` to its end, or drops it at a signal and returns `None`.
    ///
    /// Dropping is cleaning up here: processes are killed and folders removed with their owner.
    pub async fn unless<F: Future>(&mut self, work: F) -> Option<F::Output> {
        tokio::select! {
            output = work => Some(output),
            () = self.received() => None,
        }
    }

    /// The exit code of a command that was interrupted before it was done.
    #[must_use]
    pub fn exit_code() -> ExitCode {
        eprintln!("interrupted");
        ExitCode::from(Self::EXIT)
    }
}
