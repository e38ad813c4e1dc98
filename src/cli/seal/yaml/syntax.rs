//! What is wrong with a text, in words that quote none of it.
//!
//! The parser's own messages are not passed on: one of them quotes a character of the text, and
//! that character may be the first of a password.

use saphyr_parser::ScanError;

/// Why a text cannot be read. Each message ends with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Syntax {
    #[error("this is not valid YAML; check quotes, colons and indentation here and just above")]
    Invalid,
    #[error("the indentation does not fit; use spaces, the same number for keys of one level")]
    Indentation,
    #[error("a tab stands where YAML wants spaces; replace it")]
    Tab,
    #[error("a quoted text that starts here is not closed; close the quote")]
    Unclosed,
    #[error(
        "a quoted text holds an escape that YAML does not know; write the character itself, or \\U and eight hex digits in place of a surrogate pair"
    )]
    Escape,
    #[error("an alias names an anchor that this document does not define; write the content out")]
    UnknownAnchor,
    #[error("an unprintable character; values that are not text go in with `encoding: Base64`")]
    Unprintable,
    #[error(
        "more than {} levels of nesting; this is no manifest",
        super::tree::DEPTH
    )]
    TooDeep,
    #[error("template syntax `{{{{ … }}}}`; render the template first, then seal what comes out")]
    Template,
}

impl Syntax {
    /// The parser's error in our own words; `lines` are the lines where it happened.
    pub(super) fn of(error: &ScanError, lines: &str) -> Self {
        if lines.contains("{{") {
            return Self::Template;
        }
        let info = error.info();
        let says = |word: &str| info.contains(word);
        if says("tab") {
            Self::Tab
        } else if says("quoted scalar, found unexpected") {
            Self::Unclosed
        } else if says("escape c") || says("hexadecimal") {
            Self::Escape
        } else if says("indent") {
            Self::Indentation
        } else if says("unknown anchor") {
            Self::UnknownAnchor
        } else if says("unprintable") || says("byte order mark") {
            Self::Unprintable
        } else if says("recursion") {
            Self::TooDeep
        } else {
            Self::Invalid
        }
    }
}
