//! The sealing key of a SecretStore: read from its status, checked against its spec.

use serde::Deserialize;
use serde_json::Value;

use crate::api::{EnvelopeBinding, KeyState, SealingKeyStatus, SealingSpec, SealingSuite};
use crate::crypto::{self, BindingKind, SealingKey, Suite};

/// Why a store cannot be sealed for. Nothing here is secret: stores hold public keys only.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum Error {
    #[error("store {0} is not a SecretStore as Coffer writes it; fetch it again with kubectl")]
    Malformed(String),
    #[error(
        "the operator has not made the keys of store {0} yet; wait until it is Ready, then fetch it again"
    )]
    NoKeys(String),
    #[error(
        "store {store} has no active {suite} key; wait for its key rotation, then fetch it again"
    )]
    NoActiveKey { store: String, suite: Suite },
    #[error("the sealing key of store {store} cannot be used")]
    Key {
        store: String,
        #[source]
        source: crypto::Error,
    },
    #[error(
        "store {0} does not allow the binding `Store`; leave out --binding, or add it to its spec.sealing.bindings"
    )]
    BindingNotAllowed(String),
}

/// What is needed of a store to seal for it.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Store {
    pub(in crate::cli) namespace: String,
    pub(in crate::cli) name: String,
    pub(in crate::cli) key: SealingKey,
    allows_store_binding: bool,
}

/// What sealing needs to know of a store, and nothing else of it.
#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
struct Spec {
    #[serde(default)]
    sealing: Option<SealingSpec>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    sealing_keys: Vec<SealingKeyStatus>,
}

impl Store {
    /// Reads the store `namespace/name` from its JSON form.
    pub(in crate::cli) fn read(namespace: &str, name: &str, object: &Value) -> Result<Self, Error> {
        let store = format!("{namespace}/{name}");
        // The deserialiser's error quotes what it found; the file may be a wrong one.
        let object = Object::deserialize(object).map_err(|_| Error::Malformed(store.clone()))?;
        let sealing = object.spec.sealing.unwrap_or_default();
        let suite = match sealing.suite.unwrap_or_default() {
            SealingSuite::XWing => Suite::XWing,
            SealingSuite::X25519 => Suite::X25519,
        };
        let keys = object.status.unwrap_or_default().sealing_keys;
        if keys.is_empty() {
            return Err(Error::NoKeys(store));
        }
        let active = keys
            .iter()
            .find(|key| key.state == KeyState::Active && key.suite == suite.as_str());
        let Some((key, public)) = active.and_then(|key| Some((key, key.public_key.as_deref()?)))
        else {
            return Err(Error::NoActiveKey { store, suite });
        };
        let key = SealingKey::parse(&key.id, &key.suite, public)
            .map_err(|source| Error::Key { store, source })?;
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            key,
            allows_store_binding: sealing.bindings.contains(&EnvelopeBinding::Store),
        })
    }

    /// Errs when the store does not allow envelopes of this binding. Strict is always allowed: it
    /// opens in fewer places than any other.
    pub(in crate::cli) fn allows(&self, binding: BindingKind) -> Result<(), Error> {
        match binding {
            BindingKind::Store if !self.allows_store_binding => Err(Error::BindingNotAllowed(
                format!("{}/{}", self.namespace, self.name),
            )),
            BindingKind::Store | BindingKind::Strict => Ok(()),
        }
    }
}
