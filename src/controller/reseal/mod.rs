//! Sealing again: after the rotation of a store's keys, what Coffer sealed with a former key is sealed with
//! the active one. In the background, beside the queue of reconciles, at a bounded rate.
//!
//! Guarantees
//! - What is left follows from the envelopes alone, so that a restart or another leader goes on with it.
//! - What authors sealed stays as it is; nothing that is delivered changes.
//! - One Secret costs one patch, its part of a list, and its status. Without webhooks it costs one patch more
//!   where its fields are owned by an apply or by several ([`in_place`](super::in_place)).
//! - One that is refused does not keep the others from being sealed again.

mod one;
mod pace;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU16;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt as _, TryStreamExt as _};
use serde::Deserialize as _;
use serde_json::Value as Json;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::pages;
use crate::api::Secret;
use crate::crypto::{KeyId, StoreKey, Suite};
use crate::index::{Index, Link, ObjectKey, StoreKeys};
use one::{Done, Error};
use pace::Pace;

/// Stores that are worked on at once.
const STORES: usize = 4;

/// Secrets that are sealed again at once, of all stores.
const AT_ONCE: usize = 16;

/// A list of the store's Secrets pays if one in so many of them is to be sealed again.
const WORTH_A_LIST: usize = 4;

/// How long a Secret is left to whoever is changing it.
const LATER: Duration = Duration::from_secs(1);

/// As a kind of its own: a failure here says nothing about the store.
const KIND: &str = "sealing again for SecretStore";

/// Stores with work to do, and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Reseals {
    wanted: Mutex<BTreeSet<ObjectKey>>,
    news: Notify,
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

/// Works until `end`: on several stores at once, so that a large one does not keep the others waiting.
pub(super) async fn run(ctx: &Context, end: CancellationToken) {
    let limits = Limits::new(ctx.config.reseal_rate);
    let mut at_work = BTreeSet::new();
    let mut passes = FuturesUnordered::new();
    // Those that failed wait for their next try, whatever is wanted of them meanwhile.
    let mut waiting: BTreeMap<ObjectKey, Instant> = BTreeMap::new();
    loop {
        let is_free = passes.len() < STORES;
        let due = waiting.iter().min_by_key(|(_, at)| **at);
        let due = due.map(|(store, at)| (store.clone(), *at));
        let store = tokio::select! {
            () = end.cancelled() => return,
            Some((store, done)) = passes.next() => {
                at_work.remove(&store);
                if let Some(wait) = wait_after(ctx, &store, done) {
                    waiting.insert(store, Instant::now() + wait);
                }
                continue;
            }
            store = ctx.reseals.next(), if is_free => store,
            store = async {
                match due {
                    Some((store, at)) => { sleep_until(at).await; store }
                    None => std::future::pending().await,
                }
            }, if is_free => { waiting.remove(&store); store }
        };
        if waiting.contains_key(&store) {
            continue;
        }
        if !at_work.insert(store.clone()) {
            waiting.insert(store, Instant::now() + LATER);
            continue;
        }
        let (limits, end) = (&limits, &end);
        passes.push(async move {
            let done = work(ctx, &store, limits, end).await;
            (store, done)
        });
    }
}

/// When a store has its next turn, if it needs one.
fn wait_after(ctx: &Context, store: &ObjectKey, done: Result<Rest, Error>) -> Option<Duration> {
    match done {
        Ok(Rest::None) => {
            ctx.backoff.succeeded(KIND, store);
            None
        }
        Ok(Rest::Later) => Some(LATER),
        Err(error) => {
            let wait = ctx.backoff.failed(KIND, store, Duration::from_secs(1));
            tracing::warn!(%store, ?wait, "cannot seal again: {error}: trying again");
            Some(wait)
        }
    }
}

/// What all stores share.
struct Limits {
    pace: Pace,
    at_once: Semaphore,
}

impl Limits {
    fn new(rate: NonZeroU16) -> Self {
        Self {
            pace: Pace::new(rate),
            at_once: Semaphore::new(AT_ONCE),
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
async fn work(
    ctx: &Context,
    store: &ObjectKey,
    limits: &Limits,
    end: &CancellationToken,
) -> Result<Rest, Error> {
    let Some(keys) = ctx.index.keys(store) else {
        return Ok(Rest::None);
    };
    let left: BTreeSet<_> = former(&keys)
        .flat_map(|key| ctx.index.dependents(&Link::Key(store.clone(), key)))
        .filter(|secret| one::is_worth_trying(ctx, secret))
        .collect();
    let (busy, left): (BTreeSet<_>, BTreeSet<_>) = left
        .into_iter()
        .partition(|secret| one::is_being_changed(ctx, secret));
    if left.is_empty() {
        return Ok(Rest::of(busy.len()));
    }
    tracing::info!(%store, secrets = left.len(), "sealing again what was sealed with former keys");
    let mut pass = Pass {
        later: busy.len(),
        ..Pass::default()
    };
    // Boxed, because the compiler does not see otherwise that all of it can move between threads.
    let done = found(ctx, store, left)
        .take_until(end.cancelled())
        .map(|found| async {
            let Found { key, secret } = found?;
            let _turn = limits.at_once.acquire().await;
            limits.pace.turn().await;
            one::again(ctx, &key, secret).await
        })
        .buffer_unordered(AT_ONCE);
    let mut done = pin!(done);
    while let Some(done) = done.next().await {
        pass.count(done)?;
    }
    let Pass { changed, later, .. } = pass;
    tracing::info!(%store, secrets = changed, later, "sealed again with the active key");
    pass.refused.map_or_else(|| Ok(Rest::of(later)), Err)
}

/// A Secret to be sealed again, with its content where it was listed.
struct Found {
    key: ObjectKey,
    secret: Option<Secret>,
}

/// All that is left of a store. Listed where that is much of it, and without their content where it is little.
/// One that does not read is left out.
fn found<'a>(
    ctx: &'a Context,
    store: &'a ObjectKey,
    left: BTreeSet<ObjectKey>,
) -> BoxStream<'a, Result<Found, Error>> {
    if left.len() * WORTH_A_LIST < ctx.index.usage(store) {
        let found = left.into_iter().map(|key| Found { key, secret: None });
        return stream::iter(found.map(Ok)).boxed();
    }
    // With the owners of fields, which the watches leave out.
    pages::of_store::<Json>(&ctx.client, store)
        .map_err(Error::from)
        .try_filter_map(move |object| {
            let secret = Secret::deserialize(object).ok().map(|secret| Found {
                key: ObjectKey::of(&secret),
                secret: Some(secret),
            });
            std::future::ready(Ok(secret.filter(|found| left.contains(&found.key))))
        })
        .boxed()
}

/// What came of a pass so far.
#[derive(Default)]
struct Pass {
    changed: usize,
    later: usize,
    /// Why the first was refused of those that were.
    refused: Option<Error>,
}

impl Pass {
    /// # Errors
    /// What would come of the others as well.
    fn count(&mut self, done: Result<Done, Error>) -> Result<(), Error> {
        match done {
            Ok(Done::Changed) => self.changed += 1,
            Ok(Done::Same) => {}
            Ok(Done::Later) => self.later += 1,
            Err(error) if error.is_stale() => self.later += 1,
            Err(error) if error.is_about_one() => {
                self.refused.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;
    use crate::controller::error;

    fn answered(code: u16, reason: &str) -> Result<Done, Error> {
        let status = Status::failure("", reason).with_code(code).boxed();
        let error = error::Error::api("seal again", "Secret a/b")(kube::Error::Api(status));
        Err(error.into())
    }

    #[test]
    fn what_is_refused_or_changed_meanwhile_is_counted_and_the_pass_goes_on() {
        let mut pass = Pass::default();
        for code in [400, 403, 413, 422] {
            pass.count(answered(code, "")).unwrap();
        }
        pass.count(Ok(Done::Changed)).unwrap();
        for (code, reason) in [(404, "NotFound"), (409, "Conflict")] {
            pass.count(answered(code, reason)).unwrap();
        }
        assert_eq!((pass.changed, pass.later), (1, 2));
        assert!(pass.refused.is_some());
    }

    #[test]
    fn what_would_be_said_of_each_ends_the_pass() {
        for code in [401, 429, 500, 503] {
            assert!(Pass::default().count(answered(code, "")).is_err(), "{code}");
        }
        assert!(Pass::default().count(Err(Error::Unanswered)).is_err());
    }
}
