//! What is wrong with a file. No message quotes its content.

use crate::crypto::{KeyId, container};

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
    #[error(
        "the file has a name that is no name in Kubernetes: coffer did not write it; find out who did"
    )]
    Name,
    #[error(
        "key {id} of {store} was made in the future: set this machine's clock, or find out who wrote the file"
    )]
    FutureKey { store: String, id: KeyId },
    #[error("key {id} of {store} is in the file twice: coffer did not write it; find out who did")]
    KeyTwice { store: String, id: KeyId },
    #[error("the keys of {0} are in the file twice: coffer did not write it; find out who did")]
    StoreTwice(String),
    #[error(
        "the file has more keys for {0} than a store can have: coffer did not write it; find out who did"
    )]
    TooManyKeys(String),
}
