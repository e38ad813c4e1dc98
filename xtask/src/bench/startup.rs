//! Starting over many secrets in sync: how long until ready, and until quiet, against a bare paged
//! list of the same objects. Nothing may be written, and no object read by itself, but for the few of the
//! process itself.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use coffer::api::{Secret, wellknown::ORIGIN_LABEL};
use k8s_openapi::api::core::v1 as core;
use kube::{
    Api,
    api::{ListParams, ObjectList},
};
use tokio::time::sleep;

use super::{
    Cluster, Machine, Report, Requirement, Sealing,
    audit::Call,
    median,
    report::{Bound, figure},
    usage::Usage,
};
use crate::probe;

/// Of the time that the bare list takes.
const REQUIRED: f64 = 1.5;
const ROUNDS: usize = 5;
/// As many as a watch asks for at a time.
const PAGE: u32 = 500;
/// Calls that a process may make for itself while it is measured, with those of a stop: the Lease, and the
/// certificate and the registration of its webhooks.
const OWN: usize = 20;
const POLL: Duration = Duration::from_millis(5);
/// A process that used no CPU for so long has nothing to do.
const QUIET: Duration = Duration::from_millis(500);

/// One start.
#[derive(Debug, Clone, Copy)]
struct Start {
    ready: Duration,
    quiet: Duration,
    usage: Usage,
}

/// Runs every size.
pub async fn run(machine: &Machine, sizes: &[usize]) -> Result<Report> {
    let mut report = Report {
        name: "startup",
        columns: vec![
            "secrets in sync",
            "bare list",
            "ready",
            "ratio",
            "quiet",
            "ratio",
            "writes",
            "single reads",
            "peak RSS",
        ],
        rows: Vec::new(),
        requirements: Vec::new(),
    };
    for &count in sizes {
        add(machine, count, &mut report).await?;
    }
    Ok(report)
}

async fn add(machine: &Machine, count: usize, report: &mut Report) -> Result<()> {
    let what = figure(f64::from(u32::try_from(count)?));
    let cluster = Cluster::start(machine, Sealing::Coffer).await?;
    cluster.fill(count).await?;
    let mark = cluster.mark()?;
    let mut operator = cluster.operator("first").await?;
    cluster.statuses(&mark, count, &mut operator).await?;
    operator.process.stop().await?;
    cluster.verify(count).await?;

    let (mut lists, mut starts) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        lists.push(list(&cluster).await?);
        starts.push(start(&cluster, round).await?);
        eprintln!(
            "startup {what}: list {:?}, ready {:?}, quiet {:?}",
            lists[round], starts[round].ready, starts[round].quiet
        );
    }
    cluster.control_plane.stop().await?;

    let bare = median(lists.iter().map(Duration::as_secs_f64));
    let ready = median(starts.iter().map(|start| start.ready.as_secs_f64()));
    let quiet = median(starts.iter().map(|start| start.quiet.as_secs_f64()));
    let rss = starts.iter().map(|start| start.usage.peak_rss).max();
    report.rows.push(vec![
        what.clone(),
        format!("{} s", figure(bare)),
        format!("{} s", figure(ready)),
        figure(ready / bare),
        format!("{} s", figure(quiet)),
        figure(quiet / bare),
        "0".to_owned(),
        "0".to_owned(),
        format!("{} MiB", rss.unwrap_or_default() >> 20),
    ]);
    report.requirements.push(Requirement {
        what: format!("time to ready and quiet of the bare list's, {what}"),
        ratio: quiet.max(ready) / bare,
        bound: Bound::AtMost(REQUIRED),
    });
    Ok(())
}

/// The floor: the same objects in the same pages, one after the other, and nothing kept.
async fn list(cluster: &Cluster) -> Result<Duration> {
    let client = cluster.account().await?;
    let secrets = Api::<Secret>::all(client.clone());
    let natives = Api::<core::Secret>::all(client);
    let started = Instant::now();
    pages(ListParams::default(), async |params| {
        secrets.list(&params).await
    })
    .await?;
    let labelled = ListParams::default().labels(ORIGIN_LABEL);
    pages(labelled, async |params| {
        natives.list_metadata(&params).await
    })
    .await?;
    Ok(started.elapsed())
}

async fn pages<K: Clone>(
    params: ListParams,
    mut list: impl AsyncFnMut(ListParams) -> kube::Result<ObjectList<K>>,
) -> Result<()> {
    let mut params = params.limit(PAGE);
    loop {
        let page = list(params.clone()).await?;
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(()),
        }
    }
}

async fn start(cluster: &Cluster, round: usize) -> Result<Start> {
    let mark = cluster.mark()?;
    let started = Instant::now();
    let mut operator = cluster.operator(&format!("start-{round}")).await?;
    let (ready, quiet, usage) = {
        let health = probe::http(operator.metrics_url())?;
        let mut ready = None;
        let (mut usage, mut busy) = (Usage::default(), started.elapsed());
        while ready.is_none() || started.elapsed() < busy + QUIET {
            operator.process.still_running()?;
            let now = Usage::of(operator.process.id())?;
            if now.cpu != usage.cpu {
                busy = started.elapsed();
            }
            usage = now;
            // Asked only until it is so: answering takes time as well.
            if ready.is_none() && probe::ok(&health, "/readyz").await {
                ready = Some(started.elapsed());
            }
            sleep(POLL).await;
        }
        (ready.unwrap_or_default(), busy, usage)
    };
    operator.process.stop().await?;
    let (own, others): (Vec<_>, Vec<_>) = mark
        .calls()?
        .into_iter()
        .filter(|call| !call.is_list_or_watch())
        .partition(Call::is_of_the_process);
    ensure!(
        others.is_empty(),
        "a start over objects in sync made other calls than lists: {others:?}"
    );
    ensure!(
        own.len() <= OWN,
        "a process needs {} calls for itself: {own:?}",
        own.len()
    );
    Ok(Start {
        ready,
        quiet,
        usage,
    })
}
