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

use super::{Index, Link, ObjectKey, StoreKeys, links, natives::Natives, view, write};
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
                        self.wake_stores(
                            write(&self.index.links).retain(&std::mem::take(&mut listed)),
                        );
                    }
                }
                writer.apply_watcher_event(&event);
                if let Event::Apply(secret) | Event::InitApply(secret) = &event {
                    let _ = self.triggers.secrets.send(ObjectRef::from_obj(secret));
                }
            },
        )
        .await;
    }

    /// SecretStores. Only what a Secret depends on wakes up the Secrets: that the store is there,
    /// and its spec.
    pub async fn stores(self, mut writer: Writer<SecretStore>) {
        let mut known: HashMap<ObjectKey, (Option<String>, Option<i64>)> = HashMap::new();
        let mut listed = HashSet::new();
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
                    Event::Apply(store) | Event::InitApply(store) => {
                        let key = ObjectKey::of(store);
                        let now = (store.metadata.uid.clone(), store.metadata.generation);
                        if known.insert(key.clone(), now.clone()) != Some(now) {
                            self.wake_secrets(&Link::Store(key.clone()));
                        }
                        self.triggers.store(&key);
                        if matches!(event, Event::InitApply(_)) {
                            listed.insert(key);
                        }
                    }
                    Event::Delete(store) => self.store_vanished(&mut known, &ObjectKey::of(store)),
                    Event::Init => listed.clear(),
                    Event::InitDone => {
                        let listed = std::mem::take(&mut listed);
                        let gone: Vec<_> = known
                            .keys()
                            .filter(|key| !listed.contains(key))
                            .cloned()
                            .collect();
                        gone.iter()
                            .for_each(|key| self.store_vanished(&mut known, key));
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
                    Event::InitApply(object) => listed.apply(object).into_iter().collect(),
                    Event::InitDone => {
                        write(&self.index.natives).replace(std::mem::take(&mut listed))
                    }
                };
                woken.iter().for_each(|key| self.triggers.secret(key));
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
                        for (key, version) in before {
                            if self.index.source_version(&key) != Some(version) {
                                self.wake_secrets(&Link::Source(key));
                            }
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
        self.run("store keys", api, config, |event| {
            let event: Event<core::Secret> = event;
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
                Event::Init | Event::InitDone => {}
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

    fn store_vanished<T>(&self, known: &mut HashMap<ObjectKey, T>, store: &ObjectKey) {
        known.remove(store);
        self.wake_secrets(&Link::Store(store.clone()));
        let _ = self.triggers.vanished.send(store.clone());
    }
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
