//! The wrapped keys of the stores, in the operator's namespace.

use std::collections::HashSet;
use std::sync::Arc;

use k8s_openapi::api::core::v1 as core;
use kube::runtime::watcher::{self, Event};
use kube::{Api, ResourceExt as _};

use super::{Feeds, Seen};
use crate::api::wellknown::{PART_LABEL, STORE_KEYS_PART};
use crate::index::{Link, ObjectKey, Roots, StoreKeys, Unreadable};
use crate::telemetry;

impl Feeds {
    /// Watches the stores' keys, and unwraps them.
    pub async fn store_keys(self, operator_namespace: String, roots: Roots) {
        let of = |client| Api::namespaced(client, &operator_namespace);
        let config = watcher::Config::default().labels(&format!("{PART_LABEL}={STORE_KEYS_PART}"));
        let mut listed = HashSet::new();
        self.run("store keys", of, config, |event| {
            let event: Event<Seen<core::Secret>> = event;
            match &event {
                Event::Init => listed.clear(),
                Event::InitApply(Ok(object)) => {
                    // By name, so that one that does not read is not taken for deleted.
                    listed.extend(object.metadata.name.clone());
                    self.take_up_keys(object, &roots);
                }
                Event::InitApply(Err(Unreadable(names))) => listed.extend(names.name.clone()),
                Event::InitDone => {
                    let listed = std::mem::take(&mut listed);
                    for keys in self.index.all_keys() {
                        if keys.is_stored() && !listed.contains(&keys.record.native_name()) {
                            self.keys_deleted(&keys);
                        }
                    }
                }
                Event::Apply(Ok(object)) => self.take_up_keys(object, &roots),
                Event::Apply(Err(_)) => {}
                Event::Delete(Ok(object)) => self.native_deleted(&object.name_any()),
                Event::Delete(Err(Unreadable(names))) => {
                    self.native_deleted(&ObjectKey::of_meta(names).name);
                }
            }
        })
        .await;
    }

    pub(super) fn take_up_keys(&self, object: &core::Secret, roots: &Roots) {
        let keyring = roots.current();
        let keys = match StoreKeys::read(object, &keyring) {
            // A copy under another name must not take the place of the keys themselves.
            Ok(keys) if keys.record.native_name() != object.name_any() => {
                let (native, store) = (object.name_any(), keys.store());
                tracing::error!(
                    native, %store,
                    "a native secret has the keys of a store whose are kept under another name: delete it, or restore \
                     what it was from a backup"
                );
                self.native_deleted(&native);
                return;
            }
            Ok(keys) => keys,
            Err(error) if error.is_unknown_root() => {
                let native = object.name_any();
                tracing::warn!(
                    native,
                    "a store's keys wait for the root key that wrapped them"
                );
                self.index.put_unread(object.clone());
                // It may have come in this very moment.
                if !Arc::ptr_eq(&keyring, &roots.current()) {
                    self.take_up_keys(object, roots);
                }
                return;
            }
            Err(error) => {
                let (native, error) = (object.name_any(), telemetry::chain(&error));
                tracing::error!(native, error, "a store's keys cannot be used");
                self.native_deleted(&native);
                return;
            }
        };
        self.index.forget_unread(&object.name_any());
        let store = keys.store();
        let version = keys.resource_version.clone();
        let known = self.index.keys(&store);
        if known.is_some_and(|known| known.resource_version == version)
            || self.index.put_version(keys).resource_version != version
        {
            // Written by this very process, which knows it, and may have written another since.
            return;
        }
        if self.index.stores.get(&store.to_ref()).is_some() {
            self.triggers.store(&store);
        } else {
            self.triggers.vanished(&store);
        }
        self.wake_dependents(&Link::Store(store));
    }

    fn native_deleted(&self, native: &str) {
        self.index.forget_unread(native);
        self.index
            .all_keys()
            .iter()
            .filter(|keys| keys.record.native_name() == native)
            .for_each(|keys| self.keys_deleted(keys));
    }

    /// The keys of a living store are put back by its controller; those of a store that is gone, or
    /// of a former namespace, were deleted on purpose.
    fn keys_deleted(&self, keys: &StoreKeys) {
        let key = keys.store();
        let store = self.index.stores.get(&key.to_ref());
        if store.is_some_and(|store| keys.are_of(&store)) {
            tracing::warn!(store = %key, "the native secret with the store's keys was deleted, or does not read any more: putting it back");
            self.index.put_keys(keys.unstored());
        } else {
            self.index.forget_keys(&key);
        }
        self.triggers.store(&key);
    }
}
