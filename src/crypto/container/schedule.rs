//! From the secret of a lock to the keys of one file.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::DOMAIN;
use crate::crypto::{
    fields::Fields,
    key_bytes::{KEY_BYTES, KeyBytes},
};

/// What opens the chunks of one file. Erased on drop, never printed.
pub struct FileKey(pub(super) KeyBytes);

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey([redacted])")
    }
}

/// The two keys of a file with these header lines.
pub(super) struct Schedule {
    header: Zeroizing<[u8; KEY_BYTES]>,
    /// For the chunks.
    pub(super) chunks: FileKey,
}

impl Schedule {
    /// `secret` is uniformly random, or out of Argon2id: HKDF needs no Extract (RFC 5869, section 3.3).
    pub(super) fn new(secret: &KeyBytes, lines: &[u8]) -> Self {
        let chunks = expand(secret, "chunks", lines);
        Self {
            header: expand(secret, "header", lines),
            chunks: FileKey(
                KeyBytes::try_from(chunks.as_slice()).expect("an output has the length of a key"),
            ),
        }
    }

    /// The header's tag.
    pub(super) fn tag(&self, lines: &[u8]) -> [u8; KEY_BYTES] {
        mac(self.header.as_slice(), lines)
    }
}

/// The first block of HKDF-Expand with SHA-256 (RFC 5869, section 2.3): as long as a key.
fn expand(secret: &KeyBytes, label: &str, lines: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut info = Fields::new(DOMAIN).field(label).field(lines).into_bytes();
    info.push(1);
    Zeroizing::new(mac(secret.expose(), &info))
}

fn mac(key: &[u8], message: &[u8]) -> [u8; KEY_BYTES] {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("HMAC takes a key of any length")
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}
