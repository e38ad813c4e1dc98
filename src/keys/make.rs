//! New keys for a store's record. No client.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::KeyState;
use crate::crypto::{Keyring, StoreKey, Suite};
use crate::index::store_keys::{Record, WrappedKey};

/// Sees to it that the record has an active key of this suite. A suite that is chosen again has its
/// former key again, so that the keys do not grow with every change of mind.
pub fn add_active(record: &mut Record, suite: Suite, keyring: &Keyring, now: Timestamp) {
    let newest = record.keys.iter_mut().rev().find(|key| key.suite == suite);
    if let Some(key) = newest {
        key.state = KeyState::Active;
        return;
    }
    let key = StoreKey::generate(suite);
    record.keys.push(WrappedKey {
        id: key.id(),
        suite,
        state: KeyState::Active,
        created: Time(Timestamp::from_second(now.as_second()).unwrap_or(now)),
        retired: None,
        wrapped: keyring.wrap_store_key(&record.namespace, &record.store, &key),
    });
}
