//! Key pairs on Curve25519: private halves in PKCS #8, public halves as `SubjectPublicKeyInfo`
//! (RFC 8410), both in PEM.

use ed25519_dalek::SigningKey;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::key_bytes::KeyBytes;
use super::{Plaintext, pem};

const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";
/// RFC 7468, section 2.
const WIDTH: usize = 64;

/// What the keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// Signatures (RFC 8032).
    Ed25519,
    /// Key agreement (RFC 7748).
    X25519,
}

impl Curve {
    /// Everything before the 32 bytes of a private key (RFC 8410, section 7): version 0, the object
    /// identifier 1.3.101.112 or .110, and two octet strings, one in the other.
    const fn private_prefix(self) -> [u8; 16] {
        let oid = self.oid();
        [
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, oid, 4, 0x22, 4, 0x20,
        ]
    }

    /// Everything before the 32 bytes of a public key (RFC 8410, section 4).
    const fn public_prefix(self) -> [u8; 12] {
        [
            0x30,
            0x2a,
            0x30,
            5,
            6,
            3,
            0x2b,
            0x65,
            self.oid(),
            3,
            0x21,
            0,
        ]
    }

    /// The last number of the object identifier (RFC 8410, section 3).
    const fn oid(self) -> u8 {
        match self {
            Self::Ed25519 => 112,
            Self::X25519 => 110,
        }
    }

    fn public_half(self, private: &KeyBytes) -> [u8; 32] {
        match self {
            Self::Ed25519 => SigningKey::from_bytes(private.expose())
                .verifying_key()
                .to_bytes(),
            Self::X25519 => PublicKey::from(&StaticSecret::from(*private.expose())).to_bytes(),
        }
    }
}

/// The private half.
pub(crate) fn private(curve: Curve, key: &KeyBytes) -> Plaintext {
    let mut der = Zeroizing::new(Vec::with_capacity(16 + 32));
    der.extend_from_slice(&curve.private_prefix());
    der.extend_from_slice(key.expose());
    Plaintext::from(pem::encode(PRIVATE, WIDTH, &der))
}

/// The public half of a private half; `None` where that is not one of this curve.
pub(crate) fn public(curve: Curve, private: &Plaintext) -> Option<Plaintext> {
    let der = pem::decode(PRIVATE, private.expose())?;
    let key = KeyBytes::try_from(der.strip_prefix(&curve.private_prefix())?).ok()?;
    let der = [curve.public_prefix().as_slice(), &curve.public_half(&key)].concat();
    Some(Plaintext::from(pem::encode(PUBLIC, WIDTH, &der)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rng;

    /// RFC 8410, sections 10.3 and 10.1.
    #[test]
    fn the_key_of_the_standard_has_the_public_half_of_the_standard() {
        let written = "-----BEGIN PRIVATE KEY-----\n\
                       MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                       -----END PRIVATE KEY-----\n";
        let expected = "-----BEGIN PUBLIC KEY-----\n\
                        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                        -----END PUBLIC KEY-----\n";
        let written = Plaintext::from(written.as_bytes().to_vec());
        let public = public(Curve::Ed25519, &written).unwrap();
        assert_eq!(public.expose(), expected.as_bytes());
    }

    #[test]
    fn what_is_not_a_key_of_this_curve_has_no_public_half() {
        let key = private(Curve::X25519, &KeyBytes::random(&mut rng::system()));
        assert!(public(Curve::X25519, &key).is_some());
        assert!(public(Curve::Ed25519, &key).is_none());
        assert!(public(Curve::X25519, &Plaintext::from(b"hunter2".to_vec())).is_none());
    }
}
