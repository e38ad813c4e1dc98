//! Thirty-two secret bytes: what every key of Coffer is at rest.

use std::fmt;

use zeroize::Zeroizing;

use super::{Error, rng::CryptoRng};

/// The length of every secret key, in bytes.
pub(crate) const KEY_BYTES: usize = 32;

/// A 256-bit secret. Boxed, so that moving a key leaves no copy behind; erased on drop.
pub(crate) struct KeyBytes(Box<Zeroizing<[u8; KEY_BYTES]>>);

impl KeyBytes {
    /// A fresh key.
    pub(crate) fn random(rng: &mut impl CryptoRng) -> Self {
        let mut key = Self(Box::default());
        rng.fill_bytes(key.0.as_mut_slice());
        key
    }

    /// The bytes themselves.
    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// A copy, to be wrapped.
    pub(crate) fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.expose().to_vec())
    }
}

impl TryFrom<&[u8]> for KeyBytes {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != KEY_BYTES {
            return Err(Error::MalformedSecretKey);
        }
        let mut key = Self(Box::default());
        key.0.copy_from_slice(bytes);
        Ok(key)
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::KeyBytes;
    use crate::crypto::Error;

    #[test]
    fn a_key_of_another_length_is_refused() {
        for length in [0, 16, 31, 33, 64] {
            let key = KeyBytes::try_from(vec![7; length].as_slice());
            assert_eq!(
                key.unwrap_err(),
                Error::MalformedSecretKey,
                "{length} bytes"
            );
        }
    }
}
