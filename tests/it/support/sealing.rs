//! Sealing as an author does, outside the cluster: with the public key in a store's status.

use coffer::api::{KeyState, SecretStore};
use coffer::crypto::{BindingKind, Place, SealingKey};
use kube::ResourceExt as _;

/// A store's public key, and where its values stand.
#[derive(Clone)]
pub(crate) struct Sealer {
    pub(crate) key: SealingKey,
    pub(crate) namespace: String,
    pub(crate) store: String,
}

impl Sealer {
    /// With the store's active public key.
    pub(crate) fn of(store: &SecretStore) -> Self {
        let keys = &store.status.as_ref().unwrap().sealing_keys;
        let key = keys
            .iter()
            .find(|key| key.state == KeyState::Active && key.public_key.is_some())
            .unwrap();
        let public = key.public_key.as_deref().unwrap();
        Self {
            key: SealingKey::parse(&key.id, &key.suite, public).unwrap(),
            namespace: store.namespace().unwrap(),
            store: store.name_any(),
        }
    }

    /// Bound to the object and the key, as `coffer seal` does by default.
    pub(crate) fn strict(&self, name: &str, key: &str, value: &[u8]) -> String {
        self.seal(BindingKind::Strict, name, key, value)
    }

    /// With a binding of one's choice.
    pub(crate) fn seal(&self, binding: BindingKind, name: &str, key: &str, value: &[u8]) -> String {
        let place = Place {
            kind: "Secret",
            namespace: &self.namespace,
            store: &self.store,
            name,
            key,
        };
        self.key.seal(binding, &place, value).unwrap().to_string()
    }
}
