//! A store's keys without their wrapping, and what Coffer remembers about the store.

use base64::{Engine, prelude::BASE64_STANDARD};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::api::{KeyState, Period, StoreDeletionPolicy};
use crate::crypto::{self, KeyId, StoreKey, Suite};
use crate::index::StoreKeys;
use crate::index::store_keys::Record;

/// The keys of a store. Has no Debug.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct ClearKeys {
    pub(in crate::cli) namespace: String,
    pub(in crate::cli) store: String,
    pub(super) deletion_policy: StoreDeletionPolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rotation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retention: Option<Period>,
    pub(super) keys: Vec<ClearKey>,
}

/// One key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClearKey {
    pub(super) id: KeyId,
    suite: Suite,
    pub(super) state: KeyState,
    pub(super) created: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retired: Option<Time>,
    /// In base64.
    secret: Zeroizing<String>,
}

impl ClearKeys {
    /// Of a store's keys as they are in memory.
    pub(super) fn of(keys: &StoreKeys) -> Self {
        // Named one by one, so that a new field is thought of. UIDs and identifiers belong to the cluster;
        // how long no store has had the keys begins anew.
        let Record {
            namespace,
            store,
            namespace_uid: _,
            store_uid: _,
            store_id: _,
            deletion_policy,
            rotation,
            orphaned: _,
            retention,
            keys: _,
        } = &keys.record;
        let clear = keys.all().map(|(written, key)| ClearKey {
            id: written.id,
            suite: written.suite,
            state: written.state,
            created: written.created.clone(),
            retired: written.retired.clone(),
            secret: encoded(&key.to_secret_bytes()),
        });
        Self {
            namespace: namespace.clone(),
            store: store.clone(),
            deletion_policy: *deletion_policy,
            rotation: rotation.clone(),
            retention: retention.clone(),
            keys: clear.collect(),
        }
    }

    /// `team-a/payments`.
    pub(in crate::cli) fn label(&self) -> String {
        format!("{}/{}", self.namespace, self.store)
    }

    /// The names of the keys.
    pub(in crate::cli) fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(|key| key.id)
    }
}

impl ClearKey {
    /// The key itself.
    ///
    /// # Errors
    /// One that is no key, or not the one of its name.
    pub(super) fn to_store_key(&self) -> Result<StoreKey, crypto::Error> {
        let secret = decoded(&self.secret).ok_or(crypto::Error::MalformedSecretKey)?;
        StoreKey::from_secret_bytes(self.suite, self.id, &secret)
    }
}

/// In base64, in a buffer that does not grow.
pub(super) fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    BASE64_STANDARD.encode_string(bytes, &mut text);
    text
}

pub(super) fn decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64_STANDARD.decode(text).ok().map(Zeroizing::new)
}
