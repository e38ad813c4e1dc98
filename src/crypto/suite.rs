//! The algorithms an envelope may be made with.
//!
//! A new suite is a new variant: the compiler then asks for its arm in each `match`, here and in
//! `sealing_key` and `store_key`.

use std::{fmt, str::FromStr};

use hpke::{Serializable, kem::Kem};
use serde::{Deserialize, Serialize};

use super::{Error, hpke_base, symmetric};

/// What a key seals with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Suite {
    /// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce. For what Coffer itself
    /// seals: the key never leaves the cluster.
    XChaCha20Poly1305,
    /// HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA256 and ChaCha20-Poly1305. Safe against
    /// quantum computers as long as ML-KEM-768 is, against all others as long as X25519 is.
    XWing,
    /// HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
    /// ChaCha20-Poly1305. Small envelopes.
    X25519,
}

impl Suite {
    /// All suites.
    pub const ALL: [Self; 3] = [Self::XChaCha20Poly1305, Self::XWing, Self::X25519];

    /// The number that stands for this suite in everything that is authenticated. Never reused.
    ///
    /// 2 is X-Wing as of draft-connolly-cfrg-xwing-kem-10 (the KEM of identifier 0x647a in
    /// draft-ietf-hpke-pq-03). Should its final form differ, that form is another number.
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::XChaCha20Poly1305 => 1,
            Self::XWing => 2,
            Self::X25519 => 3,
        }
    }

    /// The name, as it is written in resources and sealing-key files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XChaCha20Poly1305 => "XChaCha20Poly1305",
            Self::XWing => "XWing",
            Self::X25519 => "X25519",
        }
    }

    /// By how many bytes a payload is longer than its plaintext: 40, 1,136 or 48.
    #[must_use]
    pub fn overhead(self) -> usize {
        match self {
            Self::XChaCha20Poly1305 => symmetric::NONCE_BYTES + symmetric::TAG_BYTES,
            Self::XWing => hpke_base::overhead::<hpke_base::XWing>(),
            Self::X25519 => hpke_base::overhead::<hpke_base::X25519>(),
        }
    }

    /// The length of a public key in bytes; `None` where there is no public half.
    #[must_use]
    pub fn public_key_bytes(self) -> Option<usize> {
        match self {
            Self::XChaCha20Poly1305 => None,
            Self::XWing => Some(<hpke_base::XWing as Kem>::PublicKey::size()),
            Self::X25519 => Some(<hpke_base::X25519 as Kem>::PublicKey::size()),
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Suite {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|suite| suite.as_str() == name)
            .ok_or(Error::UnknownSuite)
    }
}

#[cfg(test)]
mod tests {
    use super::Suite;
    use crate::crypto::Error;

    #[test]
    fn the_overheads_are_the_documented_ones() {
        let overheads = Suite::ALL.map(Suite::overhead);
        assert_eq!(overheads, [40, 1136, 48]);
    }

    #[test]
    fn the_numbers_never_change() {
        assert_eq!(Suite::ALL.map(Suite::id), [1, 2, 3]);
    }

    #[test]
    fn a_suite_reads_and_writes_the_same_name_everywhere() {
        for suite in Suite::ALL {
            let name = suite.as_str();
            assert_eq!(name.parse(), Ok(suite));
            assert_eq!(serde_json::to_value(suite).unwrap(), name);
            assert_eq!(serde_json::from_value::<Suite>(name.into()).unwrap(), suite);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for name in ["", "xwing", "X-Wing", "X25519 ", "AES256GCM"] {
            assert_eq!(name.parse::<Suite>(), Err(Error::UnknownSuite), "{name:?}");
        }
    }
}
