//! What can go wrong with keys and envelopes. No variant can hold a value.

use super::{KeyId, Suite};

/// Why a key or an envelope was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text does not start with `coffer.v<digits>.`: it is not meant to be an envelope.
    #[error("this is not an envelope")]
    NotAnEnvelope,
    /// The text is meant to be an envelope, of a version other than 1.
    #[error("the envelope has a version that this release does not know: upgrade coffer")]
    UnknownVersion,
    /// The text is not made of `coffer`, version, key id and payload.
    #[error("the envelope does not have four parts: copy it again, whole")]
    MalformedEnvelope,
    /// The key id is not 16 lower-case hex digits.
    #[error("a key id has 16 lower-case hex digits")]
    MalformedKeyId,
    /// The payload is not base64url without padding, in its one canonical form.
    #[error("the envelope's payload is not canonical base64url: copy it again, whole")]
    NonCanonicalPayload,
    /// The payload is shorter than an envelope of nothing.
    #[error("the envelope is too short: copy it again, whole")]
    TooShort,
    /// More than [`MAX_PLAINTEXT_BYTES`](super::MAX_PLAINTEXT_BYTES) to seal or to open.
    #[error("too long to be sealed or opened")]
    TooLong,
    /// The envelope was sealed with another key than the one at hand.
    #[error("the envelope was sealed with key {envelope}, not with key {key}")]
    WrongKey {
        /// The key that the envelope names.
        envelope: KeyId,
        /// The key at hand.
        key: KeyId,
    },
    /// The right key by name, but another place, another binding, or changed bytes.
    #[error("the envelope does not open here: it was sealed for another place, or was changed")]
    DoesNotOpen,
    /// The point sent along, or the public key, would make the shared secret a constant.
    #[error("the public key or the envelope has an X25519 point of low order")]
    LowOrderPoint,
    /// No suite has this name.
    #[error("unknown suite: expected XChaCha20Poly1305, XWing or X25519")]
    UnknownSuite,
    /// The suite is symmetric: there is no public half.
    #[error("suite {suite} has no public half to seal with")]
    NoPublicHalf {
        /// The suite asked for.
        suite: Suite,
    },
    /// The public key is not standard base64, or not one of its suite.
    #[error("the public key is not one of suite {suite}")]
    MalformedPublicKey {
        /// The suite that the key claims.
        suite: Suite,
    },
    /// The key id is not the one that follows from suite and public key.
    #[error("the key id {id} does not belong to this public key: fetch the sealing key again")]
    KeyIdMismatch {
        /// The key id that came with the key.
        id: KeyId,
    },
    /// The secret half has the wrong length.
    #[error("a secret key has 32 bytes")]
    MalformedSecretKey,
    /// A keyring without a single root key.
    #[error("the keyring is empty")]
    EmptyKeyring,
    /// A keyring entry that is not called `root-<number>`, counted from 1.
    #[error("keyring entry `{name}` is not named root-1, root-2, …")]
    MalformedRootKeyName {
        /// The entry's name.
        name: String,
    },
    /// A keyring entry that does not have 32 bytes.
    #[error("keyring entry `{name}` does not have 32 bytes")]
    MalformedRootKey {
        /// The entry's name.
        name: String,
    },
    /// The same root key number twice.
    #[error("keyring entry `{name}` is there twice")]
    DuplicateRootKey {
        /// The entry's name.
        name: String,
    },
    /// Another root key under a number that is known.
    #[error("keyring entry `{name}` has other bytes than the key of this number that is in use")]
    OtherRootKey {
        /// The entry's name.
        name: String,
    },
    /// The highest number that a root key can have is taken.
    #[error("the keyring has no number left for another root key")]
    KeyringFull,
    /// The wrapped key names a root key that the keyring does not have.
    #[error("the keyring has no root key number {number}: restore the keyring")]
    UnknownRootKey {
        /// The number of the missing root key.
        number: u32,
    },
    /// The text is not a wrapped key.
    #[error("this is not a wrapped key")]
    MalformedWrapped,
    /// Another root key of the same number, another use, or changed bytes.
    #[error("the wrapped key does not open: another keyring, another use, or changed bytes")]
    DoesNotUnwrap,
}

impl Error {
    /// A stable word for conditions, events and metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotAnEnvelope => "NotAnEnvelope",
            Self::UnknownVersion => "UnknownVersion",
            Self::MalformedEnvelope => "MalformedEnvelope",
            Self::MalformedKeyId => "MalformedKeyId",
            Self::NonCanonicalPayload => "NonCanonicalPayload",
            Self::TooShort => "TooShort",
            Self::TooLong => "TooLong",
            Self::WrongKey { .. } => "WrongKey",
            Self::DoesNotOpen => "DoesNotOpen",
            Self::LowOrderPoint => "LowOrderPoint",
            Self::UnknownSuite => "UnknownSuite",
            Self::NoPublicHalf { .. } => "NoPublicHalf",
            Self::MalformedPublicKey { .. } => "MalformedPublicKey",
            Self::KeyIdMismatch { .. } => "KeyIdMismatch",
            Self::MalformedSecretKey => "MalformedSecretKey",
            Self::EmptyKeyring => "EmptyKeyring",
            Self::MalformedRootKeyName { .. } => "MalformedRootKeyName",
            Self::MalformedRootKey { .. } => "MalformedRootKey",
            Self::DuplicateRootKey { .. } => "DuplicateRootKey",
            Self::OtherRootKey { .. } => "OtherRootKey",
            Self::KeyringFull => "KeyringFull",
            Self::UnknownRootKey { .. } => "UnknownRootKey",
            Self::MalformedWrapped => "MalformedWrapped",
            Self::DoesNotUnwrap => "DoesNotUnwrap",
        }
    }
}
