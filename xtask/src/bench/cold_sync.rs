//! Many new secrets at once: how many objects a second the operator brings in sync, from the start of
//! its process, against a [bare loop](super::floor) that makes its two writes.
//!
//! Each measurement has a control plane to itself, prepared in the same way, and the two take turns
//! in an order that cancels a drift of the machine.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::{
    Cluster, Machine, Report, Requirement, Sealing, floor, median,
    report::{Bound, figure},
    usage::Usage,
};

/// Objects per second, of what the floor does.
const REQUIRED: f64 = 0.8;

/// One measurement of one side.
#[derive(Debug, Clone, Copy)]
struct Round {
    elapsed: Duration,
    /// Of the operator, or of the floor's client.
    usage: Usage,
    /// CPU of that and of the control plane.
    cpu_of_all: Duration,
    calls: usize,
}

/// The rounds of one side. What disturbs a machine only ever slows it down, so the best one is the
/// least disturbed.
#[derive(Debug, Default)]
struct Side(Vec<Round>);

impl Side {
    fn per_second(&self, count: usize) -> f64 {
        let best = self.0.iter().map(|round| round.elapsed).min();
        as_f64(count) / best.unwrap_or_default().as_secs_f64()
    }

    fn cpu_ms(&self, count: usize) -> f64 {
        median(
            self.0
                .iter()
                .map(|round| ms(round.usage.cpu) / as_f64(count)),
        )
    }

    fn cpu_of_all_ms(&self, count: usize) -> f64 {
        median(
            self.0
                .iter()
                .map(|round| ms(round.cpu_of_all) / as_f64(count)),
        )
    }

    fn calls_each(&self, count: usize) -> f64 {
        median(
            self.0
                .iter()
                .map(|round| as_f64(round.calls) / as_f64(count)),
        )
    }

    fn peak_rss(&self) -> u64 {
        let all = self.0.iter().map(|round| round.usage.peak_rss);
        all.max().unwrap_or_default()
    }
}

/// Runs every size with every way of sealing.
pub async fn run(machine: &Machine, sizes: &[usize], sealings: &[Sealing]) -> Result<Report> {
    let mut report = Report {
        name: "cold-sync",
        columns: vec![
            "secrets, sealed with",
            "operator",
            "floor",
            "ratio",
            "API calls each",
            "CPU each",
            "floor's",
            "with control plane",
            "floor's",
            "peak RSS",
        ],
        rows: Vec::new(),
        requirements: Vec::new(),
    };
    for &sealing in sealings {
        for &count in sizes {
            let what = format!("{}, {}", figure(as_f64(count)), sealing.suite());
            let (operator, floor) = compare(machine, count, sealing, &what).await?;
            let (ours, most) = (operator.per_second(count), floor.per_second(count));
            report.rows.push(vec![
                what.clone(),
                format!("{}/s", figure(ours)),
                format!("{}/s", figure(most)),
                figure(ours / most),
                format!("{:.3}", operator.calls_each(count)),
                format!("{} ms", figure(operator.cpu_ms(count))),
                format!("{} ms", figure(floor.cpu_ms(count))),
                format!("{} ms", figure(operator.cpu_of_all_ms(count))),
                format!("{} ms", figure(floor.cpu_of_all_ms(count))),
                format!("{} MiB", operator.peak_rss() >> 20),
            ]);
            report.requirements.push(Requirement {
                what: format!("objects per second of the floor's, {what}"),
                ratio: ours / most,
                bound: Bound::AtLeast(REQUIRED),
            });
        }
    }
    Ok(report)
}

async fn compare(
    machine: &Machine,
    count: usize,
    sealing: Sealing,
    what: &str,
) -> Result<(Side, Side)> {
    let (mut operator, mut floor) = (Side::default(), Side::default());
    for is_operator in [false, true, true, false, false, true] {
        let (name, side) = if is_operator {
            ("operator", &mut operator)
        } else {
            ("floor", &mut floor)
        };
        let cluster = Cluster::start(machine, sealing).await?;
        let round = if is_operator {
            run_operator(&cluster, count).await?
        } else {
            run_floor(&cluster, count).await?
        };
        cluster.verify(count).await?;
        cluster.control_plane.stop().await?;
        eprintln!(
            "cold-sync {what}: {name} {}/s, {} ms of CPU each, {} with the control plane",
            figure(as_f64(count) / round.elapsed.as_secs_f64()),
            figure(ms(round.usage.cpu) / as_f64(count)),
            figure(ms(round.cpu_of_all) / as_f64(count)),
        );
        side.0.push(round);
    }
    Ok((operator, floor))
}

async fn run_operator(cluster: &Cluster, count: usize) -> Result<Round> {
    cluster.fill(count).await?;
    let (mark, before) = (cluster.mark()?, cluster.cpu()?);
    let started = Timestamp::now();
    let mut operator = cluster.operator("operator").await?;
    cluster.statuses(&mark, count, &mut operator).await?;
    let usage = Usage::of(operator.process.id())?;
    let cpu_of_all = usage.cpu + cluster.cpu()?.saturating_sub(before);
    operator.process.stop().await?;
    let calls = mark.calls()?;
    let last = calls
        .iter()
        .filter(|call| call.is_status_of_secret())
        .nth(count - 1)
        .context("the audit log has too few calls")?;
    Ok(Round {
        elapsed: Duration::try_from(last.stage_timestamp.duration_since(started))?,
        usage,
        cpu_of_all,
        calls: calls.len(),
    })
}

async fn run_floor(cluster: &Cluster, count: usize) -> Result<Round> {
    let secrets = cluster.fill(count).await?;
    let (mark, before) = (cluster.mark()?, cluster.cpu()?);
    let (elapsed, usage) = floor::run(cluster, &secrets).await?;
    Ok(Round {
        elapsed,
        usage,
        cpu_of_all: usage.cpu + cluster.cpu()?.saturating_sub(before),
        calls: mark.calls()?.len(),
    })
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of objects are far below 2^52"
)]
fn as_f64(count: usize) -> f64 {
    count as f64
}
