//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): nonce, ciphertext and tag in one string.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::{Plaintext, key_bytes::KeyBytes, rng::CryptoRng};

/// The length of the nonce: 192 bits, so that random ones never meet (section 2.1).
pub(crate) const NONCE_BYTES: usize = 24;
/// The length of the tag (RFC 8439, section 2.8).
pub(crate) const TAG_BYTES: usize = 16;

/// `nonce || ciphertext || tag`, under a fresh random nonce.
pub(crate) fn seal(key: &KeyBytes, aad: &[u8], msg: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg, aad })
        .expect("the message is shorter than 256 GiB");
    [nonce.as_slice(), &ciphertext].concat()
}

/// The plaintext, or `None` when key, additional data or bytes are not those of [`seal`].
pub(crate) fn open(key: &KeyBytes, aad: &[u8], sealed: &[u8]) -> Option<Plaintext> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let opened = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg, aad });
    opened.ok().map(Plaintext::from)
}

fn cipher(key: &KeyBytes) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

#[cfg(test)]
mod tests {
    use super::{super::rng::fixed::FixedRng, open, seal};
    use crate::crypto::key_bytes::KeyBytes;

    #[test]
    fn less_than_a_nonce_and_a_tag_does_not_open() {
        let key = KeyBytes::try_from([7; 32].as_slice()).unwrap();
        let sealed = seal(&key, b"", b"", &mut FixedRng(vec![9; 24]));
        assert_eq!(sealed.len(), 40);
        for length in 0..sealed.len() {
            assert!(
                open(&key, b"", &sealed[..length]).is_none(),
                "{length} bytes"
            );
        }
    }
}
