//! What is said on stderr: progress for a person who waits, each thing left out, and a summary.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use crate::cli::output::count;
use crate::cli::seal::store::Store;

use super::loss::Loss;
use super::skip::Skip;

/// The exit code when something was skipped.
pub(super) const SKIPPED: u8 = 1;

/// Fewer are done before a person looks up.
const MANY: usize = 20;

/// One run.
pub(super) struct Report {
    quiet: bool,
    shows_progress: bool,
    total: usize,
    begun: usize,
    counts: Counts,
}

/// What was done.
#[derive(Debug, Default)]
struct Counts {
    /// Secrets and values by store and key.
    stores: BTreeMap<String, (usize, usize)>,
    skipped: usize,
}

impl Report {
    pub(super) fn new(quiet: bool, total: usize) -> Self {
        Self {
            quiet,
            shows_progress: !quiet && total >= MANY && io::stderr().is_terminal(),
            total,
            begun: 0,
            counts: Counts::default(),
        }
    }

    /// The next one begins.
    pub(super) fn begin(&mut self, label: &str) {
        self.begun += 1;
        if self.shows_progress {
            // To the start of the line, which is then cleared. Nothing is lost where it fails.
            let _ = write!(
                io::stderr(),
                "\r\x1b[K{}/{} {label}",
                self.begun,
                self.total
            );
        }
    }

    pub(super) fn end_progress(&self) {
        if self.shows_progress {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }

    pub(super) fn losses(&self, label: &str, losses: &[Loss]) {
        if !self.quiet {
            for loss in losses {
                self.say(format_args!("{label}: note: {loss}"));
            }
        }
    }

    pub(super) fn skipped(&mut self, label: &str, skip: &Skip) {
        self.counts.skipped += 1;
        self.say(format_args!("{label}: skipped: {skip}"));
    }

    pub(super) fn imported(&mut self, store: &Store, values: usize) {
        let (space, name, key) = (&store.namespace, &store.name, &store.key);
        let store = format!("{space}/{name} (key {}, {})", key.id(), key.suite());
        let counts = self.counts.stores.entry(store).or_default();
        *counts = (counts.0 + 1, counts.1 + values);
    }

    /// The summary, and the exit code.
    pub(super) fn finish(self) -> ExitCode {
        if !self.quiet {
            self.say(format_args!("coffer: {}", self.counts));
        }
        if self.counts.skipped == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(SKIPPED)
        }
    }

    fn say(&self, what: impl Display) {
        self.end_progress();
        eprintln!("{what}");
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        for (store, (secrets, values)) in &self.stores {
            parts.push(format!(
                "imported {} with {} for store {store}",
                count(*secrets, "Secret"),
                count(*values, "value")
            ));
        }
        if parts.is_empty() {
            parts.push("imported nothing".to_owned());
        }
        if self.skipped > 0 {
            parts.push(format!("skipped {}", count(self.skipped, "Secret")));
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn a_summary_reads_like_a_sentence() {
        let mut counts = Counts::default();
        assert_eq!(counts.to_string(), "imported nothing");
        counts.skipped = 1;
        assert_eq!(counts.to_string(), "imported nothing; skipped 1 Secret");
        let store = "team-a/payments (key 01, XWing)".to_owned();
        counts.stores.insert(store, (1, 3));
        assert_eq!(
            counts.to_string(),
            "imported 1 Secret with 3 values for store team-a/payments (key 01, XWing); skipped 1 Secret"
        );
    }
}
