//! What is wrong with the values of a command line.
//!
//! No message repeats what was typed where a value is expected: `--from-literal hunter2` has no key,
//! and what stands in its place is the secret. The option and its number say which one is meant.

use std::fmt;
use std::io;

use crate::cli::dotenv;
use crate::crypto;
use crate::policy::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES};

/// The most keys of one Secret.
pub(super) const MAX_KEYS: usize = 64;

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Origin {
    /// The n-th literal, from 1.
    Literal(usize),
    /// The n-th file, from 1.
    File(usize),
    /// A line of an `.env` file.
    Line(String, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(number) => write!(f, "literal {number}"),
            Self::File(number) => write!(f, "--from-file {number}"),
            Self::Line(file, line) => write!(f, "{file}:{line}"),
        }
    }
}

/// What is wrong; each message ends with the remedy.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Error {
    #[error("there is no value; give --from-literal, --from-file or --from-env-file")]
    None,
    #[error("{0} has no key; write KEY=VALUE (what was typed is not shown)")]
    NoKey(Origin),
    #[error("{0} reads stdin and needs a key; write --from-file KEY=-")]
    StdinNeedsKey(Origin),
    #[error(
        "the key of {0} has something else than letters, digits, '-', '_' and '.', begins with '..', or has more than 253 characters; give it another (what was typed is not shown)"
    )]
    BadKey(Origin),
    #[error("{0} gives a key that has a value already; leave one out")]
    Twice(Origin),
    #[error("{0} cannot be read; correct the path (KEY=FILE)")]
    Unreadable(Origin, #[source] io::Error),
    #[error("{0} is a folder; give its files one by one")]
    Folder(Origin),
    #[error("stdin can be read once only; give one `-`")]
    StdinTwice,
    #[error("cannot read {0}")]
    EnvFile(String, #[source] io::Error),
    #[error(
        "{0} is no text; give what is not text with --from-file, and lines of KEY=VALUE in UTF-8"
    )]
    EnvFileNotText(String),
    #[error("{0} has more than a megabyte; it cannot be a file of values for one Secret")]
    EnvFileTooLarge(String),
    #[error("{0}: {1}")]
    Line(Origin, dotenv::Reason),
    #[error("{0} has more than {MAX_VALUE_BYTES} bytes; keep the file elsewhere, and its key here")]
    TooLarge(Origin),
    #[error(
        "the values together have more than {} KiB; split them over several Secrets",
        MAX_TOTAL_BYTES / 1024
    )]
    TooLargeTogether,
    #[error("there are more than {MAX_KEYS} keys; split them over several Secrets")]
    TooMany,
    #[error(
        "{0} is an envelope already; put it into a manifest as it is (it opens only where it was sealed for)"
    )]
    SealedAlready(Origin),
    #[error(
        "{0} is what stands for a value in the copy that `kubectl apply` keeps; take the value from your manifest"
    )]
    Marker(Origin),
    #[error("a value cannot be sealed")]
    Seal(#[from] crypto::Error),
}
