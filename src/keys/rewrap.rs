//! After a new root key came: what the former ones wrapped is wrapped by it. Nothing else changes, no key
//! and nothing that was made with one.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::storage::failed;
use super::{Error, Storage};
use crate::api::wellknown::KEYRING_NAME;
use crate::crypto::{Keyring, WrapFor, Wrapped};
use crate::index::roots::PURPOSE_PREFIX;
use crate::index::store_keys::Record;
use crate::index::{ObjectKey, StoreKeys};
use crate::policy::operations::{replace_with, test};

/// What became of the records of which something had to be wrapped again.
#[derive(Debug, Default)]
pub struct Rewrapped {
    /// How many were written.
    pub written: usize,
    /// The stores whose record could not be written, and why.
    pub failed: Vec<(ObjectKey, Error)>,
}

impl Storage {
    /// Wraps again what of the stores' keys a former root key wrapped. A record that cannot be written, because
    /// it was changed meanwhile for example, does not keep the others from it.
    pub async fn rewrap_stores(&self) -> Rewrapped {
        let keyring = self.keyring();
        let mut rewrapped = Rewrapped::default();
        for keys in self.index().all_keys() {
            if keys.is_stored()
                && let Some(record) = wrapped_anew(&keys, &keyring)
            {
                match self.replace(&record, &keys.resource_version).await {
                    Ok(_) => rewrapped.written += 1,
                    Err(error) => rewrapped.failed.push((keys.store(), error)),
                }
            }
        }
        rewrapped
    }

    /// The same for the purpose keys, which are in the native Secret of the keyring itself.
    ///
    /// # Errors
    /// [`Error`]; a conflict when the native Secret was changed meanwhile.
    pub async fn rewrap_purposes(&self) -> Result<usize, Error> {
        self.check_keyring()?;
        let keyring = self.keyring();
        let api = self.api();
        let object = api.get(KEYRING_NAME).await;
        let object = object.map_err(failed("read", KEYRING_NAME))?;
        let mut operations: Vec<_> = purposes(&object, &keyring)
            .map(|(entry, wrapped)| {
                let bytes = ByteString(wrapped.to_string().into_bytes());
                replace_with(["data", entry], json!(bytes))
            })
            .collect();
        let written = operations.len();
        if written > 0 {
            let version = json!(object.resource_version());
            operations.insert(0, test(["metadata", "resourceVersion"], version));
            let patch = Patch::Json::<()>(json_patch::Patch(operations));
            api.patch(KEYRING_NAME, &PatchParams::default(), &patch)
                .await
                .map_err(failed("update", KEYRING_NAME))?;
        }
        Ok(written)
    }
}

/// The record with every key wrapped by the active root key; `None` where it is so.
fn wrapped_anew(keys: &StoreKeys, keyring: &Keyring) -> Option<Record> {
    let mut record = keys.record.clone();
    let (namespace, store) = (&record.namespace, &record.store);
    let mut is_changed = false;
    for written in &mut record.keys {
        if written.wrapped.root() != keyring.active()
            && let Some(key) = keys.find(written.id)
        {
            written.wrapped = keyring.wrap_store_key(namespace, store, key);
            is_changed = true;
        }
    }
    is_changed.then_some(record)
}

/// The purpose keys that a former root key wrapped, by entry, wrapped by the active one. One that does not
/// unwrap stays as it is: it is what a backup of the keyring is needed for.
fn purposes<'a>(
    object: &'a core::Secret,
    keyring: &'a Keyring,
) -> impl Iterator<Item = (&'a str, Wrapped)> {
    object.data.iter().flatten().filter_map(|(entry, bytes)| {
        let name = entry.strip_prefix(PURPOSE_PREFIX)?;
        let wrapped: Wrapped = std::str::from_utf8(&bytes.0).ok()?.parse().ok()?;
        if wrapped.root() == keyring.active() {
            return None;
        }
        let purpose = WrapFor::Purpose { name };
        let key = keyring.unwrap(&purpose, &wrapped).ok()?;
        Some((entry.as_str(), keyring.wrap(&purpose, &key)))
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::crypto::Suite;
    use crate::index::store_keys::for_test;
    use crate::keys::add_active;

    fn keyring(roots: &[&str]) -> Keyring {
        Keyring::from_entries(
            roots
                .iter()
                .map(|name| (*name, [7; 32]))
                .collect::<Vec<_>>()
                .iter()
                .map(|(name, key)| (*name, key.as_slice())),
        )
        .unwrap()
    }

    #[test]
    fn keys_are_wrapped_by_the_new_root_and_are_the_same_keys() {
        let (before, after) = (keyring(&["root-1"]), keyring(&["root-1", "root-2"]));
        let mut record = for_test::record();
        for suite in [Suite::XChaCha20Poly1305, Suite::X25519] {
            add_active(&mut record, suite, &before, Timestamp::UNIX_EPOCH);
        }
        let keys = StoreKeys::read(&record.to_native("n"), &before).unwrap();
        assert_eq!(wrapped_anew(&keys, &before), None);
        let rewrapped = wrapped_anew(&keys, &after).unwrap();
        let again = StoreKeys::read(&rewrapped.to_native("n"), &after).unwrap();
        for ((_, old), (written, new)) in keys.all().zip(again.all()) {
            assert_eq!(written.wrapped.root(), 2);
            assert_eq!(old.to_secret_bytes(), new.to_secret_bytes());
        }
    }

    #[test]
    fn of_the_keyring_only_what_is_wrapped_by_a_former_root_changes() {
        let (before, after) = (keyring(&["root-1"]), keyring(&["root-1", "root-2"]));
        let entry = |name: &str, keyring: &Keyring| {
            let wrapped = keyring.wrap(&WrapFor::Purpose { name }, name.as_bytes());
            let entry = format!("{PURPOSE_PREFIX}{name}");
            (entry, ByteString(wrapped.to_string().into_bytes()))
        };
        let broken = ("purpose-broken".to_owned(), ByteString(b"x".to_vec()));
        let root = ("root-1".to_owned(), ByteString(vec![7; 32]));
        let object = core::Secret {
            data: Some([entry("old", &before), entry("new", &after), broken, root].into()),
            ..core::Secret::default()
        };
        let changed: Vec<_> = purposes(&object, &after).collect();
        assert_eq!(changed.len(), 1);
        let (entry, wrapped) = &changed[0];
        assert_eq!((*entry, wrapped.root()), ("purpose-old", 2));
        let key = after.unwrap(&WrapFor::Purpose { name: "old" }, wrapped);
        assert_eq!(*key.unwrap(), b"old");
    }
}
