//! The options that give values. Nothing here shows one, and parsing never fails: the errors of the
//! argument parser would quote what was typed.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use zeroize::Zeroizing;

/// Where values come from.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct ValueArgs {
    /// A value as it is typed. It stays in the shell's history and shows in the list of processes:
    /// for what is secret take a file, or stdin
    #[arg(long = "from-literal", value_name = "KEY=VALUE")]
    pub(super) literals: Vec<Assignment>,

    /// A value from a file, byte by byte; the key is the file's name if none is given. `KEY=-` reads
    /// stdin
    #[arg(long = "from-file", value_name = "[KEY=]FILE")]
    pub(super) files: Vec<Assignment>,

    /// Values from a file with lines of the form KEY=VALUE; `-` reads stdin
    #[arg(long = "from-env-file", value_name = "FILE")]
    pub(super) env_files: Vec<PathBuf>,
}

impl ValueArgs {
    /// Takes what was typed without an option for literals.
    pub(in crate::cli) fn with_literals(mut self, literals: Vec<Assignment>) -> Self {
        self.literals.extend(literals);
        self
    }
}

/// `KEY=VALUE`, not looked at yet.
#[derive(Clone)]
pub(in crate::cli) struct Assignment(Zeroizing<String>);

impl Assignment {
    /// Key and value; the key may be missing.
    pub(super) fn parts(&self) -> (Option<&str>, &str) {
        match self.0.split_once('=') {
            Some((key, value)) => (Some(key), value),
            None => (None, &self.0),
        }
    }
}

impl FromStr for Assignment {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assignment([redacted])")
    }
}
