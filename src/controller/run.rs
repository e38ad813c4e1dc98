//! The controllers of the replica that leads: they start together and end together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures::{Stream, StreamExt as _};
use kube::Client;
use kube::runtime::controller::{Action, Config as QueueConfig, Controller};
use kube::runtime::reflector::ObjectRef;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::time::DelayQueue;

use super::context::{Config, Context};
use super::error::Error;
use super::{secret, store};
use crate::api::{Secret, SecretStore};
use crate::crypto::Fingerprinter;
use crate::index::feed::{Triggers, Woken};
use crate::index::natives::Origin;
use crate::index::{Index, ObjectKey};
use crate::keys::Storage;
use crate::telemetry::events::Events;
use crate::telemetry::metrics::Metrics;

/// Stores are few, and their reconciles short.
const STORE_CONCURRENCY: u16 = 16;

/// How long one reconcile may take. The client tries again by itself for most of this time.
const RECONCILE_LIMIT: Duration = Duration::from_mins(3);

/// From this wait on, an object that keeps changing under every try is told.
const SUSPICIOUS: Duration = Duration::from_secs(30);

/// How often the keys of stores that are gone are looked at. Costs no request.
const LOOK_AT_KEYS: Duration = Duration::from_hours(1);

/// As a kind of its own: what is to be done is not a reconcile of the store.
const DELETED_STORE: &str = "deleted SecretStore";

/// Likewise.
const GONE_ORIGIN: &str = "copies of a deleted Secret";

/// What the controllers need of the process.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Parts {
    /// To read and write with.
    pub client: Client,
    /// The cluster in memory.
    pub index: Arc<Index>,
    /// What wakes them up.
    pub triggers: Triggers,
    /// The stores' keys.
    pub keys: Storage,
    /// Makes the keyed fingerprints.
    pub fingerprinter: Arc<Fingerprinter>,
    /// Counts what they do.
    pub metrics: Arc<Metrics>,
    /// What an administrator decides.
    pub config: Config,
}

/// Runs the controllers until `end`, then waits for reconciles that are under way, for as long as `grace`.
///
/// # Errors
/// A controller that ended by itself.
pub async fn run(parts: Parts, end: CancellationToken, grace: Duration) -> anyhow::Result<()> {
    let Parts {
        client,
        index,
        triggers,
        keys,
        fingerprinter,
        metrics,
        config,
    } = parts;
    let Woken {
        secrets,
        stores,
        vanished,
        gone_origins,
        accounts,
        asks,
        pods,
    } = triggers.listen(&index);
    index.verified.forget_all();
    let ctx = Arc::new(Context {
        events: Events::new(client.clone()),
        client,
        index,
        triggers,
        keys,
        fingerprinter,
        in_flight: super::in_flight::InFlight::default(),
        patience: super::patience::Patience::default(),
        repairs: super::repairs::Repairs::default(),
        usage_writes: super::usage_writes::UsageWrites::default(),
        backoff: super::backoff::Backoff::default(),
        reseals: super::reseal::Reseals::default(),
        access: super::access::Access::default(),
        pods: super::pods::Turns::default(),
        config,
    });
    let mut controllers = JoinSet::new();
    controllers.spawn(control_stores(
        stores,
        ctx.clone(),
        metrics.clone(),
        end.clone(),
    ));
    controllers.spawn(control_secrets(secrets, ctx.clone(), metrics, end.clone()));
    controllers.spawn(seal_again(ctx.clone(), end.clone()));
    controllers.spawn(super::rewrap::run(ctx.clone(), end.clone()));
    controllers.spawn(super::keyring::run(ctx.clone(), end.clone()));
    controllers.spawn(super::pods::run(pods, ctx.clone(), end.clone()));
    controllers.spawn(sweep_copies(gone_origins, ctx.clone(), end.clone()));
    controllers.spawn(super::access::run(accounts, ctx.clone(), end.clone()));
    controllers.spawn(super::unmet::run(asks, ctx.clone(), end.clone()));
    controllers.spawn(sweep_vanished(vanished, ctx, end.clone()));
    tokio::select! {
        // First: at the end the controllers end as well, and not by themselves.
        biased;
        () = end.cancelled() => {}
        _ = controllers.join_next() => bail!("a controller ended by itself"),
    }
    let ended = async { while controllers.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, ended).await.is_err() {
        tracing::warn!(
            "reconciles were still running at the end: whoever comes next goes on with them"
        );
    }
    Ok(())
}

async fn control_secrets(
    woken: mpsc::UnboundedReceiver<ObjectRef<Secret>>,
    ctx: Arc<Context>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) {
    let queue = QueueConfig::default().concurrency(ctx.config.concurrency);
    let reader = ctx.index.secrets.clone();
    // The index feeds the reader; the controller is woken by it alone.
    Controller::for_stream(futures::stream::pending(), reader)
        .with_config(queue)
        .reconcile_on(stream(woken))
        .graceful_shutdown_on(shutdown.cancelled_owned())
        .run(
            move |secret, ctx| {
                let timer = metrics.reconcile("Secret");
                async move { timer.finish(within_limit(Box::pin(secret::reconcile(secret, ctx))).await) }
            },
            |secret, error, ctx| retry(&ObjectKey::of(&*secret), "Secret", error, &ctx),
            ctx,
        )
        .for_each(|_| std::future::ready(()))
        .await;
}

async fn control_stores(
    woken: mpsc::UnboundedReceiver<ObjectRef<SecretStore>>,
    ctx: Arc<Context>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) {
    let reader = ctx.index.stores.clone();
    Controller::for_stream(futures::stream::pending(), reader)
        .with_config(QueueConfig::default().concurrency(STORE_CONCURRENCY))
        .reconcile_on(stream(woken))
        .graceful_shutdown_on(shutdown.cancelled_owned())
        .run(
            move |store, ctx| {
                let timer = metrics.reconcile("SecretStore");
                async move { timer.finish(within_limit(store::reconcile(store, ctx)).await) }
            },
            |store, error, ctx| retry(&ObjectKey::of(&*store), "SecretStore", error, &ctx),
            ctx,
        )
        .for_each(|_| std::future::ready(()))
        .await;
}

/// A request that is never answered must not keep its place for ever. What was half done is found
/// again, as after a crash.
async fn within_limit(
    reconcile: impl Future<Output = Result<Action, Error>>,
) -> Result<Action, Error> {
    tokio::time::timeout(RECONCILE_LIMIT, reconcile)
        .await
        .unwrap_or(Err(Error::TimedOut))
}

async fn seal_again(ctx: Arc<Context>, end: CancellationToken) {
    super::reseal::run(&ctx, end).await;
}

/// Copies of Secrets that are gone.
async fn sweep_copies(
    mut gone: mpsc::UnboundedReceiver<Origin>,
    ctx: Arc<Context>,
    shutdown: CancellationToken,
) {
    let mut waiting = DelayQueue::new();
    loop {
        let origin = tokio::select! {
            () = shutdown.cancelled() => return,
            Some(due) = waiting.next(), if !waiting.is_empty() => due.into_inner(),
            origin = gone.recv() => match origin {
                Some(origin) => origin,
                None => return,
            }
        };
        let Origin { key, .. } = &origin;
        match secret::copies::sweep(&ctx, &origin).await {
            Ok(()) => ctx.backoff.succeeded(GONE_ORIGIN, key),
            Err(error) => {
                let wait = ctx.backoff.failed(GONE_ORIGIN, key, Duration::from_secs(1));
                tracing::warn!(%key, %error, "cannot take away the copies of a Secret that is gone: trying again");
                waiting.insert(origin, wait);
            }
        }
    }
}

/// Stores that were deleted: now, and while no operator was running. Their keys are looked at from time to
/// time, until they are destroyed.
async fn sweep_vanished(
    mut vanished: mpsc::UnboundedReceiver<ObjectKey>,
    ctx: Arc<Context>,
    shutdown: CancellationToken,
) {
    let mut waiting = Vec::new();
    let mut look = tokio::time::interval(LOOK_AT_KEYS);
    loop {
        let mut failed = Vec::new();
        for store in waiting.drain(..) {
            if let Err(error) = sweep(&ctx, &store).await {
                tracing::warn!(%store, %error, "cannot clear up after a deleted store: trying again");
                failed.push(store);
            } else {
                ctx.backoff.succeeded(DELETED_STORE, &store);
            }
        }
        let retry = failed
            .iter()
            .map(|s| ctx.backoff.failed(DELETED_STORE, s, Duration::from_secs(1)))
            .max();
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(retry.unwrap_or(Duration::MAX)) => {}
            _ = look.tick() => waiting.extend(without_store(&ctx.index)),
            store = vanished.recv() => match store {
                Some(store) => waiting.push(store),
                None => return,
            }
        }
        waiting.extend(failed);
    }
}

/// Keys whose store is not there.
fn without_store(index: &Index) -> Vec<ObjectKey> {
    let stores = index.all_keys().into_iter().map(|keys| keys.store());
    stores
        .filter(|store| index.stores.get(&store.to_ref::<SecretStore>()).is_none())
        .collect()
}

async fn sweep(ctx: &Context, store: &ObjectKey) -> Result<(), Error> {
    store::cascade(ctx, store).await?;
    store::retain(ctx, store).await
}

/// Logs a failure, once, and says when to try again.
fn retry(key: &ObjectKey, kind: &'static str, error: &Error, ctx: &Context) -> Action {
    let wait = ctx.backoff.failed(kind, key, Duration::from_millis(500));
    if matches!(error, Error::Stale) && wait < SUSPICIOUS {
        tracing::debug!(%key, kind, "{error}");
    } else {
        tracing::warn!(%key, kind, reason = error.reason(), wait = ?wait, "{error}: trying again");
    }
    Action::requeue(wait)
}

fn stream<T>(receiver: mpsc::UnboundedReceiver<T>) -> impl Stream<Item = T> {
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|item| (item, receiver))
    })
}
