//! Which key sealed an envelope: 64 bits, written as 16 lower-case hex digits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::{Error, Suite, fields::Fields, rng::CryptoRng};

const DOMAIN: &str = "coffer.v1 key id";
const BYTES: usize = 8;

/// The name of a key, in clear in every envelope.
///
/// It finds the key and proves nothing: what does is the envelope's tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; BYTES]);

impl KeyId {
    /// The name of a new symmetric key. Not derived from it, so it tells nothing about it.
    pub(crate) fn random(rng: &mut impl CryptoRng) -> Self {
        let mut id = [0; BYTES];
        rng.fill_bytes(&mut id);
        Self(id)
    }

    /// The name of an HPKE pair: the first 64 bits of SHA-256 over domain, suite and public key,
    /// so that a mangled or mixed-up sealing key is noticed without asking anyone. Whoever can
    /// replace the key can replace its name as well: this is a checksum, not a signature.
    pub(crate) fn of_public_key(suite: Suite, public_key: &[u8]) -> Self {
        let input = Fields::new(DOMAIN)
            .field(suite.id().to_be_bytes())
            .field(public_key)
            .into_bytes();
        let digest: [u8; 32] = Sha256::digest(input).into();
        let mut id = [0; BYTES];
        id.copy_from_slice(&digest[..BYTES]);
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let canonical = text.len() == 2 * BYTES
            && text
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !canonical {
            return Err(Error::MalformedKeyId);
        }
        let number = u64::from_str_radix(text, 16).map_err(|_| Error::MalformedKeyId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyId;
    use crate::crypto::{Error, Suite};

    #[test]
    fn a_key_id_reads_and_writes_sixteen_hex_digits() {
        let id: KeyId = "00ff0a1b2c3d4e5f".parse().unwrap();
        assert_eq!(id.to_string(), "00ff0a1b2c3d4e5f");
        assert_eq!(serde_json::to_value(id).unwrap(), "00ff0a1b2c3d4e5f");
        assert_eq!(
            serde_json::from_value::<KeyId>("00ff0a1b2c3d4e5f".into()).unwrap(),
            id
        );
    }

    #[test]
    fn anything_else_is_not_a_key_id() {
        let texts = [
            "",
            "00ff0a1b2c3d4e5",
            "00ff0a1b2c3d4e5f0",
            "00FF0A1B2C3D4E5F",
            "+0ff0a1b2c3d4e5f",
            " 0ff0a1b2c3d4e5f",
            "00ff0a1b2c3d4e5g",
            "0x00ff0a1b2c3d4e",
            "éééééééé",
        ];
        for text in texts {
            assert_eq!(
                text.parse::<KeyId>(),
                Err(Error::MalformedKeyId),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_same_bytes_under_another_suite_have_another_name() {
        let x25519 = KeyId::of_public_key(Suite::X25519, &[9; 32]);
        assert_ne!(x25519, KeyId::of_public_key(Suite::XWing, &[9; 32]));
    }
}
