//! Keys at rest: wrapped by a root key, bound to what they are for.
//!
//! The text form is `coffer.wrap.v1.<root number>.<payload>`; the payload is base64url without
//! padding of `nonce || ciphertext || tag` (XChaCha20-Poly1305).

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{
    Error, KeyId, Keyring, StoreKey, Suite,
    fields::Fields,
    keyring::canonical_number,
    rng::{self, CryptoRng},
    symmetric,
};

const DOMAIN: &str = "coffer.wrap.v1";
const PREFIX: &str = "coffer.wrap.v1.";

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

/// A wrapped key. Not secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    root: u32,
    payload: Vec<u8>,
}

impl Wrapped {
    /// The number of the root key that it is wrapped with.
    #[must_use]
    pub fn root(&self) -> u32 {
        self.root
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
        Wrapped {
            root: self.active(),
            payload,
        }
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
        let root = self.root_key(wrapped.root)?;
        let opened = symmetric::open(root.key(), &purpose.additional_data(), &wrapped.payload);
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

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PREFIX}{}.{}",
            self.root,
            BASE64_URL_SAFE_NO_PAD.encode(&self.payload)
        )
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl FromStr for Wrapped {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('.'));
        let (root, payload) = parts.ok_or(Error::MalformedWrapped)?;
        let root = canonical_number(root).ok_or(Error::MalformedWrapped)?;
        let payload = BASE64_URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| Error::MalformedWrapped)?;
        if payload.len() < Suite::XChaCha20Poly1305.overhead() {
            return Err(Error::MalformedWrapped);
        }
        Ok(Self { root, payload })
    }
}
