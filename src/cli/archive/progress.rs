//! How far it is, for a person who waits at a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// A number that jumps faster than this cannot be read.
const PAUSE: Duration = Duration::from_millis(100);

/// A counting line on stderr; nothing where that is no terminal.
pub(in crate::cli) struct Progress {
    what: &'static str,
    total: Option<usize>,
    done: usize,
    shown: Option<Instant>,
    is_on: bool,
}

impl Progress {
    /// Of something whose number may not be known yet.
    pub(in crate::cli) fn new(what: &'static str, total: Option<usize>) -> Self {
        Self {
            what,
            total,
            done: 0,
            shown: None,
            is_on: io::stderr().is_terminal(),
        }
    }

    /// One more.
    pub(in crate::cli) fn step(&mut self) {
        self.done += 1;
        let is_due = self.shown.is_none_or(|shown| shown.elapsed() >= PAUSE);
        if self.is_on && is_due {
            self.shown = Some(Instant::now());
            let total = self
                .total
                .map(|total| format!("/{total}"))
                .unwrap_or_default();
            // To the start of the line, which is then cleared. Nothing is lost where it fails.
            let _ = write!(io::stderr(), "\r\x1b[K{}: {}{total}", self.what, self.done);
        }
    }
}

impl Progress {
    /// A line of its own on stderr.
    pub(in crate::cli) fn say(&self, line: &str) {
        self.clear();
        eprintln!("{line}");
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
