//! What a native Secret with a store's keys holds, as far as it reads: one that is damaged does not keep the
//! others from being read. No client.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;

use crate::api::wellknown::STORE_ANNOTATION;
use crate::crypto::{KeyId, Keyring};
use crate::index::StoreKeys;
use crate::index::store_keys::{ENTRY, Error, Record, native_name};

/// A store's keys at rest, as far as they read. Has no Debug.
pub(super) struct Salvaged {
    /// The name of the native Secret.
    pub(super) native: String,
    pub(super) resource_version: String,
    /// The record with the keys that unwrap; none when it does not read.
    pub(super) keys: Option<StoreKeys>,
    /// Why the others do not.
    pub(super) damage: Vec<Error>,
    /// As the annotation says.
    told: Option<String>,
}

impl Salvaged {
    pub(super) fn of(object: &core::Secret, keyring: &Keyring) -> Self {
        let told = object.annotations().get(STORE_ANNOTATION);
        let mut salvaged = Self {
            native: object.name_any(),
            resource_version: object.resource_version().unwrap_or_default(),
            keys: None,
            damage: Vec::new(),
            told: told.filter(|told| is_name_of(told, object)).cloned(),
        };
        let mut object = object.clone();
        loop {
            match StoreKeys::read(&object, keyring) {
                Ok(keys) if keys.record.native_name() == salvaged.native => {
                    salvaged.keys = Some(keys);
                }
                Ok(_) => salvaged.damage.push(Error::Unreadable {
                    name: salvaged.native.clone(),
                }),
                Err(error) => {
                    let without = match &error {
                        Error::Unwrap { id, .. } => without(&object, *id),
                        Error::Unreadable { .. } => None,
                    };
                    salvaged.damage.push(error);
                    if let Some(without) = without {
                        object = without;
                        continue;
                    }
                }
            }
            return salvaged;
        }
    }

    /// `team-a/payments`, or the name of the native Secret.
    pub(super) fn label(&self) -> String {
        let record = self.keys.as_ref().map(|keys| &keys.record);
        let store = record.map(|record| format!("{}/{}", record.namespace, record.store));
        let told = store.or_else(|| self.told.clone());
        told.unwrap_or_else(|| format!("native secret {}", self.native))
    }

    /// The keys that do not unwrap.
    pub(super) fn lost(&self) -> impl Iterator<Item = KeyId> {
        self.damage.iter().filter_map(|damage| match damage {
            Error::Unwrap { id, .. } => Some(*id),
            Error::Unreadable { .. } => None,
        })
    }
}

/// The highest number of a root key that wraps something in these.
pub(super) fn highest_root<'o>(objects: impl IntoIterator<Item = &'o core::Secret>) -> u32 {
    let records = objects.into_iter().filter_map(record);
    let keys = records.flat_map(|record| record.keys);
    keys.map(|key| key.wrapped.root()).max().unwrap_or_default()
}

fn record(object: &core::Secret) -> Option<Record> {
    let ByteString(bytes) = object.data.as_ref()?.get(ENTRY)?;
    serde_json::from_slice(bytes).ok()
}

/// The same without a key; none where it has none of this name.
fn without(object: &core::Secret, id: KeyId) -> Option<core::Secret> {
    let mut record = record(object)?;
    let before = record.keys.len();
    record.keys.retain(|key| key.id != id);
    (record.keys.len() < before).then_some(())?;
    let mut object = object.clone();
    object.data = record.to_native("").data;
    Some(object)
}

fn is_name_of(store: &str, object: &core::Secret) -> bool {
    store
        .split_once('/')
        .is_some_and(|(namespace, store)| native_name(namespace, store) == object.name_any())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::ByteString;
    use k8s_openapi::api::core::v1 as core;

    use super::{Salvaged, highest_root};
    use crate::crypto::{Keyring, Suite};
    use crate::index::store_keys::{ENTRY, for_test};
    use crate::keys::add_active;

    /// Two keys of team-a/payments, the first wrapped by another keyring where `damaged`.
    fn native(keyring: &Keyring, damaged: bool) -> core::Secret {
        let other = Keyring::generate();
        let first = if damaged { &other } else { keyring };
        let mut record = for_test::record();
        let now = Timestamp::UNIX_EPOCH;
        add_active(&mut record, Suite::XChaCha20Poly1305, first, now);
        add_active(&mut record, Suite::X25519, keyring, now);
        record.to_native("coffer-system")
    }

    #[test]
    fn beside_a_key_that_does_not_unwrap_the_others_are_read() {
        let keyring = Keyring::generate();
        let whole = Salvaged::of(&native(&keyring, false), &keyring);
        assert_eq!((whole.lost().count(), whole.damage.len()), (0, 0));
        assert_eq!(whole.keys.unwrap().record.keys.len(), 2);
        let object = native(&keyring, true);
        let salvaged = Salvaged::of(&object, &keyring);
        assert_eq!((salvaged.lost().count(), salvaged.damage.len()), (1, 1));
        let keys = salvaged.keys.unwrap();
        let left: Vec<_> = keys.record.keys.iter().map(|key| key.suite).collect();
        assert_eq!(left, [Suite::X25519]);
    }

    #[test]
    fn with_another_keyring_no_key_is_read_and_each_is_named() {
        let object = native(&Keyring::generate(), false);
        let salvaged = Salvaged::of(&object, &Keyring::generate());
        assert_eq!(salvaged.lost().count(), 2);
        assert_eq!(salvaged.label(), "team-a/payments");
        assert!(salvaged.keys.unwrap().record.keys.is_empty());
    }

    #[test]
    fn what_is_no_record_or_that_of_another_store_is_named_by_what_is_told_and_true() {
        let keyring = Keyring::generate();
        let mut object = native(&keyring, false);
        let data = object.data.as_mut().unwrap();
        data.insert(ENTRY.to_owned(), ByteString(b"{".to_vec()));
        let salvaged = Salvaged::of(&object, &keyring);
        assert!(salvaged.keys.is_none() && salvaged.damage.len() == 1);
        assert_eq!(salvaged.label(), "team-a/payments");
        let mut object = native(&keyring, false);
        object.metadata.name = Some("coffer-store-0".to_owned());
        let salvaged = Salvaged::of(&object, &keyring);
        assert!(salvaged.keys.is_none() && salvaged.damage.len() == 1);
        assert_eq!(salvaged.label(), "native secret coffer-store-0");
    }

    #[test]
    fn the_highest_root_is_found() {
        let object = native(&Keyring::generate(), false);
        assert_eq!((highest_root([&object]), highest_root([])), (1, 0));
    }
}
