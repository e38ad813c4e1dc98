//! What is wrong with a file. No message quotes its content.

use crate::crypto::container;

/// Why a file is not read; each message ends with the remedy.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Error {
    #[error(transparent)]
    Container(#[from] container::Error),
    #[error("the file has format {0}, and this release knows format 1: upgrade coffer")]
    Format(u32),
    #[error("the file holds something that this release does not know: upgrade coffer")]
    UnknownEntry,
    #[error("an entry of the file has more than {} MiB: take another copy", super::entry::MAX_LINE >> 20)]
    EntryTooLong,
    #[error("the file does not hold what its end says: take another copy")]
    Incomplete,
}
