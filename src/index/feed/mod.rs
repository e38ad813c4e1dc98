//! The watches that fill the [`Index`], one for each kind, and what each change wakes up.
//!
//! After an interruption a watch begins with a new list. While it comes in, the index still shows the
//! old state, so what the list changed is woken up once it is complete, not before.

mod natives;
mod secrets;
mod sources;
mod store_keys;
mod stores;

use std::sync::Arc;

use futures::StreamExt as _;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};
use tokio::sync::{mpsc, watch};

use super::{Index, Link, ObjectKey};
use crate::api::{Secret, SecretStore};
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
    /// Wakes up a Secret.
    pub fn secret(&self, key: &ObjectKey) {
        let _ = self.secrets.send(key.to_ref());
    }

    /// Wakes up a store.
    pub fn store(&self, key: &ObjectKey) {
        let _ = self.stores.send(key.to_ref());
    }

    /// Tells that a store is gone.
    fn vanished(&self, key: &ObjectKey) {
        let _ = self.vanished.send(key.clone());
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
    /// Hands each event of a watch to `handle`, for as long as the process runs.
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
        let mut events = std::pin::pin!(watcher(api, config).default_backoff());
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
                Err(error) => {
                    let error = telemetry::watch_error(&error);
                    tracing::warn!(what, error, "watch interrupted: going on by itself");
                }
            }
        }
    }

    /// Wakes up the Secrets that point there.
    fn wake_dependents(&self, link: &Link) {
        for key in self.index.dependents(link) {
            self.triggers.secret(&key);
        }
    }
}
