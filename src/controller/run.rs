//! Starts everything in order, and ends together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures::{Stream, StreamExt as _};
use kube::Client;
use kube::runtime::controller::{Action, Config as QueueConfig, Controller};
use kube::runtime::reflector::{self, ObjectRef};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::context::{Config, Context};
use super::error::Error;
use super::{secret, store};
use crate::api::{Secret, SecretStore};
use crate::index::feed::{FEEDS, Feeds, Triggers};
use crate::index::{Index, ObjectKey};
use crate::keys::{self, Storage};
use crate::telemetry::events::Events;
use crate::telemetry::metrics::Metrics;

/// Stores are few, and their reconciles short.
const STORE_CONCURRENCY: u16 = 16;

/// How long one reconcile may take. The client tries again by itself for most of this time.
const RECONCILE_LIMIT: Duration = Duration::from_mins(3);

/// From this wait on, an object that keeps changing under every try is told.
const SUSPICIOUS: Duration = Duration::from_secs(30);

/// How long reconciles that run at a shutdown may take to end.
const GRACE: Duration = Duration::from_secs(20);

/// As a kind of its own: what is to be done is not a reconcile of the store.
const DELETED_STORE: &str = "deleted SecretStore";

/// Runs the controllers until `shutdown`. `ready` becomes true once memory holds the cluster.
///
/// # Errors
/// A keyring that cannot be used, or a task that ended by itself.
pub async fn run(
    client: Client,
    config: Config,
    metrics: Arc<Metrics>,
    ready: watch::Sender<bool>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let root = tokio::select! {
        root = keys::load(&client, &config.operator_namespace) => root?,
        () = shutdown.cancelled() => return Ok(()),
    };
    let (secrets, secret_writer) = reflector::store();
    let (stores, store_writer) = reflector::store();
    let index = Arc::new(Index::new(secrets.clone(), stores.clone()));
    let (secret_trigger, woken_secrets) = mpsc::unbounded_channel();
    let (store_trigger, woken_stores) = mpsc::unbounded_channel();
    let (vanished_trigger, vanished) = mpsc::unbounded_channel();
    let triggers = Triggers {
        secrets: secret_trigger,
        stores: store_trigger,
        vanished: vanished_trigger,
    };
    let (synced, mut syncing) = watch::channel(0);
    let feeds = Feeds {
        client: client.clone(),
        index: index.clone(),
        triggers: triggers.clone(),
        synced,
    };

    let mut tasks = JoinSet::new();
    tasks.spawn(feeds.clone().secrets(secret_writer));
    tasks.spawn(feeds.clone().stores(store_writer));
    tasks.spawn(feeds.clone().natives());
    tasks.spawn(feeds.clone().sources());
    tasks.spawn(feeds.store_keys(config.operator_namespace.clone(), root.keyring.clone()));
    tokio::select! {
        complete = syncing.wait_for(|count| *count == FEEDS) => { complete?; }
        () = shutdown.cancelled() => return Ok(()),
        _ = tasks.join_next() => bail!("a watch ended by itself"),
    }

    let ctx = Arc::new(Context {
        events: Events::new(client.clone()),
        keys: Storage::new(
            client.clone(),
            config.operator_namespace.clone(),
            index.clone(),
            root.keyring,
        ),
        client,
        index,
        triggers,
        fingerprinter: root.fingerprinter,
        in_flight: super::in_flight::InFlight::default(),
        patience: super::patience::Patience::default(),
        repairs: super::repairs::Repairs::default(),
        usage_writes: super::usage_writes::UsageWrites::default(),
        backoff: super::backoff::Backoff::default(),
        config,
    });
    let mut controllers = JoinSet::new();
    controllers.spawn(control_stores(
        stores,
        woken_stores,
        ctx.clone(),
        metrics.clone(),
        shutdown.clone(),
    ));
    controllers.spawn(control_secrets(
        secrets,
        woken_secrets,
        ctx.clone(),
        metrics,
        shutdown.clone(),
    ));
    controllers.spawn(sweep_vanished(vanished, ctx, shutdown.clone()));
    ready.send_replace(true);
    tracing::info!("in sync with the cluster");

    tokio::select! {
        // First: at a shutdown the controllers end as well, and not by themselves.
        biased;
        () = shutdown.cancelled() => {}
        _ = tasks.join_next() => bail!("a watch ended by itself"),
        _ = controllers.join_next() => bail!("a controller ended by itself"),
    }
    ready.send_replace(false);
    let ended = async { while controllers.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!(
            "reconciles were still running at the end: the next start goes on with them"
        );
    }
    Ok(())
}

async fn control_secrets(
    reader: reflector::Store<Secret>,
    woken: mpsc::UnboundedReceiver<ObjectRef<Secret>>,
    ctx: Arc<Context>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) {
    let queue = QueueConfig::default().concurrency(ctx.config.concurrency);
    // The index feeds the reader; the controller is woken by it alone.
    Controller::for_stream(futures::stream::pending(), reader)
        .with_config(queue)
        .reconcile_on(stream(woken))
        .graceful_shutdown_on(shutdown.cancelled_owned())
        .run(
            move |secret, ctx| {
                let timer = metrics.reconcile("Secret");
                async move { timer.finish(within_limit(secret::reconcile(secret, ctx)).await) }
            },
            |secret, error, ctx| retry(&ObjectKey::of(&*secret), "Secret", error, &ctx),
            ctx,
        )
        .for_each(|_| std::future::ready(()))
        .await;
}

async fn control_stores(
    reader: reflector::Store<SecretStore>,
    woken: mpsc::UnboundedReceiver<ObjectRef<SecretStore>>,
    ctx: Arc<Context>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) {
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

/// Stores that were deleted: now, and while no operator was running.
async fn sweep_vanished(
    mut vanished: mpsc::UnboundedReceiver<ObjectKey>,
    ctx: Arc<Context>,
    shutdown: CancellationToken,
) {
    let mut waiting: Vec<_> = ctx
        .index
        .all_keys()
        .iter()
        .map(|keys| keys.store())
        .filter(|store| ctx.index.stores.get(&store.to_ref()).is_none())
        .collect();
    loop {
        let mut failed = Vec::new();
        for store in waiting.drain(..) {
            if let Err(error) = store::cascade(&ctx, &store).await {
                tracing::warn!(%store, %error, "cannot delete the Secrets of a deleted store: trying again");
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
            store = vanished.recv() => match store {
                Some(store) => waiting.push(store),
                None => return,
            }
        }
        waiting.extend(failed);
    }
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
