//! What can be wrong with a container. No variant can hold a piece of its content.

use std::io;

use crate::crypto::KeyId;

/// Why a container cannot be written or read; each message ends with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file does not begin as a container does.
    #[error("this is not a file that coffer wrote: name the backup or the export")]
    NotAContainer,
    /// A container of a later format.
    #[error("the file was written by a newer release: upgrade coffer")]
    UnknownVersion,
    /// The header does not read.
    #[error("the file's header was changed: take another copy")]
    MalformedHeader,
    /// Deriving the key would take more than anyone means to spend.
    #[error("the file's header asks for {0}, which coffer never writes: take another copy")]
    AbsurdKdf(&'static str),
    /// There is not enough memory to derive the key.
    #[error(
        "cannot get {mebibytes} MiB of memory, which deriving the key from the passphrase takes: give the process more"
    )]
    OutOfMemory {
        /// How much it takes.
        mebibytes: u32,
    },
    /// The file is sealed to a passphrase.
    #[error("the file is sealed to a passphrase, not to a key: give the passphrase")]
    NeedsPassphrase,
    /// The file is sealed to a public key.
    #[error("the file is sealed to key {key}: give its secret half with --key")]
    NeedsKey {
        /// The key.
        key: KeyId,
    },
    /// Another pair than the one it is sealed to.
    #[error("the file is sealed to key {file}, and this is key {key}: give the other one")]
    OtherKey {
        /// The key that the file names.
        file: KeyId,
        /// The key at hand.
        key: KeyId,
    },
    /// The header's tag is another one.
    #[error(
        "the passphrase is not that of this file, or the file's header was changed: try again, or take another copy"
    )]
    WrongPassphrase,
    /// The right key by name, and the header was changed.
    #[error("the file's header was changed, so the key does not open it: take another copy")]
    HeaderChanged,
    /// A chunk does not open where it stands, or the last one is missing.
    #[error("the file was changed or cut short: take another copy")]
    Damaged,
    /// More than 2^32 chunks.
    #[error("a file has at most 256 TiB: write several")]
    TooLong,
    /// The text is not a key for files.
    #[error("this is not a {0} key for backups: make one with `coffer backup keygen`")]
    MalformedKey(&'static str),
    /// The file system did not do it.
    #[error(transparent)]
    Io(#[from] io::Error),
}
