//! The operator: one process, as many replicas as there are. Every replica watches the cluster and serves
//! the webhooks; the one that holds the Lease runs the controllers.

mod config;
mod doors;
mod ready;
mod term;

pub use config::{Admission, Config, Facade, Webhooks, url};

use std::sync::Arc;

use anyhow::{anyhow, bail};
use kube::Client;
use kube::runtime::reflector;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::admission::{Address, Presence};
use crate::controller::{self, Parts, SealedBy};
use crate::index::feed::{FEEDS, Feeds, Progress, Triggers};
use crate::index::{AtRest, Index};
use crate::keys::{self, Provider, Storage};
use crate::lease::{self, Candidate};
use crate::telemetry::health::Readiness;
use crate::telemetry::metrics::Metrics;
use doors::Doors;

/// The Lease of the replica that leads.
const LEASE: &str = "coffer";

/// What ends when the process does.
type Tasks = JoinSet<anyhow::Result<()>>;

/// Runs until `shutdown`. `ready` becomes Ok once memory holds the cluster and the webhooks have a certificate to
/// be served with, and is an error whenever a watch has not been heard for a time
/// ([`SILENCE`](crate::index::feed::SILENCE)). The controllers do not wait for that certificate: what is delivered
/// does not depend on it.
///
/// # Errors
/// A keyring that cannot be used, a port that cannot be had, a name that cannot be in a certificate, or a task
/// that ended by itself.
pub async fn run(
    cluster: kube::Config,
    config: Config,
    metrics: Arc<Metrics>,
    ready: watch::Sender<Readiness>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let (mut tasks, mut serving) = (Tasks::new(), Tasks::new());
    let progress = Progress::default();
    let starting = start(
        &cluster,
        &config,
        metrics,
        &progress,
        &mut tasks,
        &mut serving,
        &shutdown,
    );
    let Some((parts, webhooks)) = (tokio::select! {
        started = starting => Some(started?),
        () = shutdown.cancelled() => None,
    }) else {
        return Ok(());
    };
    let presence = webhooks.as_ref().map(|(_, presence)| presence.clone());
    let lacking = || presence.as_ref().and_then(Presence::lacking);
    let (candidate, leadership) = Candidate::new(lease::Config::new(
        &config.namespace,
        LEASE,
        &config.replica,
    ))?;
    let release = CancellationToken::new();
    // The client would try for minutes, and the Lease cannot wait.
    let mut impatient = cluster;
    impatient.default_retry = false;
    let holding = candidate.hold(Client::try_from(impatient)?, release.clone());
    let leading = async {
        let ended = term::lead(parts, webhooks, leadership, shutdown.clone()).await;
        release.cancel();
        ended
    };
    let working = async { tokio::join!(leading, holding).0 };
    let ended = tokio::select! {
        ended = working => ended,
        never = ready::keep(&ready, &progress, lacking) => match never {},
        failed = first_failure(&mut tasks, &shutdown) => Err(failed),
        failed = first_failure(&mut serving, &shutdown) => Err(failed),
    };
    ready.send_modify(|ready| *ready = Err("ending".to_owned()));
    while serving.join_next().await.is_some() {}
    ended
}

/// The first task that ends by itself: at a shutdown they end as well.
async fn first_failure(tasks: &mut Tasks, shutdown: &CancellationToken) -> anyhow::Error {
    while let Some(ended) = tasks.join_next().await {
        match ended.map_err(anyhow::Error::from).flatten() {
            Err(error) => return error,
            Ok(()) if shutdown.is_cancelled() => {}
            Ok(()) => return anyhow!("a task ended by itself"),
        }
    }
    std::future::pending().await
}

/// Everything that every replica has, in order; returns once it is of use.
async fn start(
    cluster: &kube::Config,
    config: &Config,
    metrics: Arc<Metrics>,
    progress: &Progress,
    tasks: &mut Tasks,
    serving: &mut Tasks,
    shutdown: &CancellationToken,
) -> anyhow::Result<(Parts, Option<(Address, Presence)>)> {
    let client = Client::try_from(cluster.clone())?;
    let namespace = &config.namespace;
    let root = keys::load(&client, namespace).await?;
    let (secrets, secret_writer) = reflector::store();
    let (stores, store_writer) = reflector::store();
    let index = Index::new(secrets, stores)
        .with_account_quota(config.account_quota)
        .with_default_scopes(config.default_scopes.clone());
    let index = Arc::new(index);
    let triggers = Triggers::default();
    let (synced, mut syncing) = watch::channel(0);
    let feeds = Feeds {
        client: client.clone(),
        index: index.clone(),
        triggers: triggers.clone(),
        fingerprinter: root.fingerprinter.clone(),
        synced,
        progress: progress.clone(),
    };
    spawn(tasks, feeds.clone().secrets(secret_writer));
    spawn(tasks, feeds.clone().stores(store_writer));
    follow_others(tasks, &feeds);
    let roots = root.roots;
    spawn(
        tasks,
        feeds.clone().keyring(namespace.clone(), roots.clone()),
    );
    spawn(tasks, feeds.store_keys(namespace.clone(), roots.clone()));
    spawn(
        tasks,
        count_keyring(roots.follow_at_rest(), metrics.clone()),
    );
    tokio::select! {
        complete = syncing.wait_for(|count| *count == FEEDS) => { complete?; }
        _ = tasks.join_next() => bail!("a watch ended by itself"),
    }
    let keys = Storage::new(client.clone(), namespace.clone(), index.clone(), roots);
    let provider = Provider::new(
        client.clone(),
        index.clone(),
        progress.clone(),
        keys.clone(),
    );
    let doors = Doors {
        cluster,
        client: client.clone(),
        config,
        index: index.clone(),
        progress: progress.clone(),
        keys: provider,
        metrics: metrics.clone(),
        shutdown: shutdown.clone(),
    };
    let webhooks = doors.open(tasks, serving).await?;
    let parts = Parts {
        client,
        index,
        triggers,
        keys,
        fingerprinter: root.fingerprinter,
        metrics,
        config: controller::Config {
            concurrency: config.concurrency,
            plaintext: match config.admission {
                Admission::Webhook(_) => SealedBy::Admission,
                Admission::Controller => SealedBy::Controller,
            },
            reseal_rate: config.reseal_rate,
            key_retention: config.key_retention,
        },
    };
    Ok((parts, webhooks))
}

/// The other kinds.
fn follow_others(tasks: &mut Tasks, feeds: &Feeds) {
    spawn(tasks, feeds.clone().natives());
    spawn(tasks, feeds.clone().sources());
    spawn(tasks, feeds.clone().accounts());
    spawn(tasks, feeds.clone().consumers());
    spawn(tasks, feeds.clone().roles());
    spawn(tasks, feeds.clone().bindings());
    spawn(tasks, feeds.clone().pod_policies());
}

/// Whether the keyring is stored, for whoever watches over the operator.
async fn count_keyring(mut at_rest: watch::Receiver<AtRest>, metrics: Arc<Metrics>) {
    loop {
        let is_stored = *at_rest.borrow_and_update() == AtRest::Stored;
        metrics.keyring_stored.set(i64::from(is_stored));
        if at_rest.changed().await.is_err() {
            return;
        }
    }
}

fn spawn(tasks: &mut Tasks, task: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(async {
        task.await;
        Ok(())
    });
}
