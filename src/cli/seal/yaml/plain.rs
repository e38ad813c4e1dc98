//! What Kubernetes takes an unquoted scalar for.
//!
//! Its YAML reader (sigs.k8s.io/yaml over go-yaml v2) follows YAML 1.1: `yes` is a boolean and
//! `0x1F`, `1_000` and `1e3` are numbers. Such a value is not a string, the API server refuses
//! it, and its refusal quotes the value.

use std::fmt;

/// What an unquoted scalar is when it is not a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotText {
    Null,
    Boolean,
    Number,
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "empty (null)",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
        })
    }
}

const BOOLEANS: [&str; 8] = ["y", "yes", "on", "true", "n", "no", "off", "false"];

/// What the plain scalar `text` is; `None` for a string.
pub(crate) fn meaning(text: &str) -> Option<NotText> {
    if text.is_empty() || text == "~" || in_any_usual_case(text, "null") {
        return Some(NotText::Null);
    }
    if BOOLEANS.iter().any(|word| in_any_usual_case(text, word)) {
        return Some(NotText::Boolean);
    }
    is_number(text).then_some(NotText::Number)
}

/// `null`, `Null` and `NULL`, but not `nULL`.
fn in_any_usual_case(text: &str, word: &str) -> bool {
    let capitalised = || {
        let (head, tail) = word.split_at(1);
        text.strip_prefix(&head.to_ascii_uppercase()) == Some(tail)
    };
    text == word || text == word.to_ascii_uppercase() || capitalised()
}

fn is_number(text: &str) -> bool {
    let bare = text.replace('_', "");
    let unsigned = bare.strip_prefix(['+', '-']).unwrap_or(&bare);
    if let Some(word) = unsigned.strip_prefix('.')
        && (in_any_usual_case(word, "inf") || in_any_usual_case(word, "nan") || word == "NaN")
    {
        return true;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        }
    }
    // `inf` and `nan` are words to YAML, numbers to Rust.
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{NotText, meaning};

    #[test]
    fn what_kubernetes_reads_as_a_number_is_not_text() {
        for text in [
            "0",
            "123",
            "-1",
            "+7",
            "0777",
            "0x1F",
            "-0x1f",
            "0o17",
            "0b101",
            "1_000",
            "1.5",
            "1.",
            ".5",
            "1e3",
            "6.02E+23",
            ".inf",
            "-.INF",
            ".NaN",
            "123456789012345678901234567890",
        ] {
            assert_eq!(meaning(text), Some(NotText::Number), "{text}");
        }
    }

    #[test]
    fn yaml_1_1_booleans_are_not_text() {
        for text in ["true", "True", "TRUE", "no", "Off", "y", "N", "ON"] {
            assert_eq!(meaning(text), Some(NotText::Boolean), "{text}");
        }
    }

    #[test]
    fn null_in_all_its_spellings_is_not_text() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(meaning(text), Some(NotText::Null), "{text}");
        }
    }

    #[test]
    fn what_only_resembles_a_number_or_a_word_is_text() {
        for text in [
            "hunter2",
            "1.2.3",
            "0x",
            "0xfg",
            "inf",
            "nan",
            "infinity",
            "nULL",
            "yess",
            "tRUE",
            "-",
            ".",
            "1e",
            "e3",
            "12:30",
            "2026-01-01",
            "coffer.v1.0.x",
        ] {
            assert_eq!(meaning(text), None, "{text}");
        }
    }
}
