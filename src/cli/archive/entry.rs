//! The lines of a file: JSON, one entry each, beginning with `begin` and ending with `end`.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::clear_keys::ClearKeys;
use super::object::Object;

/// The format that is written, and the only one that is read.
pub(super) const FORMAT: u32 = 1;

/// The longest line, in bytes: an object has at most 1.5 MiB in Kubernetes.
pub(super) const MAX_LINE: usize = 8 << 20;

/// One line. Has no Debug: it may hold a key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) enum Entry {
    /// The first.
    Begin(Begin),
    /// A SecretStore or Secret.
    Object(Object),
    /// A key of the operator itself.
    PurposeKey(PurposeKey),
    /// The keys of a store.
    StoreKeys(ClearKeys),
    /// The last: without it the file is not whole.
    End(End),
}

/// What the file is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Begin {
    pub(super) format: u32,
    /// The release that wrote it.
    pub(super) release: String,
    pub(in crate::cli) written: Timestamp,
}

/// A key of the operator itself, in base64.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct PurposeKey {
    pub(in crate::cli) name: String,
    pub(in crate::cli) secret: Zeroizing<String>,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct End {
    pub(in crate::cli) objects: usize,
    pub(in crate::cli) stores_with_keys: usize,
}

impl Begin {
    pub(super) fn now() -> Self {
        Self {
            format: FORMAT,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            written: Timestamp::now(),
        }
    }
}

impl End {
    /// Counts an entry.
    pub(super) fn count(&mut self, entry: &Entry) {
        match entry {
            Entry::Object(_) => self.objects += 1,
            Entry::StoreKeys(_) => self.stores_with_keys += 1,
            Entry::Begin(_) | Entry::PurposeKey(_) | Entry::End(_) => {}
        }
    }
}

impl Entry {
    /// Writes the line.
    pub(super) fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut to, self)?;
        to.write_all(b"\n")
    }

    /// Reads a line; none where it means nothing. The parser's error is not passed on: it quotes.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }
}
