//! Creating a Secret: what the webhooks add to it, against the chart's policies alone.
//!
//! One client creates Secrets one after another, each once the operator is done with the one before; the ways
//! take turns, so that what disturbs the machine disturbs all of them alike. The Secrets have no target.
//!
//! Most of what a webhook costs is the call itself: two processes that wake each other up. It is seen in the
//! webhook that has next to nothing to do, `scrub`; what sealing adds to such a call is what is Coffer's own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use coffer::api::{Secret, wellknown::ID_LABEL};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;
use tokio::time::sleep;

use super::{
    Cluster, Machine, Report, Requirement, Sealing, median, percentile,
    report::{Bound, figure},
    workload,
};

/// Of each way.
const SAMPLES: usize = 1_000;
/// Before anything counts: connections, caches, and what the compiler of the policies makes at first sight.
const WARM_UP: usize = 50;

/// Between one create and the next: the operator writes the status meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// What sealing may add to a create, and to a call that does next to nothing, in milliseconds.
const REQUIRED: f64 = 1.0;

/// Two namespaces of the workload: in the first one nobody advises.
const UNADVISED: usize = 0;
const ADVISED: usize = 1;

/// The way without a call; and those with one: one seals three values, one writes a label.
const POLICIES: usize = 0;
const SEAL: usize = 1;
const SCRUB: usize = 2;

/// One way to bring a Secret.
#[derive(Debug)]
struct Way {
    name: &'static str,
    namespace: usize,
    /// What the values are sealed with; `None`: they are in clear.
    sealing: Option<Sealing>,
    /// With an identifier there is nothing to scrub.
    identified: bool,
}

/// [`POLICIES`] is the yardstick; [`SEAL`] and [`SCRUB`] are what the requirements are about.
const WAYS: [Way; 6] = [
    Way {
        name: "sealed: policies only",
        namespace: UNADVISED,
        sealing: Some(Sealing::Coffer),
        identified: true,
    },
    Way {
        name: "in clear: seal",
        namespace: UNADVISED,
        sealing: None,
        identified: true,
    },
    Way {
        name: "sealed: scrub",
        namespace: UNADVISED,
        sealing: Some(Sealing::Coffer),
        identified: false,
    },
    Way {
        name: "in clear: seal and advise",
        namespace: ADVISED,
        sealing: None,
        identified: false,
    },
    Way {
        name: "sealed, XChaCha20Poly1305: scrub and advise",
        namespace: ADVISED,
        sealing: Some(Sealing::Coffer),
        identified: false,
    },
    Way {
        name: "sealed, XWing: scrub and advise",
        namespace: ADVISED,
        sealing: Some(Sealing::Xwing),
        identified: false,
    },
];

/// Runs all ways on one cluster.
pub async fn run(machine: &Machine) -> Result<Report> {
    let cluster = Cluster::start(machine, Sealing::Coffer).await?;
    let client = cluster.control_plane.client();
    let unadvised = json!({ "metadata": { "labels": { "coffer.dev/advise": "disabled" } } });
    Api::<Namespace>::all(client.clone())
        .patch(
            &workload::namespace(UNADVISED),
            &PatchParams::default(),
            &Patch::Merge(unadvised),
        )
        .await?;
    let mut operator = cluster.operator("operator").await?;
    operator.ready().await?;

    let mut samples = WAYS.map(|_| Vec::with_capacity(SAMPLES));
    for round in 0..WARM_UP + SAMPLES {
        for step in 0..WAYS.len() {
            // Nobody always comes after the same.
            let at = (step * (1 + 4 * (round % 2)) + round) % WAYS.len();
            let name = format!("way-{at}-{round}");
            let secret = WAYS[at].secret(&cluster, &name)?;
            sleep(PAUSE).await;
            let elapsed = create(&client, &secret).await?;
            if round >= WARM_UP {
                samples[at].push(ms(elapsed));
            }
        }
        operator.process.still_running()?;
        if (round + 1) % 100 == 0 {
            eprintln!("admission: round {} of {}", round + 1, WARM_UP + SAMPLES);
        }
    }
    operator.process.stop().await?;
    cluster.control_plane.stop().await?;
    Ok(report(&samples))
}

impl Way {
    fn secret(&self, cluster: &Cluster, name: &str) -> Result<Secret> {
        let namespace = workload::namespace(self.namespace);
        let sealing = self.sealing.unwrap_or(Sealing::Coffer);
        let mut secret = cluster.sealed(&namespace, name, sealing)?;
        secret.spec.target = None;
        if self.sealing.is_none() {
            for (key, value) in workload::plaintexts(&secret) {
                let item = secret.spec.data.get_mut(key).context("no such key")?;
                item.value = Some(value.into());
            }
        }
        if self.identified {
            let id = workload::identifier(&secret);
            secret.labels_mut().insert(ID_LABEL.to_owned(), id);
        }
        Ok(secret)
    }
}

async fn create(client: &Client, secret: &Secret) -> Result<Duration> {
    let namespace = secret.namespace().context("a Secret has a namespace")?;
    let api = Api::<Secret>::namespaced(client.clone(), &namespace);
    let started = Instant::now();
    api.create(&PostParams::default(), secret).await?;
    Ok(started.elapsed())
}

fn report(samples: &[Vec<f64>]) -> Report {
    let medians: Vec<_> = samples
        .iter()
        .map(|way| median(way.iter().copied()))
        .collect();
    let rows = WAYS
        .iter()
        .zip(samples)
        .zip(&medians)
        .map(|((way, samples), middle)| {
            let added = middle - medians[POLICIES];
            vec![
                way.name.to_owned(),
                format!("{} ms", figure(*middle)),
                format!("{} ms", figure(added)),
                format!("{} ms", figure(percentile(samples.iter().copied(), 99))),
            ]
        });
    Report {
        name: "admission",
        columns: vec!["a create, one client", "median", "more", "99th percentile"],
        rows: rows.collect(),
        requirements: vec![
            adds("a create", medians[SEAL] - medians[POLICIES]),
            adds("a webhook's call", medians[SEAL] - medians[SCRUB]),
        ],
    }
}

fn adds(to: &str, ms: f64) -> Requirement {
    Requirement {
        what: format!("milliseconds that sealing adds to {to}, at the median"),
        ratio: ms,
        bound: Bound::AtMost(REQUIRED),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
