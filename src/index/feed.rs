//! The watches that fill the [`Index`], one for each kind, and what each change wakes up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1 as core;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};
use tokio::sync::{mpsc, watch};

use super::store_keys::{Record, native_name};
use super::{Index, Link, ObjectKey, StoreKeys, links, natives::Natives, read, view, write};
use crate::api::wellknown::{ORIGIN_LABEL, PART_LABEL, SOURCE_LABEL, STORE_KEYS_PART};
use crate::api::{Secret, SecretStore};
use crate::crypto::Keyring;
use crate::telemetry;

/// Where changes are announced. A receiver that is gone means that the process is ending.
#[derive(Clone, Debug)]
pub struct Triggers {
    /// Secrets to reconcile.
    pub secrets: mpsc::UnboundedSender<ObjectRef<Secret>>,
    /// Stores to reconcile.
    pub stores: mpsc::UnboundedSender<ObjectRef<SecretStore>>,
    /// Stores that were deleted.
    pub vanished: mpsc::UnboundedSender<ObjectKey>,
}

impl Triggers {
    fn secret(&self, key: &ObjectKey) {
        let _ = self.secrets.send(key.to_ref());
    }

    fn store(&self, key: &ObjectKey) {
        let _ = self.stores.send(key.to_ref());
    }
}

/// What every feed needs.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Feeds {
    /// To watch with.
    pub client: Client,
    /// To fill.
    pub index: Arc<Index>,
    /// To wake up.
    pub triggers: Triggers,
    /// Counts the feeds whose first list is complete.
    pub synced: watch::Sender<usize>,
}

/// Number of feeds that have to be complete before anything is decided.
pub const FEEDS: usize = 5;

impl Feeds {
    /// Coffer Secrets.
    pub async fn secrets(self, mut writer: Writer<Secret>) {
        let mut listed = HashSet::new();
        self.run(
            "secrets.coffer.dev",
            Api::all(self.client.clone()),
            watcher::Config::default(),
            |event| {
                let event: Event<Secret> = event.modify(view::slim);
                match &event {
                    Event::Apply(secret) | Event::InitApply(secret) => {
                        let key = ObjectKey::of(secret);
                        self.wake_stores(write(&self.index.links).set(&key, links::of(secret)));
                        if matches!(event, Event::InitApply(_)) {
                            listed.insert(key);
                        }
                    }
                    Event::Delete(secret) => {
                        self.wake_stores(write(&self.index.links).remove(&ObjectKey::of(secret)));
                    }
                    Event::Init => listed.clear(),
                    Event::InitDone => {
                        self.wake_stores(write(&self.index.links).retain(&listed));
                    }
                }
                writer.apply_watcher_event(&event);
                // A new list is taken over as a whole: woken earlier, a Secret would be judged by
                // what it was before.
                match &event {
                    Event::Apply(secret) => self.triggers.secret(&ObjectKey::of(secret)),
                    Event::InitDone => {
                        for key in std::mem::take(&mut listed) {
                            self.triggers.secret(&key);
                        }
                    }
                    Event::Delete(_) | Event::Init | Event::InitApply(_) => {}
                }
            },
        )
        .await;
    }

    /// Stores. Only what a Secret depends on wakes up the Secrets: that the store is there,
    /// and its spec.
    pub async fn stores(self, mut writer: Writer<SecretStore>) {
        let mut known: HashMap<ObjectKey, StoreVersion> = HashMap::new();
        let mut listed = HashMap::new();
        self.run(
            "secretstores.coffer.dev",
            Api::all(self.client.clone()),
            watcher::Config::default(),
            |event| {
                let event: Event<SecretStore> = event.modify(|store: &mut SecretStore| {
                    store.metadata.managed_fields = None;
                });
                writer.apply_watcher_event(&event);
                match &event {
                    Event::Apply(store) => self.store_seen(&mut known, version(store)),
                    Event::InitApply(store) => listed.extend([version(store)]),
                    Event::Delete(store) => self.store_vanished(&mut known, &ObjectKey::of(store)),
                    Event::Init => listed.clear(),
                    Event::InitDone => {
                        let listed = std::mem::take(&mut listed);
                        let gone: Vec<_> = known
                            .keys()
                            .filter(|key| !listed.contains_key(key))
                            .cloned()
                            .collect();
                        for key in &gone {
                            self.store_vanished(&mut known, key);
                        }
                        for version in listed {
                            self.store_seen(&mut known, version);
                        }
                    }
                }
            },
        )
        .await;
    }

    /// The metadata of the native Secrets that carry Coffer's label.
    pub async fn natives(self) {
        let config = watcher::Config::default().labels(ORIGIN_LABEL);
        let mut listed = Natives::default();
        self.run(
            "delivered secrets",
            Api::all(self.client.clone()),
            config,
            |event| {
                let event: Event<PartialObjectMeta<core::Secret>> = event;
                let woken = match &event {
                    Event::Apply(object) => write(&self.index.natives)
                        .apply(object)
                        .into_iter()
                        .collect(),
                    Event::Delete(object) => write(&self.index.natives)
                        .delete(object)
                        .into_iter()
                        .collect(),
                    Event::Init => {
                        listed = Natives::default();
                        Vec::new()
                    }
                    Event::InitApply(object) => {
                        // Who is woken is known when the list is complete.
                        listed.apply(object);
                        Vec::new()
                    }
                    Event::InitDone => {
                        write(&self.index.natives).replace(std::mem::take(&mut listed))
                    }
                };
                for key in &woken {
                    self.triggers.secret(key);
                }
            },
        )
        .await;
    }

    /// The metadata of the native Secrets whose owner lets them be followed.
    pub async fn sources(self) {
        let config = watcher::Config::default().labels(&format!("{SOURCE_LABEL}=true"));
        let mut listed = HashMap::new();
        self.run(
            "source secrets",
            Api::all(self.client.clone()),
            config,
            |event| {
                let event: Event<PartialObjectMeta<core::Secret>> = event;
                let version = |object: &PartialObjectMeta<core::Secret>| {
                    Box::<str>::from(
                        object
                            .metadata
                            .resource_version
                            .as_deref()
                            .unwrap_or_default(),
                    )
                };
                match &event {
                    Event::Apply(object) => {
                        let key = ObjectKey::of(object);
                        write(&self.index.sources).insert(key.clone(), version(object));
                        self.wake_secrets(&Link::Source(key));
                    }
                    Event::Delete(object) => {
                        let key = ObjectKey::of(object);
                        write(&self.index.sources).remove(&key);
                        self.wake_secrets(&Link::Source(key));
                    }
                    Event::Init => listed.clear(),
                    Event::InitApply(object) => {
                        listed.insert(ObjectKey::of(object), version(object));
                    }
                    Event::InitDone => {
                        let before = std::mem::replace(
                            &mut *write(&self.index.sources),
                            std::mem::take(&mut listed),
                        );
                        let now = read(&self.index.sources).clone();
                        let changed = |key: &&ObjectKey| before.get(key) != now.get(key);
                        let keys: HashSet<_> = before.keys().chain(now.keys()).collect();
                        for key in keys.into_iter().filter(changed) {
                            self.wake_secrets(&Link::Source(key.clone()));
                        }
                    }
                }
            },
        )
        .await;
    }

    /// The wrapped keys of the stores.
    pub async fn store_keys(self, operator_namespace: String, keyring: Arc<Keyring>) {
        let config = watcher::Config::default().labels(&format!("{PART_LABEL}={STORE_KEYS_PART}"));
        let api = Api::namespaced(self.client.clone(), &operator_namespace);
        let mut listed = HashSet::new();
        self.run("store keys", api, config, |event| {
            let event: Event<core::Secret> = event;
            if let Event::InitApply(object) = &event {
                listed.extend(object.metadata.name.clone());
            }
            match &event {
                Event::Apply(object) | Event::InitApply(object) => {
                    match StoreKeys::read(object, &keyring) {
                        Ok(keys) => {
                            let store = keys.store();
                            self.index.put_keys(keys);
                            self.triggers.store(&store);
                            self.wake_secrets(&Link::Store(store));
                        }
                        Err(error) => tracing::error!(
                            native = object.metadata.name,
                            error = telemetry::chain(&error),
                            "a store's keys cannot be used"
                        ),
                    }
                }
                Event::Delete(object) => {
                    if let Ok(keys) = StoreKeys::read(object, &keyring) {
                        self.keys_deleted(&keys);
                    }
                }
                Event::Init => listed.clear(),
                Event::InitDone => {
                    for keys in self.index.all_keys() {
                        let Record {
                            namespace, store, ..
                        } = &keys.record;
                        if keys.is_stored() && !listed.contains(&native_name(namespace, store)) {
                            self.keys_deleted(&keys);
                        }
                    }
                }
            }
        })
        .await;
    }

    async fn run<K>(
        &self,
        what: &'static str,
        api: Api<K>,
        config: watcher::Config,
        mut handle: impl FnMut(Event<K>),
    ) where
        K: kube::Resource + Clone + serde::de::DeserializeOwned + std::fmt::Debug + Send + 'static,
    {
        let mut first = true;
        let mut events = std::pin::pin!(events(api, config));
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    let done = matches!(event, Event::InitDone);
                    handle(event);
                    if done && std::mem::take(&mut first) {
                        tracing::info!(what, "first list is complete");
                        self.synced.send_modify(|count| *count += 1);
                    }
                }
                Err(error) => tracing::warn!(
                    what,
                    error = telemetry::watch_error(&error),
                    "watch interrupted: going on by itself"
                ),
            }
        }
    }

    /// The keys of a living store are put back by its controller; those of a store that is gone, or
    /// of a former namespace, were deleted on purpose.
    fn keys_deleted(&self, keys: &StoreKeys) {
        let key = keys.store();
        let store = self.index.stores.get(&key.to_ref());
        if store.is_some_and(|store| store.metadata.uid.as_ref() == Some(&keys.record.store_uid)) {
            tracing::warn!(store = %key, "the native secret with the store's keys was deleted: putting it back");
            self.index.put_keys(keys.unstored());
        } else {
            write(&self.index.keys).remove(&key);
        }
        self.triggers.store(&key);
    }

    fn wake_secrets(&self, link: &Link) {
        for key in self.index.dependents(link) {
            self.triggers.secret(&key);
        }
    }

    fn wake_stores(&self, links: Vec<Link>) {
        for link in links {
            if let Link::Store(store) = link {
                self.triggers.store(&store);
            }
        }
    }

    fn store_seen(
        &self,
        known: &mut HashMap<ObjectKey, StoreVersion>,
        (key, version): (ObjectKey, StoreVersion),
    ) {
        if known.insert(key.clone(), version.clone()) != Some(version) {
            self.wake_secrets(&Link::Store(key.clone()));
        }
        self.triggers.store(&key);
    }

    fn store_vanished<T>(&self, known: &mut HashMap<ObjectKey, T>, store: &ObjectKey) {
        known.remove(store);
        self.wake_secrets(&Link::Store(store.clone()));
        let _ = self.triggers.vanished.send(store.clone());
    }
}

/// What Secrets depend on: UID and generation.
type StoreVersion = (Option<String>, Option<i64>);

fn version(store: &SecretStore) -> (ObjectKey, StoreVersion) {
    let meta = &store.metadata;
    (ObjectKey::of(store), (meta.uid.clone(), meta.generation))
}

fn events<K>(
    api: Api<K>,
    config: watcher::Config,
) -> impl Stream<Item = Result<Event<K>, watcher::Error>>
where
    K: kube::Resource + Clone + serde::de::DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    watcher(api, config).default_backoff()
}
