//! Sealing many Secrets again after a rotation of their stores' keys: how many a second, against the
//! [bare loop](super::floor) of `cold-sync`; and how long a user's change takes meanwhile, from the write to
//! the native Secret.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use coffer::{
    api::{KeyState, Secret, SecretStore, wellknown::ROTATE_ANNOTATION},
    crypto::Suite,
};
use k8s_openapi::api::core::v1 as core;
use kube::{
    Api, Client,
    api::{ListParams, Patch, PatchParams},
    runtime::wait::await_condition,
};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    Cluster, Machine, Report, Requirement, Sealing, floor, percentile,
    report::{Bound, figure},
    usage::Usage,
    workload::{self, NAMESPACES},
};

/// Objects per second, of what the floor does.
const REQUIRED_RATE: f64 = 0.5;
/// Seconds until a user's change is delivered, of 99 in 100.
const REQUIRED_CHANGE: f64 = 1.0;
/// How often the stores are asked for what is left.
const POLL: Duration = Duration::from_millis(250);
/// Between one change of the user's and the next.
const PAUSE: Duration = Duration::from_millis(50);
/// For the statuses of the last few.
const LAST_FEW: Duration = Duration::from_secs(5);
/// For all of it: something is wrong, then.
const PATIENCE: Duration = Duration::from_mins(10);

/// Runs every size.
pub async fn run(machine: &Machine, sizes: &[usize]) -> Result<Report> {
    let mut report = Report {
        name: "reseal",
        columns: vec![
            "secrets",
            "sealed again",
            "floor",
            "ratio",
            "its two writes alone",
            "user's changes",
            "median",
            "99th percentile",
            "slowest",
            "CPU each",
        ],
        rows: Vec::new(),
        requirements: Vec::new(),
    };
    for &count in sizes {
        let floor = run_floor(machine, count).await?;
        let round = run_operator(machine, count).await?;
        add(count, floor, &round, &mut report);
    }
    Ok(report)
}

/// What the operator did.
struct Round {
    elapsed: Duration,
    /// The time that the writes of it take by themselves, while nobody else does anything.
    alone: Duration,
    cpu: Duration,
    /// Of each of the user's changes, in seconds.
    changes: Vec<f64>,
}

fn add(count: usize, floor: Duration, round: &Round, report: &mut Report) {
    let per_second = |elapsed: Duration| as_f64(count) / elapsed.as_secs_f64();
    let (ours, most) = (per_second(round.elapsed), per_second(floor));
    let change = |percent| percentile(round.changes.iter().copied(), percent);
    let ms = |seconds: f64| format!("{} ms", figure(seconds * 1000.0));
    let what = figure(as_f64(count));
    report.rows.push(vec![
        what.clone(),
        format!("{}/s", figure(ours)),
        format!("{}/s", figure(most)),
        figure(ours / most),
        format!("{}/s", figure(per_second(round.alone))),
        round.changes.len().to_string(),
        ms(change(50)),
        ms(change(99)),
        ms(change(100)),
        ms(round.cpu.as_secs_f64() / as_f64(count)),
    ]);
    report.requirements.push(Requirement {
        what: format!("Secrets sealed again per second of the floor's, {what}"),
        ratio: ours / most,
        bound: Bound::AtLeast(REQUIRED_RATE),
    });
    report.requirements.push(Requirement {
        what: format!("seconds until a user's change is delivered meanwhile, 99 in 100, {what}"),
        ratio: change(99),
        bound: Bound::AtMost(REQUIRED_CHANGE),
    });
}

async fn run_floor(machine: &Machine, count: usize) -> Result<Duration> {
    let cluster = Cluster::start(machine, Sealing::Coffer).await?;
    let secrets = cluster.fill(count).await?;
    let (elapsed, _) = floor::run(&cluster, &secrets).await?;
    cluster.control_plane.stop().await?;
    eprintln!("reseal {count}: floor {elapsed:?}");
    Ok(elapsed)
}

async fn run_operator(machine: &Machine, count: usize) -> Result<Round> {
    let cluster = Cluster::start(machine, Sealing::Coffer).await?;
    cluster.fill(count).await?;
    let mark = cluster.mark()?;
    let mut operator = cluster.operator("operator").await?;
    cluster.statuses(&mark, count, &mut operator).await?;
    operator.ready().await?;
    cluster.verify(count).await?;

    let client = cluster.control_plane.client();
    let before = Usage::of(operator.process.id())?;
    let started = Instant::now();
    rotate(&client).await?;
    let (done, is_done) = watch::channel(false);
    let rotation = async {
        let finished = timeout(PATIENCE, finished(&client)).await;
        done.send_replace(true);
        finished.context("it takes too long")??;
        anyhow::Ok(started.elapsed())
    };
    let (elapsed, changes) = tokio::try_join!(rotation, user(&client, is_done))?;
    let after = Usage::of(operator.process.id())?;
    settled(&cluster, count).await?;
    operator.process.stop().await?;
    let alone = floor::rewrite(&cluster).await?;
    cluster.control_plane.stop().await?;
    eprintln!(
        "reseal {count}: {elapsed:?}, {} changes meanwhile; its writes alone {alone:?}",
        changes.len()
    );
    Ok(Round {
        elapsed,
        alone,
        cpu: after.cpu.saturating_sub(before.cpu),
        changes,
    })
}

/// Asks for new keys of every store.
async fn rotate(client: &Client) -> Result<()> {
    let patch = json!({ "metadata": { "annotations": { ROTATE_ANNOTATION: "bench" } } });
    for number in 0..NAMESPACES {
        Api::<SecretStore>::namespaced(client.clone(), &workload::namespace(number))
            .patch(
                workload::STORE,
                &PatchParams::default(),
                &Patch::Merge(&patch),
            )
            .await?;
    }
    Ok(())
}

/// Waits until every store has a retired key of Coffer's own, and nothing is sealed with it.
async fn finished(client: &Client) -> Result<()> {
    let stores = Api::<SecretStore>::all(client.clone());
    while !stores
        .list(&ListParams::default())
        .await?
        .iter()
        .all(is_finished)
    {
        sleep(POLL).await;
    }
    Ok(())
}

/// Waits for the statuses of the last few, which the operator may owe when it has nothing left to seal again.
async fn settled(cluster: &Cluster, count: usize) -> Result<()> {
    let started = Instant::now();
    while let Err(error) = cluster.verify(count).await {
        ensure!(started.elapsed() < LAST_FEW, error);
        sleep(POLL).await;
    }
    Ok(())
}

fn is_finished(store: &SecretStore) -> bool {
    let keys = store.status.iter().flat_map(|status| &status.sealing_keys);
    let own = Suite::XChaCha20Poly1305.to_string();
    let mut retired = keys
        .filter(|key| key.suite == own && key.state == KeyState::Retired)
        .peekable();
    retired.peek().is_some() && retired.all(|key| key.secrets.unwrap_or_default() == 0)
}

/// Someone who changes a value, watches until it is delivered, and does so again until `done`. Returns how
/// long each change took, in seconds.
async fn user(client: &Client, done: watch::Receiver<bool>) -> Result<Vec<f64>> {
    let mut changes = Vec::new();
    while !*done.borrow() {
        let namespace = workload::namespace(changes.len());
        let value = format!("value {}", changes.len());
        let started = Instant::now();
        change(client, &namespace, &value).await?;
        let natives = Api::<core::Secret>::namespaced(client.clone(), &namespace);
        let delivered = await_condition(natives, EXAMPLE, |native: Option<&core::Secret>| {
            native.is_some_and(|native| holds(native, &value))
        });
        timeout(PATIENCE, delivered)
            .await
            .context("a change is not delivered")??;
        changes.push(started.elapsed().as_secs_f64());
        sleep(PAUSE).await;
    }
    Ok(changes)
}

/// The Secret that is there in each namespace beside the many.
const EXAMPLE: &str = "example";
const KEY: &str = "password";

async fn change(client: &Client, namespace: &str, value: &str) -> Result<()> {
    let patch = json!({ "spec": { "data": { KEY: { "value": value } } } });
    Api::<Secret>::namespaced(client.clone(), namespace)
        .patch(EXAMPLE, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    Ok(())
}

fn holds(native: &core::Secret, value: &str) -> bool {
    let held = native.data.iter().find_map(|data| data.get(KEY));
    held.is_some_and(|held| held.0 == value.as_bytes())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of objects are far below 2^52"
)]
fn as_f64(count: usize) -> f64 {
    count as f64
}
