//! The watches that fill the [`Index`], one for each kind, and what each change wakes up.
//!
//! After an interruption a watch begins with a new list. While it comes in, the index still shows the
//! old state, so what the list changed is woken up once it is complete, not before.
//!
//! An object that does not read is left out, and never taken for deleted: what memory knew of it stays.

mod accounts;
mod consumers;
mod held;
mod keyring;
mod natives;
mod pods;
mod progress;
mod rights;
mod secrets;
mod sources;
mod store_keys;
mod stores;
mod triggers;
mod unreadable;

pub use progress::{Progress, SILENCE};
pub use triggers::{Look, Triggers, Woken};

use std::sync::Arc;

use futures::StreamExt as _;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

use super::{Index, Link, Observed};
use crate::crypto::Fingerprinter;
use crate::telemetry;
use unreadable::{Seen, Told};

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
    /// To know copies by.
    pub fingerprinter: Arc<Fingerprinter>,
    /// Counts the feeds whose first list is complete.
    pub synced: watch::Sender<usize>,
    /// To tell when each watch was last heard.
    pub progress: Progress,
}

/// Number of feeds that have to be complete before anything is decided.
pub const FEEDS: usize = 11;

impl Feeds {
    /// Hands each event of the watch that `of` a client gives to `handle`, for as long as the process runs.
    async fn run<K>(
        &self,
        what: &'static str,
        of: impl FnOnce(Client) -> Api<Observed<K>>,
        config: watcher::Config,
        mut handle: impl FnMut(Event<Seen<K>>),
    ) where
        K: kube::Resource<DynamicType = ()>
            + Clone
            + serde::de::DeserializeOwned
            + std::fmt::Debug
            + Send
            + 'static,
    {
        let mut first = true;
        let mut told = Told::default();
        let api = of(self.progress.listen(what, &self.client));
        let config = config.timeout(progress::TURN);
        let mut events = std::pin::pin!(watcher(api, config).default_backoff());
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    let done = matches!(event, Event::InitDone);
                    handle(told.read(event));
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
