//! One sealed value, in the format of Sealed Secrets (`docs/developer/crypto.md` there).
//!
//! A 16-bit big-endian length; so many bytes of a session key, encrypted with RSA-OAEP (SHA-256, the
//! label being what the value is bound to); the rest is AES-256-GCM under that session key, with a
//! nonce of zeros, because no session key is used twice.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use rsa::{Oaep, RsaPrivateKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::crypto::Plaintext;

/// The length of the nonce in bytes.
const NONCE_BYTES: usize = 12;

/// Why a value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Not with these keys under this label. RSA-OAEP does not tell which of the two is wrong.
    NotOurs,
    /// It was for this key and label, or could have been, and is damaged.
    Damaged,
}

/// Opens with the first key that fits.
///
/// # Errors
/// [`Closed`].
pub(super) fn open(
    keys: &[RsaPrivateKey],
    label: &[u8],
    sealed: &[u8],
) -> Result<Plaintext, Closed> {
    let (length, rest) = sealed.split_first_chunk().ok_or(Closed::Damaged)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (session, ciphertext) = rest.split_at_checked(length).ok_or(Closed::Damaged)?;
    let session = keys
        .iter()
        .find_map(|key| unwrap(key, label, session))
        .ok_or(Closed::NotOurs)?;
    let cipher = Aes256Gcm::new_from_slice(&session).map_err(|_| Closed::Damaged)?;
    let opened = cipher.decrypt(&Nonce::from([0; NONCE_BYTES]), ciphertext);
    opened.map(Plaintext::from).map_err(|_| Closed::Damaged)
}

/// The session key, where this private key and label are those that it was encrypted for.
fn unwrap(key: &RsaPrivateKey, label: &[u8], session: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let padding = Oaep::<Sha256>::new_with_label(label);
    key.decrypt(padding, session).ok().map(Zeroizing::new)
}
