//! Wrapping and unwrapping: XChaCha20-Poly1305 under a root key, bound to what the key is for.

use zeroize::Zeroizing;

use super::{
    Error, KeyId, Keyring, StoreKey, Suite, Wrapped,
    fields::Fields,
    rng::{self, CryptoRng},
    symmetric,
};

const DOMAIN: &str = "coffer.wrap.v1";

/// What a wrapped key is for. It unwraps for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapFor<'a> {
    /// A key of a store.
    StoreKey {
        /// The store's namespace.
        namespace: &'a str,
        /// The store's name.
        store: &'a str,
        /// The key's name.
        key_id: KeyId,
        /// What the key seals with.
        suite: Suite,
    },
    /// A key of the operator itself.
    Purpose {
        /// The purpose's name, as in `content-fingerprints`.
        name: &'a str,
    },
}

impl WrapFor<'_> {
    fn additional_data(&self) -> Vec<u8> {
        let fields = Fields::new(DOMAIN);
        match self {
            Self::StoreKey {
                namespace,
                store,
                key_id,
                suite,
            } => fields
                .field("StoreKey")
                .field(namespace)
                .field(store)
                .field(key_id.to_string())
                .field(suite.id().to_be_bytes()),
            Self::Purpose { name } => fields.field("Purpose").field(name),
        }
        .into_bytes()
    }
}

impl Keyring {
    /// Wraps a key with the active root key.
    #[must_use]
    pub fn wrap(&self, purpose: &WrapFor<'_>, key: &[u8]) -> Wrapped {
        self.wrap_with_rng(purpose, key, &mut rng::system())
    }

    pub(crate) fn wrap_with_rng(
        &self,
        purpose: &WrapFor<'_>,
        key: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Wrapped {
        let root = self
            .root_key(self.active())
            .expect("the active root key is in the keyring");
        let payload = symmetric::seal(root.key(), &purpose.additional_data(), key, rng);
        Wrapped::new(self.active(), payload)
    }

    /// Unwraps a key with the root key that wrapped it.
    ///
    /// # Errors
    /// [`Error::UnknownRootKey`], [`Error::DoesNotUnwrap`].
    pub fn unwrap(
        &self,
        purpose: &WrapFor<'_>,
        wrapped: &Wrapped,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let root = self.root_key(wrapped.root())?;
        let opened = symmetric::open(root.key(), &purpose.additional_data(), wrapped.payload());
        opened.map(Into::into).ok_or(Error::DoesNotUnwrap)
    }

    /// Wraps a store's key for that store.
    #[must_use]
    pub fn wrap_store_key(&self, namespace: &str, store: &str, key: &StoreKey) -> Wrapped {
        let (key_id, suite) = (key.id(), key.suite());
        let purpose = WrapFor::StoreKey {
            namespace,
            store,
            key_id,
            suite,
        };
        self.wrap(&purpose, &key.to_secret_bytes())
    }

    /// Unwraps a store's key.
    ///
    /// # Errors
    /// Those of [`Keyring::unwrap`] and [`StoreKey::from_secret_bytes`].
    pub fn unwrap_store_key(
        &self,
        namespace: &str,
        store: &str,
        key_id: KeyId,
        suite: Suite,
        wrapped: &Wrapped,
    ) -> Result<StoreKey, Error> {
        let purpose = WrapFor::StoreKey {
            namespace,
            store,
            key_id,
            suite,
        };
        StoreKey::from_secret_bytes(suite, key_id, &self.unwrap(&purpose, wrapped)?)
    }
}

#[cfg(test)]
mod tests {
    use super::WrapFor;
    use crate::crypto::{Error, Keyring, StoreKey, Suite, Wrapped, rng::fixed::FixedRng};

    const PURPOSE: WrapFor<'_> = WrapFor::Purpose {
        name: "fingerprints",
    };
    /// The 32 bytes 0, 1, 2 … wrapped for [`PURPOSE`] under a root key of sevens, with a nonce of
    /// nines. It changes only when what is stored can no longer be read.
    const STORED: &str = "coffer.wrap.v1.1.CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ\
        vnPgiXivf2X8GwI3ZH4J5DripYlUdIv2vpQCR887TUQi00FFYRqUuBKQbr6szc2K";

    fn keyring(numbers: &[u32]) -> Keyring {
        let names = numbers
            .iter()
            .map(|number| (format!("root-{number}"), [7; 32]));
        let entries: Vec<_> = names.collect();
        Keyring::from_entries(entries.iter().map(|(name, key)| (&**name, key.as_slice()))).unwrap()
    }

    fn store_key_for<'a>(namespace: &'a str, store: &'a str, key: &StoreKey) -> WrapFor<'a> {
        WrapFor::StoreKey {
            namespace,
            store,
            key_id: key.id(),
            suite: key.suite(),
        }
    }

    #[test]
    fn what_was_stored_by_the_first_release_still_unwraps() {
        let key: Vec<u8> = (0..32).collect();
        let wrapped = keyring(&[1]).wrap_with_rng(&PURPOSE, &key, &mut FixedRng(vec![9; 24]));
        assert_eq!(wrapped.to_string(), STORED);
        let again = keyring(&[1])
            .unwrap(&PURPOSE, &STORED.parse().unwrap())
            .unwrap();
        assert_eq!(*again, key);
    }

    #[test]
    fn a_store_key_of_every_suite_comes_back_from_its_text() {
        let keyring = Keyring::generate();
        for suite in Suite::ALL {
            let key = StoreKey::generate(suite);
            let text = keyring.wrap_store_key("shop", "payments", &key).to_string();
            let wrapped = text.parse().unwrap();
            let again = keyring.unwrap_store_key("shop", "payments", key.id(), suite, &wrapped);
            let again = again.unwrap();
            assert_eq!(again.to_secret_bytes(), key.to_secret_bytes());
            assert_eq!(again.sealing_key(), key.sealing_key());
        }
    }

    #[test]
    fn an_older_root_key_still_unwraps_and_the_newest_wraps() {
        let wrapped = keyring(&[1]).wrap(&PURPOSE, b"key");
        assert_eq!(
            keyring(&[1, 2])
                .unwrap(&PURPOSE, &wrapped)
                .unwrap()
                .as_slice(),
            b"key"
        );
        assert_eq!(keyring(&[1, 2]).wrap(&PURPOSE, b"key").root(), 2);
    }

    #[test]
    fn a_root_key_that_is_gone_is_named() {
        let wrapped = keyring(&[1, 2]).wrap(&PURPOSE, b"key");
        let refused = keyring(&[1]).unwrap(&PURPOSE, &wrapped).unwrap_err();
        assert_eq!(refused, Error::UnknownRootKey { number: 2 });
    }

    #[test]
    fn another_root_key_of_the_same_number_does_not_unwrap() {
        let wrapped = Keyring::generate().wrap(&PURPOSE, b"key");
        assert_eq!(
            keyring(&[1]).unwrap(&PURPOSE, &wrapped),
            Err(Error::DoesNotUnwrap)
        );
    }

    #[test]
    fn a_wrapped_key_unwraps_for_nothing_but_its_use() {
        let (keyring, key) = (keyring(&[1]), StoreKey::generate(Suite::X25519));
        let other = StoreKey::generate(Suite::X25519);
        let wrapped = keyring.wrap_store_key("shop", "payments", &key);
        let (namespace, store, key_id) = ("shop", "payments", key.id());
        let uses = [
            store_key_for("shop2", "payments", &key),
            store_key_for("shop", "payment", &key),
            store_key_for("shopp", "ayments", &key),
            store_key_for("shop", "payments", &other),
            WrapFor::StoreKey {
                namespace,
                store,
                key_id,
                suite: Suite::XWing,
            },
            WrapFor::Purpose { name: "payments" },
            WrapFor::Purpose { name: "" },
        ];
        for purpose in uses {
            assert_eq!(
                keyring.unwrap(&purpose, &wrapped),
                Err(Error::DoesNotUnwrap),
                "{purpose:?}"
            );
        }
    }

    #[test]
    fn any_flipped_bit_keeps_a_wrapped_key_shut() {
        let keyring = keyring(&[1]);
        let wrapped = keyring.wrap(&PURPOSE, b"key");
        for bit in 0..wrapped.payload().len() * 8 {
            let mut payload = wrapped.payload().to_vec();
            payload[bit / 8] ^= 1 << (bit % 8);
            let flipped = Wrapped::new(wrapped.root(), payload);
            assert_eq!(
                keyring.unwrap(&PURPOSE, &flipped),
                Err(Error::DoesNotUnwrap),
                "bit {bit}"
            );
        }
    }
}
