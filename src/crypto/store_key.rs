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
    use std::sync::LazyLock;

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::StoreKey;
    use crate::crypto::{BindingKind, Envelope, Error, Place, Suite};

    const PLACE: Place<'_> = Place {
        kind: "Secret",
        namespace: "shop",
        store: "payments",
        name: "card",
        key: "token",
    };

    static KEYS: LazyLock<[StoreKey; 3]> = LazyLock::new(|| Suite::ALL.map(StoreKey::generate));

    fn keys() -> impl Strategy<Value = &'static StoreKey> {
        select(KEYS.iter().collect::<Vec<_>>())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_bytes_come_back_as_they_were_sealed(
            key in keys(),
            binding in select(BindingKind::ALL.to_vec()),
            value in vec(any::<u8>(), 0..300),
        ) {
            let envelope = key.seal(binding, &PLACE, &value).unwrap();
            prop_assert_eq!(envelope.payload().len(), value.len() + key.suite().overhead());
            let (opened, bound) = key.open(&envelope, &BindingKind::ALL, &PLACE).unwrap();
            prop_assert_eq!(opened.expose(), value);
            prop_assert_eq!(bound, binding);
        }

        #[test]
        fn any_flipped_bit_of_the_text_keeps_an_envelope_shut(
            key in keys(),
            value in vec(any::<u8>(), 0..20),
            at in any::<prop::sample::Index>(),
            bit in 0..7_u8,
        ) {
            let text = key.seal(BindingKind::Store, &PLACE, &value).unwrap().to_string();
            let mut flipped = text.into_bytes();
            let at = at.index(flipped.len());
            flipped[at] ^= 1 << bit;
            let flipped = String::from_utf8(flipped).unwrap();
            let opened = Envelope::parse(&flipped)
                .and_then(|envelope| key.open(&envelope, &BindingKind::ALL, &PLACE));
            prop_assert!(opened.is_err());
        }

        #[test]
        fn any_flipped_bit_of_the_payload_keeps_an_envelope_shut(
            key in keys(),
            value in vec(any::<u8>(), 0..20),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let envelope = key.seal(BindingKind::Strict, &PLACE, &value).unwrap();
            let mut payload = envelope.payload().to_vec();
            let at = at.index(payload.len());
            payload[at] ^= 1 << bit;
            let opened =
                key.open(&Envelope::new(key.id(), payload), &BindingKind::ALL, &PLACE);
            prop_assert_eq!(opened.unwrap_err(), Error::DoesNotOpen);
        }
    }

    #[test]
    fn sealing_twice_gives_two_envelopes() {
        for key in KEYS.iter() {
            let seal = || key.seal(BindingKind::Strict, &PLACE, b"value").unwrap();
            assert_ne!(seal(), seal());
        }
    }

    #[test]
    fn what_the_public_half_seals_the_secret_half_opens() {
        for public in KEYS.iter().filter_map(StoreKey::sealing_key) {
            let envelope = public.seal(BindingKind::Strict, &PLACE, b"value").unwrap();
            let key = KEYS.iter().find(|key| key.id() == public.id()).unwrap();
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
        for key in KEYS.iter().filter(|key| key.sealing_key().is_some()) {
            let (secret, id) = (key.to_secret_bytes(), "0123456789abcdef".parse().unwrap());
            let refused = StoreKey::from_secret_bytes(key.suite(), id, &secret).unwrap_err();
            assert_eq!(refused, Error::KeyIdMismatch { id });

            let suites = [Suite::XWing, Suite::X25519];
            let other = suites
                .into_iter()
                .find(|suite| *suite != key.suite())
                .unwrap();
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
