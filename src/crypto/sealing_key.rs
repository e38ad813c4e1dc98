//! The public half of a store's HPKE pair: what authors seal with, outside the cluster.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use hpke::HpkeError;

use super::{
    BindingKind, Envelope, Error, KeyId, MAX_PLAINTEXT_BYTES, Place, Suite, additional_data,
    binding::info,
    hpke_base::{self, X25519, XWing},
    rng::{self, CryptoRng},
};

/// The length of an X25519 point.
const POINT_BYTES: usize = 32;

/// A public key. Not secret: it is in the store's status and in authors' repositories.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey {
    id: KeyId,
    suite: Suite,
    public_key: Vec<u8>,
}

impl SealingKey {
    /// Reads a sealing key: key id, suite, and the public key in standard base64.
    ///
    /// # Errors
    /// [`Error::MalformedKeyId`], [`Error::UnknownSuite`], [`Error::NoPublicHalf`] for the
    /// symmetric suite, [`Error::MalformedPublicKey`], [`Error::KeyIdMismatch`] when the key is not
    /// the one that the id was made from, [`Error::LowOrderPoint`].
    pub fn parse(id: &str, suite: &str, public_base64: &str) -> Result<Self, Error> {
        let id = id.parse()?;
        let suite: Suite = suite.parse()?;
        let malformed = || Error::MalformedPublicKey { suite };
        let public_key = BASE64_STANDARD
            .decode(public_base64)
            .map_err(|_| malformed())?;
        let well_formed = match suite {
            Suite::XChaCha20Poly1305 => return Err(Error::NoPublicHalf { suite }),
            Suite::XWing => hpke_base::is_public_key::<XWing>(&public_key),
            Suite::X25519 => hpke_base::is_public_key::<X25519>(&public_key),
        };
        // Both end with an X25519 point (X-Wing: draft-connolly-cfrg-xwing-kem-10, section 5.2).
        let point = *public_key
            .last_chunk::<POINT_BYTES>()
            .ok_or_else(malformed)?;
        let key = Self::new(suite, public_key);
        if !well_formed {
            return Err(malformed());
        }
        if key.id != id {
            return Err(Error::KeyIdMismatch { id });
        }
        if hpke_base::is_low_order(&point, &mut rng::system()) {
            return Err(Error::LowOrderPoint);
        }
        Ok(key)
    }

    /// The public half of a key of our own; the id follows from suite and key.
    pub(crate) fn new(suite: Suite, public_key: Vec<u8>) -> Self {
        let id = KeyId::of_public_key(suite, &public_key);
        Self {
            id,
            suite,
            public_key,
        }
    }

    /// The key's name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What the key seals with.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The public key in standard base64.
    #[must_use]
    pub fn public_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.public_key)
    }

    /// Seals a value for a place.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn seal(
        &self,
        binding: BindingKind,
        place: &Place<'_>,
        plaintext: &[u8],
    ) -> Result<Envelope, Error> {
        self.seal_with_rng(binding, place, plaintext, &mut rng::system())
    }

    pub(crate) fn seal_with_rng(
        &self,
        binding: BindingKind,
        place: &Place<'_>,
        plaintext: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Envelope, Error> {
        if plaintext.len() > MAX_PLAINTEXT_BYTES {
            return Err(Error::TooLong);
        }
        let (info, aad) = (
            info(self.suite),
            additional_data(self.suite, binding, place),
        );
        let suite = self.suite;
        let sealed = match suite {
            Suite::XChaCha20Poly1305 => return Err(Error::NoPublicHalf { suite }),
            Suite::XWing => hpke_base::seal::<XWing>(&self.public_key, &info, &aad, plaintext, rng),
            Suite::X25519 => {
                hpke_base::seal::<X25519>(&self.public_key, &info, &aad, plaintext, rng)
            }
        };
        let payload = sealed.map_err(|error| match error {
            HpkeError::EncapError => Error::LowOrderPoint,
            _ => Error::MalformedPublicKey { suite },
        })?;
        Ok(Envelope::new(self.id, payload))
    }
}

impl fmt::Debug for SealingKey {
    /// Id and suite: an X-Wing key has 1,216 bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey")
            .field("id", &self.id)
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SealingKey;
    use crate::crypto::{BindingKind, Error, MAX_PLAINTEXT_BYTES, Place, StoreKey, Suite};

    const PLACE: Place<'_> = Place {
        kind: "Secret",
        namespace: "shop",
        store: "payments",
        name: "card",
        key: "token",
    };

    #[test]
    fn nothing_is_sealed_to_a_point_of_low_order() {
        let key = SealingKey::new(Suite::X25519, vec![0; 32]);
        let refused = key.seal(BindingKind::Strict, &PLACE, b"");
        assert_eq!(refused, Err(Error::LowOrderPoint));
    }

    #[test]
    fn what_is_too_long_is_not_sealed() {
        let endless = vec![0; MAX_PLAINTEXT_BYTES + 1];
        for suite in Suite::ALL {
            let refused = StoreKey::generate(suite).seal(BindingKind::Store, &PLACE, &endless);
            assert_eq!(refused, Err(Error::TooLong), "{suite}");
        }
    }
}
