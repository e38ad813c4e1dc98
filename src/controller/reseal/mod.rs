//! Sealing again: after the rotation of a store's keys, what Coffer sealed with a former key is sealed with
//! the active one. In the background, beside the queue of reconciles, at a bounded rate.
//!
//! Guarantees
//! - What is left follows from the envelopes alone, so that a restart or another leader goes on with it.
//! - What authors sealed stays as it is; nothing that is delivered changes.
//! - One Secret costs one patch and the status that its reconcile writes; without webhooks a read and a
//!   patch more ([`in_place`](super::in_place)).

mod one;
mod window;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use crate::crypto::{KeyId, StoreKey, Suite};
use crate::index::{Index, Link, ObjectKey, StoreKeys};
use one::{Done, Error};
use window::Window;

/// Requests under way at once.
const AT_ONCE: usize = 16;

/// How long a Secret is left to whoever is changing it.
const LATER: Duration = Duration::from_secs(1);

/// As a kind of its own: a failure here says nothing about the store.
const KIND: &str = "sealing again for SecretStore";

/// Stores with work to do, and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Reseals {
    wanted: Mutex<BTreeSet<ObjectKey>>,
    news: Notify,
    window: Window,
    /// Generation of Secrets with an envelope that does not open, and so cannot be sealed again.
    given_up: Mutex<HashMap<ObjectKey, Option<i64>>>,
}

impl Reseals {
    /// Has a store looked at.
    pub(super) fn want(&self, store: &ObjectKey) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.insert(store.clone());
        self.news.notify_one();
    }

    /// A Secret was reconciled.
    pub(super) fn reconciled(&self, secret: &ObjectKey) {
        self.window.leave(secret);
    }

    async fn next(&self) -> ObjectKey {
        loop {
            let news = self.news.notified();
            if let Some(store) = self.pop() {
                return store;
            }
            news.await;
        }
    }

    fn pop(&self) -> Option<ObjectKey> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.pop_first()
    }

    fn give_up(&self, secret: ObjectKey, generation: Option<i64>, index: &Index) {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        if given_up.len() % 1024 == 1023 {
            given_up.retain(|key, _| index.secrets.get(&key.to_ref()).is_some());
        }
        given_up.insert(secret, generation);
    }

    fn is_given_up(&self, secret: &ObjectKey, generation: Option<i64>) -> bool {
        let given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.get(secret) == Some(&generation)
    }
}

/// The keys whose envelopes are to be sealed again: Coffer's own, without the active one.
fn former(keys: &StoreKeys) -> impl Iterator<Item = KeyId> {
    let own = Suite::XChaCha20Poly1305;
    let active = keys.active(own).map(StoreKey::id);
    keys.all()
        .filter(move |(_, key)| key.suite() == own && Some(key.id()) != active)
        .map(|(_, key)| key.id())
}

/// Whether a Secret of the store holds something that a former key sealed.
pub(super) fn is_left(ctx: &Context, store: &ObjectKey, keys: &StoreKeys) -> bool {
    former(keys).any(|key| ctx.index.sealed_with(store, key) > 0)
}

/// Works until `end`.
pub(super) async fn run(ctx: &Context, end: CancellationToken) {
    // Those that failed wait for their next try, whatever is wanted of them meanwhile.
    let mut waiting: BTreeMap<ObjectKey, Instant> = BTreeMap::new();
    loop {
        let due = waiting.iter().min_by_key(|(_, at)| **at);
        let due = due.map(|(store, at)| (store.clone(), *at));
        let store = tokio::select! {
            () = end.cancelled() => return,
            store = ctx.reseals.next() => store,
            store = async {
                match due {
                    Some((store, at)) => { sleep_until(at).await; store }
                    None => std::future::pending().await,
                }
            } => { waiting.remove(&store); store }
        };
        if waiting.contains_key(&store) {
            continue;
        }
        match work(ctx, &store, &end).await {
            Ok(Rest::None) => ctx.backoff.succeeded(KIND, &store),
            Ok(Rest::Later) => {
                waiting.insert(store, Instant::now() + LATER);
            }
            Err(error) => {
                let wait = ctx.backoff.failed(KIND, &store, Duration::from_secs(1));
                tracing::warn!(%store, wait = ?wait, "cannot seal again: {error}: trying again");
                waiting.insert(store, Instant::now() + wait);
            }
        }
    }
}

/// What is left of a store after a pass.
enum Rest {
    None,
    /// Secrets that were being changed.
    Later,
}

impl Rest {
    fn of(later: usize) -> Self {
        if later == 0 { Self::None } else { Self::Later }
    }
}

/// Everything of one store that is left now.
async fn work(ctx: &Context, store: &ObjectKey, end: &CancellationToken) -> Result<Rest, Error> {
    let Some(keys) = ctx.index.keys(store) else {
        return Ok(Rest::None);
    };
    let left: BTreeSet<_> = former(&keys)
        .flat_map(|key| ctx.index.dependents(&Link::Key(store.clone(), key)))
        .filter(|secret| one::is_worth_trying(ctx, secret))
        .collect();
    let (busy, left): (Vec<_>, Vec<_>) = left
        .into_iter()
        .partition(|secret| one::is_being_changed(ctx, secret));
    if left.is_empty() {
        return Ok(Rest::of(busy.len()));
    }
    tracing::info!(%store, secrets = left.len(), "sealing again what was sealed with former keys");
    let mut pace = interval(Duration::from_secs(1) / u32::from(ctx.config.reseal_rate.get()));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let paced = stream::unfold((left.into_iter(), pace), |(mut left, mut pace)| async {
        let secret = left.next()?;
        pace.tick().await;
        ctx.reseals.window.enter(&secret).await;
        Some((secret, (left, pace)))
    });
    // Boxed, because the compiler does not see otherwise that all of it can move between threads.
    let (changed, later) = paced
        .boxed()
        .take_until(end.cancelled())
        .map(|secret: ObjectKey| async move {
            let done = one::again(ctx, &secret).await;
            if !matches!(done, Ok(Done::Changed)) {
                ctx.reseals.window.leave(&secret);
            }
            done
        })
        .buffer_unordered(AT_ONCE)
        .try_fold((0, busy.len()), |(changed, later), done| async move {
            Ok(match done {
                Done::Changed => (changed + 1, later),
                Done::Same => (changed, later),
                Done::Later => (changed, later + 1),
            })
        })
        .await?;
    tracing::info!(%store, secrets = changed, later, "sealed again with the active key");
    Ok(Rest::of(later))
}
