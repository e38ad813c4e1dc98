//! Looking for many values in all their forms at once.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

use super::{Canary, forms};

/// Looks for some values.
pub(crate) struct Hunt {
    machine: AhoCorasick,
    /// Of each pattern the value's number and the form's name.
    patterns: Vec<(usize, &'static str)>,
}

impl Hunt {
    /// For these, numbered in their order.
    pub(crate) fn new<'a>(canaries: impl IntoIterator<Item = &'a Canary>) -> Self {
        let mut patterns = BTreeMap::new();
        for (number, Canary(bytes)) in canaries.into_iter().enumerate() {
            assert!(!bytes.is_empty(), "an empty value is everywhere");
            for (form, text) in forms::of(bytes) {
                patterns.entry(text).or_insert((number, form));
            }
        }
        let machine = AhoCorasick::new(patterns.keys()).unwrap();
        Self {
            machine,
            patterns: patterns.into_values().collect(),
        }
    }

    /// The number and the form of each that the bytes hold.
    pub(crate) fn find(&self, bytes: impl AsRef<[u8]>) -> BTreeSet<(usize, &'static str)> {
        let bytes = bytes.as_ref();
        let mut found = self.find_in(bytes);
        found.extend(self.find_in(&tight(bytes)));
        found
    }

    fn find_in(&self, bytes: &[u8]) -> BTreeSet<(usize, &'static str)> {
        self.machine
            .find_overlapping_iter(bytes)
            .map(|found| self.patterns[found.pattern().as_usize()])
            .collect()
    }
}

/// Without white space and backslashes, also where white space is escaped: so that it does not matter where a
/// writer breaks lines, how far it indents, and how often its text was quoted since.
fn tight(bytes: &[u8]) -> Vec<u8> {
    let mut tight = Vec::with_capacity(bytes.len());
    let mut is_escaped = false;
    for &byte in bytes {
        let is_space = byte.is_ascii_whitespace() || is_escaped && b"nrt".contains(&byte);
        is_escaped = byte == b'\\';
        if !is_space && !is_escaped {
            tight.push(byte);
        }
    }
    tight
}
