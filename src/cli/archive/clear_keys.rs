//! A store's keys without their wrapping, and what Coffer remembers about the store.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Error;
use crate::api::{KeyState, Period, StoreDeletionPolicy};
use crate::crypto::{self, KeyId, StoreKey, Suite};
use crate::index::StoreKeys;
use crate::index::store_keys::Record;
use crate::keys::MOST_KEYS;
use crate::policy::names;

/// Keys of a store in a file at most: a suite that is chosen once more adds one to those of rotations.
pub(super) const MOST: usize = MOST_KEYS + Suite::ALL.len();

/// How far the clocks of two machines may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(10);

/// The keys of a store. Has no Debug.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct ClearKeys {
    pub(in crate::cli) namespace: String,
    pub(in crate::cli) store: String,
    /// UID of the namespace that the keys were of; empty where the file does not say.
    #[serde(default)]
    pub(super) namespace_uid: String,
    /// Whether no store had them when the file was written: then they may be those of a namespace that was
    /// deleted before.
    #[serde(default)]
    pub(super) orphaned: bool,
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
        // Named one by one, so that a new field is thought of. UID and identifier of the store belong to the
        // cluster; how long no store has had the keys begins anew.
        let Record {
            namespace,
            store,
            namespace_uid,
            store_uid: _,
            store_id: _,
            deletion_policy,
            rotation,
            orphaned,
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
            namespace_uid: namespace_uid.clone(),
            orphaned: orphaned.is_some(),
            deletion_policy: *deletion_policy,
            rotation: rotation.clone(),
            retention: retention.clone(),
            keys: clear.collect(),
        }
    }

    /// Whether coffer may have written this.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), Error> {
        if !names::is_label(&self.namespace) || !names::is_subdomain(&self.store) {
            return Err(Error::Name);
        }
        let store = self.label();
        if self.keys.len() > MOST {
            return Err(Error::TooManyKeys(store));
        }
        let mut ids = BTreeSet::new();
        for key in &self.keys {
            let id = key.id;
            if !ids.insert(id) {
                return Err(Error::KeyTwice { store, id });
            }
            if key.created.0 > now.saturating_add(SKEW).unwrap_or(now) {
                return Err(Error::FutureKey { store, id });
            }
        }
        Ok(())
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
