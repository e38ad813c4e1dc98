//! How far a wait is: a bar on a terminal; elsewhere one line at its beginning.

use std::io::{self, IsTerminal as _, Write as _};

/// The characters of the bar.
const WIDTH: usize = 30;

/// A bar on stderr.
pub(super) struct Progress {
    what: &'static str,
    on_terminal: bool,
    began: bool,
}

impl Progress {
    /// Of `what` is waited for, as in `Secrets to be sealed anew`.
    pub(super) fn new(what: &'static str) -> Self {
        let on_terminal = io::stderr().is_terminal();
        Self {
            what,
            on_terminal,
            began: false,
        }
    }

    /// Shows that so many of all are left.
    pub(super) fn left(&mut self, left: usize, all: usize) {
        if self.on_terminal {
            eprint!("\r{}", bar(self.what, left, all));
            // A bar that is not shown at once is none; that nobody sees it is no error.
            let _ = io::stderr().flush();
        } else if !self.began {
            eprintln!("coffer: waiting; {}: {left}", self.what);
        }
        self.began = true;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.on_terminal && self.began {
            eprintln!();
        }
    }
}

fn bar(what: &str, left: usize, all: usize) -> String {
    let all = all.max(left);
    let done = all - left;
    let filled = (WIDTH * done).checked_div(all).unwrap_or(WIDTH);
    let (full, empty) = ("=".repeat(filled), " ".repeat(WIDTH - filled));
    // To the end of the line, over what stood there before.
    format!("{what}: [{full}{empty}] {done}/{all}\u{1b}[K")
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_fills_and_never_overflows() {
        let empty = bar("x", 4, 4);
        assert!(
            empty.starts_with(&format!("x: [{}] 0/4", " ".repeat(30))),
            "{empty}"
        );
        assert!(bar("x", 2, 4).contains(&format!("[{}{}] 2/4", "=".repeat(15), " ".repeat(15))));
        assert!(bar("x", 0, 0).contains(&format!("[{}] 0/0", "=".repeat(30))));
        assert!(bar("x", 9, 4).contains("0/9"));
    }
}
