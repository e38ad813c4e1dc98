//! Stores: into the reflector. Of a change, only what a Secret depends on wakes it up: that the store is there, how it
//! delivers and what it lets be sealed; and of its scopes those that the Secret names.

mod change;

use std::collections::{BTreeSet, HashMap};

use kube::Api;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{self, Event};

use self::change::{changed_scopes, matters_by_scope};
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
                        self.index.list_all::<SecretStore>();
                        let before = std::mem::replace(&mut known, std::mem::take(&mut listed));
                        for (store, version) in &known {
                            if before.get(store) != Some(version) {
                                self.wake_all_of(store);
                            }
                            self.triggers.store(store);
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
                        self.index.list(store, false);
                        let is_new = known.insert(key.clone(), version.clone()) != Some(version);
                        match former.filter(|former| former.metadata.uid == store.metadata.uid) {
                            _ if !is_new => {}
                            Some(former) if matters_by_scope(&former, store) => {
                                self.wake_scopes(&key, changed_scopes(&former, store));
                            }
                            _ => self.wake_all_of(&key),
                        }
                        self.triggers.store(&key);
                    }
                    Event::Delete(store) => {
                        let key = ObjectKey::of(store);
                        known.remove(&key);
                        self.name_store(Some(store), None);
                        self.index.list(store, true);
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

    fn wake_all_of(&self, store: &ObjectKey) {
        self.index.note_places(store);
        self.wake_dependents(&Link::Store(store.clone()));
        self.wake_pods_of_store(store);
    }

    fn wake_scopes(&self, store: &ObjectKey, scopes: BTreeSet<&str>) {
        if !scopes.is_empty() {
            self.wake_pods_of_store(store);
        }
        for scope in scopes {
            self.wake_dependents(&Link::Scope(store.clone(), scope.into()));
        }
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
        self.wake_pods_of_store(store);
        self.triggers.vanished(store);
    }
}
