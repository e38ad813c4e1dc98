//! What a run shows, as a text that is kept.

use regex::{Captures, Regex};

use super::Ran;

impl Ran {
    /// Exit code, stdout and stderr; what changes from run to run is replaced.
    ///
    /// `names` are words of this run, and what stands for them. Key ids are numbered, so that it shows which are
    /// the same; of envelopes only the payload goes.
    pub(crate) fn shown(&self, names: &[(&str, &str)]) -> String {
        let mut text = format!("exit code {}\n", self.code);
        for (place, words) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !words.is_empty() {
                assert!(words.ends_with('\n'), "{place} ends within a line: {words}");
                text.push_str(&["--- ", place, "\n", words].concat());
            }
        }
        for (name, instead) in names {
            text = text.replace(name, instead);
        }
        for (pattern, instead) in [
            (r"(coffer\.v1\.[0-9a-f]{16})\.[\w-]+", "$1.<payload>"),
            (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uid>"),
            (r"\bcoffer \d+\.\d+\.\d+[\w.+-]*", "coffer <version>"),
            (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
        ] {
            let pattern = Regex::new(pattern).unwrap();
            text = pattern.replace_all(&text, instead).into_owned();
        }
        numbered(&text)
    }
}

/// Key ids by the order in which they are first told.
fn numbered(text: &str) -> String {
    let mut told: Vec<String> = Vec::new();
    let id = Regex::new(r"\b[0-9a-f]{16}\b").unwrap();
    let number = |found: &Captures<'_>| {
        let at = told.iter().position(|id| *id == found[0]);
        let at = at.unwrap_or_else(|| {
            told.push(found[0].to_owned());
            told.len() - 1
        });
        format!("<id {}>", at + 1)
    };
    id.replace_all(text, number).into_owned()
}
