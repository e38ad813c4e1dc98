//! Stores: into the reflector. Of a change, only what a Secret depends on wakes up the Secrets: that
//! the store is there, and its spec.

use std::collections::HashMap;

use kube::Api;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{self, Event};

use super::unreadable::or_former;
use super::{Feeds, Seen};
use crate::api::{Period, SecretStore, StoreDeletionPolicy};
use crate::index::{Link, ObjectKey};

/// What is remembered of a store, to tell what changes and what it last wanted.
#[derive(Clone, PartialEq, Eq)]
struct Version {
    uid: Option<String>,
    generation: Option<i64>,
    deletion_policy: StoreDeletionPolicy,
    retention: Option<Period>,
}

fn version(store: &SecretStore) -> Version {
    Version {
        uid: store.metadata.uid.clone(),
        generation: store.metadata.generation,
        deletion_policy: store.spec.deletion_policy.unwrap_or_default(),
        retention: store.spec.key_retention.clone(),
    }
}

impl Feeds {
    /// Watches stores.
    pub async fn stores(self, mut writer: Writer<SecretStore>) {
        let mut known: HashMap<ObjectKey, Version> = HashMap::new();
        let mut listed = HashMap::new();
        self.run(
            "secretstores.coffer.dev",
            Api::all,
            watcher::Config::default(),
            |event| {
                let event: Event<Seen<SecretStore>> = event;
                let Some(event) = or_former(event, &self.index.stores) else {
                    return;
                };
                let former = match &event {
                    Event::Apply(store) => self.index.stores.get(&ObjectKey::of(store).to_ref()),
                    _ => None,
                };
                writer.apply_watcher_event(&event);
                match &event {
                    Event::Init => listed.clear(),
                    Event::InitApply(store) => {
                        listed.insert(ObjectKey::of(store), version(store));
                    }
                    Event::InitDone => {
                        self.index.note_all_names::<SecretStore>();
                        let before = std::mem::replace(&mut known, std::mem::take(&mut listed));
                        for (store, version) in &known {
                            self.store_changed(store, before.get(store) != Some(version));
                        }
                        for (store, last) in &before {
                            if !known.contains_key(store) {
                                self.store_vanished(store, last);
                            }
                        }
                    }
                    Event::Apply(store) => {
                        let (key, version) = (ObjectKey::of(store), version(store));
                        self.name_store(former.as_deref(), Some(store));
                        let is_new = known.insert(key.clone(), version.clone()) != Some(version);
                        self.store_changed(&key, is_new);
                    }
                    Event::Delete(store) => {
                        let key = ObjectKey::of(store);
                        known.remove(&key);
                        self.name_store(Some(store), None);
                        self.store_vanished(&key, &version(store));
                    }
                }
            },
        )
        .await;
    }

    /// Others may get or lose their name.
    fn name_store(&self, former: Option<&SecretStore>, now: Option<&SecretStore>) {
        for other in self.index.note_name(former, now) {
            self.triggers.store(&other);
        }
    }

    fn store_changed(&self, store: &ObjectKey, matters_to_secrets: bool) {
        if matters_to_secrets {
            self.index.note_places(store);
            self.wake_dependents(&Link::Store(store.clone()));
        }
        self.triggers.store(store);
    }

    fn store_vanished(&self, store: &ObjectKey, last: &Version) {
        // What was set a moment before may not be in the record of the keys yet.
        if let Some(keys) = self.index.keys(store)
            && Some(&keys.record.store_uid) == last.uid.as_ref()
            && (keys.record.deletion_policy, &keys.record.retention)
                != (last.deletion_policy, &last.retention)
        {
            let (policy, retention) = (last.deletion_policy, last.retention.clone());
            self.index.put_keys(keys.with_wishes(policy, retention));
        }
        self.wake_dependents(&Link::Store(store.clone()));
        self.triggers.vanished(store);
    }
}
