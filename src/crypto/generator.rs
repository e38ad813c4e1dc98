//! What values Coffer can make by itself.

use zeroize::Zeroizing;

pub use super::key_pair::Curve;
use super::rng::{self, CryptoRng};
use super::{Plaintext, key_bytes::KeyBytes, key_pair, password::password, ssh_key};

/// A kind of value, ready to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generator {
    /// Text of so many characters.
    Password {
        /// How many.
        length: usize,
        /// Sets of ASCII characters, none empty, without one in common. There is at least one of each,
        /// so there are no more of them than characters.
        classes: Vec<Vec<u8>>,
    },
    /// So many bytes.
    Bytes(usize),
    /// A UUID of version 4 (RFC 9562, section 5.4), as text.
    Uuid,
    /// An Ed25519 key, as OpenSSH writes it.
    SshKey,
    /// A private key in PKCS #8 and PEM.
    KeyPair(Curve),
}

impl Generator {
    /// Makes a new value.
    #[must_use]
    pub fn draw(&self) -> Plaintext {
        self.draw_with_rng(&mut rng::system())
    }

    pub(crate) fn draw_with_rng(&self, rng: &mut impl CryptoRng) -> Plaintext {
        match self {
            Self::Password { length, classes } => Plaintext::from(password(*length, classes, rng)),
            Self::Bytes(length) => {
                let mut bytes = Zeroizing::new(vec![0; *length]);
                rng.fill_bytes(&mut bytes);
                Plaintext::from(bytes)
            }
            Self::Uuid => {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
                Plaintext::from(uuid.to_string().into_bytes())
            }
            Self::SshKey => {
                let key = KeyBytes::random(rng);
                let mut check = [0; 4];
                rng.fill_bytes(&mut check);
                ssh_key::private(&key, u32::from_be_bytes(check))
            }
            Self::KeyPair(curve) => key_pair::private(*curve, &KeyBytes::random(rng)),
        }
    }

    /// Whether the values have a public half.
    #[must_use]
    pub fn has_public_half(&self) -> bool {
        matches!(self, Self::SshKey | Self::KeyPair(_))
    }

    /// The public half of a value; `None` where the kind has none, or the value is not of this kind.
    #[must_use]
    pub fn public_half(&self, value: &Plaintext) -> Option<Plaintext> {
        match self {
            Self::SshKey => ssh_key::public(value),
            Self::KeyPair(curve) => key_pair::public(*curve, value),
            Self::Password { .. } | Self::Bytes(_) | Self::Uuid => None,
        }
    }
}

#[cfg(test)]
mod tests;
