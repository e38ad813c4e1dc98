//! The keys of a store, as they rest in a native Secret of the operator's namespace: wrapped by the
//! root keyring, with what Coffer has to remember about the store beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ObjectKey;
use crate::api::wellknown::{PART_LABEL, STORE_ANNOTATION, STORE_KEYS_PART};
use crate::api::{KeyState, Period, Secret, SecretStore, StoreDeletionPolicy};
use crate::crypto::{self, KeyId, Keyring, StoreKey, Suite, Wrapped, hex};

/// The entry of the native Secret that holds the [`Record`].
pub const ENTRY: &str = "record.json";

/// What is written down about a store and its keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Namespace of the store.
    pub namespace: String,
    /// Name of the store.
    pub store: String,
    /// UID of that namespace when the keys were made. In a namespace made anew the keys are not
    /// taken up by themselves: whoever owns it now may be someone else.
    pub namespace_uid: String,
    /// UID of the store that has the keys now; empty until there is one.
    pub store_uid: String,
    /// Identifier of that store, as the status of its Secrets has it.
    #[serde(default)]
    pub store_id: String,
    /// What the store's deletion does, for the time when the store cannot be asked any more.
    pub deletion_policy: StoreDeletionPolicy,
    /// The rotation that was asked for last, and done: the value of the store's annotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<String>,
    /// Since when no store has the keys; absent while one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orphaned: Option<Time>,
    /// How long the keys outlive the store, as it last wanted; absent: the operator's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Period>,
    /// The keys, the older first.
    pub keys: Vec<WrappedKey>,
}

/// One key, wrapped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrappedKey {
    /// Its id.
    pub id: KeyId,
    /// Its suite.
    pub suite: Suite,
    /// Whether it still seals.
    pub state: KeyState,
    /// When it was made.
    pub created: Time,
    /// When it was retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Time>,
    /// The key, wrapped by the root keyring for this namespace, store and id.
    pub wrapped: Wrapped,
}

/// What puts a record right that does not read: it may be all there is, so nothing writes over it unasked.
pub const PUT_RIGHT: &str = "keep a copy of it and delete it: an operator that has read it before puts the keys of a \
     store that is there back from memory at once; otherwise bring them back with `coffer keys import FILE`";

/// Why a store's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The native Secret does not hold a readable record.
    #[error("native secret `{name}` does not hold a store's keys: {PUT_RIGHT}")]
    Unreadable {
        /// Its name.
        name: String,
    },
    /// A key does not unwrap.
    #[error("key {id} does not unwrap: restore the keyring that wrapped it")]
    Unwrap {
        /// The key.
        id: KeyId,
        /// Why.
        #[source]
        source: crypto::Error,
    },
}

impl Error {
    /// Whether the root key is one that is not known: a replica may see what it wrapped before it.
    #[must_use]
    pub fn is_unknown_root(&self) -> bool {
        matches!(
            self,
            Self::Unwrap {
                source: crypto::Error::UnknownRootKey { .. },
                ..
            }
        )
    }
}

/// A store's keys, ready for use.
#[derive(Debug)]
pub struct StoreKeys {
    /// What is written down.
    pub record: Record,
    /// resourceVersion of the native Secret; empty when it was deleted.
    pub resource_version: String,
    keys: Arc<BTreeMap<KeyId, StoreKey>>,
}

impl StoreKeys {
    /// Whether this very store has taken them up. Otherwise they wait for one, or are those of a store or a
    /// namespace of this name that was deleted, and what they open is not for whoever has the name now.
    #[must_use]
    pub fn are_of(&self, store: &SecretStore) -> bool {
        store.metadata.uid.as_deref() == Some(self.record.store_uid.as_str())
    }

    /// Reads and unwraps.
    ///
    /// # Errors
    /// [`Error`], neither of which holds a key.
    pub fn read(object: &core::Secret, keyring: &Keyring) -> Result<Self, Error> {
        let name = || object.metadata.name.clone().unwrap_or_default();
        let record: Record = object
            .data
            .as_ref()
            .and_then(|data| data.get(ENTRY))
            .and_then(|ByteString(bytes)| serde_json::from_slice(bytes).ok())
            .ok_or_else(|| Error::Unreadable { name: name() })?;
        let keys = record
            .keys
            .iter()
            .map(|key| {
                keyring
                    .unwrap_store_key(
                        &record.namespace,
                        &record.store,
                        key.id,
                        key.suite,
                        &key.wrapped,
                    )
                    .map(|store_key| (key.id, store_key))
                    .map_err(|source| Error::Unwrap { id: key.id, source })
            })
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let resource_version = object.metadata.resource_version.clone().unwrap_or_default();
        Ok(Self {
            record,
            resource_version,
            keys: Arc::new(keys),
        })
    }

    /// The same keys, after their native Secret was deleted: memory has them, the cluster has not.
    #[must_use]
    pub fn unstored(&self) -> Self {
        let (record, keys) = (self.record.clone(), self.keys.clone());
        Self {
            record,
            keys,
            resource_version: String::new(),
        }
    }

    /// The same keys of a store whose last wishes memory knows better than the record.
    #[must_use]
    pub fn with_wishes(
        &self,
        deletion_policy: StoreDeletionPolicy,
        retention: Option<Period>,
    ) -> Self {
        Self {
            record: Record {
                deletion_policy,
                retention,
                ..self.record.clone()
            },
            resource_version: self.resource_version.clone(),
            keys: self.keys.clone(),
        }
    }

    /// Whether the cluster has them.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        !self.resource_version.is_empty()
    }

    /// Whether this is a later version of the native Secret. resourceVersions of one resource are compared as
    /// numbers (Kubernetes 1.35 defines it).
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        let number = |keys: &Self| keys.resource_version.parse::<u64>().unwrap_or_default();
        number(self) > number(other)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> ObjectKey {
        ObjectKey::new(&self.record.namespace, &self.record.store)
    }

    /// The active key of a suite.
    #[must_use]
    pub fn active(&self, suite: Suite) -> Option<&StoreKey> {
        self.newest_active(|of| of == suite)
    }

    /// The active key that has a public half.
    #[must_use]
    pub fn active_public(&self) -> Option<&StoreKey> {
        self.newest_active(|suite| suite != Suite::XChaCha20Poly1305)
    }

    fn newest_active(&self, is_wanted: impl Fn(Suite) -> bool) -> Option<&StoreKey> {
        let mut newest_first = self.record.keys.iter().rev();
        newest_first
            .find(|key| is_wanted(key.suite) && key.state == KeyState::Active)
            .and_then(|key| self.keys.get(&key.id))
    }

    /// The key of this id.
    #[must_use]
    pub fn find(&self, id: KeyId) -> Option<&StoreKey> {
        self.keys.get(&id)
    }

    /// Each key with what is written down about it, the older first.
    pub fn all(&self) -> impl Iterator<Item = (&WrappedKey, &StoreKey)> {
        self.record
            .keys
            .iter()
            .filter_map(|key| Some((key, self.keys.get(&key.id)?)))
    }
}

impl Record {
    /// Whether a Secret goes when the store goes: the store wanted that, and had served it.
    #[must_use]
    pub fn takes_with_it(&self, secret: &Secret) -> bool {
        let status = secret.status.as_ref();
        self.deletion_policy == StoreDeletionPolicy::Cascade
            && status.and_then(|status| status.store_id.as_ref()) == Some(&self.store_id)
    }

    /// The name of the native Secret that holds it.
    #[must_use]
    pub fn native_name(&self) -> String {
        native_name(&self.namespace, &self.store)
    }

    /// The native Secret that holds it.
    #[must_use]
    pub fn to_native(&self, operator_namespace: &str) -> core::Secret {
        let json = serde_json::to_vec(self).expect("a record is plain data");
        core::Secret {
            metadata: ObjectMeta {
                name: Some(self.native_name()),
                namespace: Some(operator_namespace.to_owned()),
                labels: Some([(PART_LABEL.to_owned(), STORE_KEYS_PART.to_owned())].into()),
                annotations: Some(
                    [(
                        STORE_ANNOTATION.to_owned(),
                        format!("{}/{}", self.namespace, self.store),
                    )]
                    .into(),
                ),
                ..ObjectMeta::default()
            },
            data: Some([(ENTRY.to_owned(), ByteString(json))].into()),
            ..core::Secret::default()
        }
    }
}

/// The name of the native Secret with a store's keys: the same on every replica, so that the API
/// server lets only one be made.
#[must_use]
pub fn native_name(namespace: &str, store: &str) -> String {
    let digest = Sha256::digest(format!("{namespace}/{store}"));
    format!("coffer-store-{}", hex(&digest[..16]))
}

#[cfg(test)]
pub(crate) mod for_test {
    use super::Record;

    /// Of the store `team-a/payments`, without keys.
    pub(crate) fn record() -> Record {
        let json = serde_json::json!({
            "namespace": "team-a", "store": "payments", "namespaceUid": "n", "storeUid": "s",
            "deletionPolicy": "Refuse", "keys": [],
        });
        serde_json::from_value(json).unwrap()
    }
}
