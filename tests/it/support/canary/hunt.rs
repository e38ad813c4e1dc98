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
        self.machine
            .find_overlapping_iter(bytes.as_ref())
            .map(|found| self.patterns[found.pattern().as_usize()])
            .collect()
    }
}

#[test]
fn a_value_is_found_in_every_form_wherever_it_stands() {
    let canary = Canary::new();
    let hunt = Hunt::new([&Canary::new(), &canary]);
    for (form, text) in forms::of(canary.value().as_bytes()) {
        for around in ["", "a", "ab", "abc", "\0", "=\"%5c"] {
            let around = around.as_bytes();
            let found = hunt.find([around, &text, around].concat());
            // Without anything to quote, quoted and plain are the same.
            let is_plain = text == canary.value().as_bytes();
            let form = if is_plain { "plain" } else { form };
            assert_eq!(found, BTreeSet::from([(1, form)]));
        }
    }
}

#[test]
fn a_value_inside_of_encoded_text_is_found() {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    let canary = Canary::of(b"p\xc3\xa4ss \"word\"\\ <&> 0123456789");
    let hunt = Hunt::new([&canary]);
    let value = canary.value();
    for around in ["", "a", "ab", "abc", "abcd"] {
        let text = format!("{around}{value}{around}");
        let inner = BASE64_STANDARD.encode(&text);
        for (what, text) in [
            ("base64", inner.clone()),
            ("base64url", BASE64_URL_SAFE_NO_PAD.encode(&text)),
            (
                "base64 of it",
                BASE64_STANDARD.encode(format!("{around}{inner}")),
            ),
            ("JSON", serde_json::json!({ around: text }).to_string()),
            ("numbers", format!("{:?}", text.as_bytes())),
            (
                "bytes in JSON",
                serde_json::json!(text.as_bytes()).to_string(),
            ),
            (
                "URL",
                "p%C3%A4ss%20%22word%22%5C%20%3C%26%3E%200123456789".to_owned(),
            ),
        ] {
            assert!(!hunt.find(&text).is_empty(), "{what} {around}: {text}");
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let canary = Canary::new();
    let hunt = Hunt::new([&canary]);
    let almost = &canary.value()[1..];
    assert!(hunt.find(almost).is_empty());
    assert!(hunt.find("canary").is_empty());
    assert!(hunt.find(Canary::new().value()).is_empty());
}

#[test]
fn of_several_lines_one_is_enough() {
    let canary = Canary::of(b"-----BEGIN-----\n0123456789abcdefghij\n-----END-----\n");
    assert_eq!(canary.value(), "0123456789abcdefghij");
}
