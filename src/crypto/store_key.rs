//! One key of a store, the secret half: what the operator seals and opens with.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    BindingKind, Envelope, Error, KeyId, MAX_PLAINTEXT_BYTES, Place, Plaintext, SealingKey, Suite,
    additional_data,
    binding::info,
    hpke_base::{self, X25519, XWing},
    key_bytes::KeyBytes,
    rng::{self, CryptoRng},
    symmetric,
};

/// A key of a store. Erased on drop, never printed.
pub struct StoreKey {
    id: KeyId,
    suite: Suite,
    secret: KeyBytes,
    /// The public half, where the suite has one.
    public: Option<SealingKey>,
}

impl StoreKey {
    /// A new key.
    #[must_use]
    pub fn generate(suite: Suite) -> Self {
        Self::generate_with_rng(suite, &mut rng::system())
    }

    pub(crate) fn generate_with_rng(suite: Suite, rng: &mut impl CryptoRng) -> Self {
        let secret = match suite {
            Suite::XChaCha20Poly1305 => KeyBytes::random(rng),
            Suite::XWing => hpke_base::generate::<XWing>(rng),
            Suite::X25519 => hpke_base::generate::<X25519>(rng),
        };
        let public = public_half(suite, &secret);
        let id = public
            .as_ref()
            .map_or_else(|| KeyId::random(rng), SealingKey::id);
        Self {
            id,
            suite,
            secret,
            public,
        }
    }

    /// Takes up a key again that was wrapped.
    ///
    /// # Errors
    /// [`Error::MalformedSecretKey`] when it does not have 32 bytes; [`Error::KeyIdMismatch`] when
    /// it is not the secret half of the public key that the id was made from.
    pub fn from_secret_bytes(suite: Suite, id: KeyId, bytes: &[u8]) -> Result<Self, Error> {
        let secret = KeyBytes::try_from(bytes)?;
        let public = public_half(suite, &secret);
        if public.as_ref().is_some_and(|public| public.id() != id) {
            return Err(Error::KeyIdMismatch { id });
        }
        Ok(Self {
            id,
            suite,
            secret,
            public,
        })
    }

    /// The secret half, to be wrapped. Always 32 bytes.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.secret.to_secret_bytes()
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

    /// The public half; `None` for the symmetric suite.
    #[must_use]
    pub fn sealing_key(&self) -> Option<SealingKey> {
        self.public.clone()
    }

    /// Seals a value for a place: with the key itself, or to its own public half.
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
        if let Some(public) = &self.public {
            return public.seal_with_rng(binding, place, plaintext, rng);
        }
        if plaintext.len() > MAX_PLAINTEXT_BYTES {
            return Err(Error::TooLong);
        }
        let aad = additional_data(self.suite, binding, place);
        Ok(Envelope::new(
            self.id,
            symmetric::seal(&self.secret, &aad, plaintext, rng),
        ))
    }

    /// Opens an envelope at a place: first as strictly bound, then as bound to the store, each only
    /// if `allowed`. Says which binding it was.
    ///
    /// # Errors
    /// [`Error::WrongKey`], [`Error::TooShort`], [`Error::LowOrderPoint`], and
    /// [`Error::DoesNotOpen`] for another place, a binding that is not allowed, or changed bytes.
    pub fn open(
        &self,
        envelope: &Envelope,
        allowed: &[BindingKind],
        place: &Place<'_>,
    ) -> Result<(Plaintext, BindingKind), Error> {
        if envelope.key_id() != self.id {
            return Err(Error::WrongKey {
                envelope: envelope.key_id(),
                key: self.id,
            });
        }
        let payload = envelope.payload();
        if payload.len() < self.suite.overhead() {
            return Err(Error::TooShort);
        }
        let bindings: Vec<_> = BindingKind::ALL
            .into_iter()
            .filter(|binding| allowed.contains(binding))
            .collect();
        let aads: Vec<_> = bindings
            .iter()
            .map(|binding| additional_data(self.suite, *binding, place))
            .collect();
        let (plaintext, tried) = match self.suite {
            Suite::XChaCha20Poly1305 => aads
                .iter()
                .enumerate()
                .find_map(|(n, aad)| Some((symmetric::open(&self.secret, aad, payload)?, n)))
                .ok_or(Error::DoesNotOpen),
            Suite::XWing => {
                hpke_base::open::<XWing>(&self.secret, &info(self.suite), payload, &aads)
            }
            Suite::X25519 => {
                hpke_base::open::<X25519>(&self.secret, &info(self.suite), payload, &aads)
            }
        }?;
        Ok((plaintext, bindings[tried]))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey({}, {}, [redacted])", self.id, self.suite)
    }
}

fn public_half(suite: Suite, secret: &KeyBytes) -> Option<SealingKey> {
    let public_key = match suite {
        Suite::XChaCha20Poly1305 => return None,
        Suite::XWing => hpke_base::public_key::<XWing>(secret),
        Suite::X25519 => hpke_base::public_key::<X25519>(secret),
    };
    Some(SealingKey::new(suite, public_key))
}

#[cfg(test)]
mod tests {
    use super::StoreKey;
    use crate::crypto::{BindingKind, Error, Place, Suite};

    const PLACE: Place<'_> = Place {
        kind: "Secret",
        namespace: "shop",
        store: "payments",
        name: "card",
        key: "token",
    };

    #[test]
    fn sealing_twice_gives_two_envelopes() {
        for key in Suite::ALL.map(StoreKey::generate) {
            let seal = || key.seal(BindingKind::Strict, &PLACE, b"value").unwrap();
            assert_ne!(seal(), seal());
        }
    }

    #[test]
    fn what_the_public_half_seals_the_secret_half_opens() {
        for suite in [Suite::XWing, Suite::X25519] {
            let key = StoreKey::generate(suite);
            let public = key.sealing_key().unwrap();
            let envelope = public.seal(BindingKind::Strict, &PLACE, b"value").unwrap();
            let (opened, _) = key.open(&envelope, &[BindingKind::Strict], &PLACE).unwrap();
            assert_eq!(opened.expose(), b"value");
        }
    }

    #[test]
    fn the_symmetric_suite_has_no_public_half() {
        assert_eq!(
            StoreKey::generate(Suite::XChaCha20Poly1305).sealing_key(),
            None
        );
    }

    #[test]
    fn a_secret_half_under_another_id_or_suite_is_refused() {
        for (suite, other) in [(Suite::XWing, Suite::X25519), (Suite::X25519, Suite::XWing)] {
            let (key, id) = (
                StoreKey::generate(suite),
                "0123456789abcdef".parse().unwrap(),
            );
            let secret = key.to_secret_bytes();
            let refused = StoreKey::from_secret_bytes(suite, id, &secret).unwrap_err();
            assert_eq!(refused, Error::KeyIdMismatch { id });
            let refused = StoreKey::from_secret_bytes(other, key.id(), &secret).unwrap_err();
            assert_eq!(refused, Error::KeyIdMismatch { id: key.id() });
        }
    }

    #[test]
    fn a_secret_half_of_another_length_is_refused() {
        for suite in Suite::ALL {
            let id = "0123456789abcdef".parse().unwrap();
            let refused = StoreKey::from_secret_bytes(suite, id, &[7; 33]).unwrap_err();
            assert_eq!(refused, Error::MalformedSecretKey);
        }
    }
}
