//! Creating a pod: what the pod policy adds to it, and that the number of scoped Secrets does not matter.
//!
//! One client creates pods with ten references each, one after another, in three namespaces that take turns: one without
//! the policy, one with ten scoped Secrets, one with many. Each reference is to a scoped Secret, and allowed: a pod that
//! is refused is not stored, which is faster.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use coffer::api::{
    PodPolicy, Secret, SecretStore,
    wellknown::{POD_POLICY_LABEL, POD_POLICY_NAME},
};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use kube::{Api, Client, api::PostParams};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    Cluster, Machine, Report, Requirement, Sealing, cluster, median, percentile,
    report::{Bound, figure},
};

/// Of each way.
const SAMPLES: usize = 500;
/// Before anything counts: connections, caches, and what the compiler of the policies makes at first sight.
const WARM_UP: usize = 50;

/// References in a pod, and the fewest scoped Secrets.
const FEW: usize = 10;

/// The account that is inside.
const ACCOUNT: &str = "web";

/// What many scoped Secrets may cost more than ten.
const REQUIRED: f64 = 1.15;

/// Until the policy is written, and taken up.
const PATIENCE: Duration = Duration::from_mins(3);
const POLL: Duration = Duration::from_millis(200);

/// A namespace, and what is in it.
struct Way {
    namespace: &'static str,
    is_restricted: bool,
    secrets: usize,
}

/// Runs all ways on one cluster.
pub async fn run(machine: &Machine, many: usize) -> Result<Report> {
    let ways = [
        Way {
            namespace: "pods-free",
            is_restricted: false,
            secrets: many,
        },
        Way {
            namespace: "pods-few",
            is_restricted: true,
            secrets: FEW,
        },
        Way {
            namespace: "pods-many",
            is_restricted: true,
            secrets: many,
        },
    ];
    let cluster = Cluster::start(machine, Sealing::Coffer).await?;
    let client = cluster.control_plane.client();
    let mut operator = cluster.operator("operator").await?;
    operator.ready().await?;
    for way in &ways {
        way.prepare(&client).await?;
    }
    let mut samples = [const { Vec::<f64>::new() }; 3];
    for round in 0..WARM_UP + SAMPLES {
        for step in 0..ways.len() {
            // Nobody always comes after the same.
            let at = (step * (1 + round % 2) + round) % ways.len();
            let elapsed = create(&client, &ways[at], round).await?;
            if round >= WARM_UP {
                samples[at].push(elapsed.as_secs_f64() * 1000.0);
            }
        }
        operator.process.still_running()?;
    }
    operator.process.stop().await?;
    cluster.control_plane.stop().await?;
    Ok(report(&ways, &samples))
}

impl Way {
    async fn prepare(&self, client: &Client) -> Result<()> {
        let namespace = self.namespace;
        let labels = if self.is_restricted {
            json!({ POD_POLICY_LABEL: "enforce" })
        } else {
            json!({})
        };
        let params = PostParams::default();
        let object = json!({ "metadata": { "name": namespace, "labels": labels } });
        Api::<Namespace>::all(client.clone())
            .create(&params, &serde_json::from_value(object)?)
            .await?;
        let object = json!({ "metadata": { "name": ACCOUNT } });
        Api::<ServiceAccount>::namespaced(client.clone(), namespace)
            .create(&params, &serde_json::from_value(object)?)
            .await?;
        let scope = json!({ "name": "pods", "consumers": [{ "serviceAccounts": [ACCOUNT] }] });
        let store = SecretStore::new(
            "store",
            serde_json::from_value(json!({ "scopes": [scope] }))?,
        );
        Api::<SecretStore>::namespaced(client.clone(), namespace)
            .create(&params, &store)
            .await?;
        let secrets = Api::<Secret>::namespaced(client.clone(), namespace);
        cluster::for_each((0..self.secrets).collect(), move |number| {
            let secrets = secrets.clone();
            async move {
                let spec = json!({
                    "storeRef": { "name": "store" }, "scopes": ["pods"], "target": {},
                    "data": { "value": { "value": "v" } },
                });
                let secret = Secret::new(&secret(number), serde_json::from_value(spec)?);
                secrets.create(&PostParams::default(), &secret).await?;
                Ok(())
            }
        })
        .await?;
        self.wait(client).await
    }

    /// Until the API server judges by all that is listed.
    async fn wait(&self, client: &Client) -> Result<()> {
        let policies = Api::<PodPolicy>::namespaced(client.clone(), self.namespace);
        let pods = Api::<Pod>::namespaced(client.clone(), self.namespace);
        let outside = pod("outside", "default", self.secrets - 1)?;
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let policy = policies.get_opt(POD_POLICY_NAME).await?;
            let listed = policy.map_or(0, |policy| policy.spec.secrets.len());
            let is_refused = match pods.create(&dry_run, &outside).await {
                Ok(_) => false,
                Err(kube::Error::Api(status)) => status.message.contains("may not use Secret"),
                Err(error) => return Err(error.into()),
            };
            let wanted = if self.is_restricted { self.secrets } else { 0 };
            if listed == wanted && is_refused == self.is_restricted {
                return Ok(());
            }
            sleep(POLL).await;
        }
        bail!("namespace {} is not ready", self.namespace)
    }
}

fn secret(number: usize) -> String {
    format!("secret-{number:06}")
}

/// One with [`FEW`] references, up to a Secret.
fn pod(name: &str, account: &str, last: usize) -> Result<Pod> {
    let env: Vec<Value> = (0..FEW)
        .map(|at| {
            let from = json!({ "secretKeyRef": { "name": secret(last - at), "key": "value" } });
            json!({ "name": format!("V{at}"), "valueFrom": from })
        })
        .collect();
    let pod = json!({
        "metadata": { "name": name },
        "spec": {
            "serviceAccountName": account,
            "containers": [{ "name": "main", "image": "none", "env": env }],
        },
    });
    serde_json::from_value(pod).context("a pod of the workload does not fit its type")
}

async fn create(client: &Client, way: &Way, round: usize) -> Result<Duration> {
    let pods = Api::<Pod>::namespaced(client.clone(), way.namespace);
    let last = FEW - 1 + round % (way.secrets - FEW + 1);
    let pod = pod(&format!("pod-{round}"), ACCOUNT, last)?;
    let started = Instant::now();
    pods.create(&PostParams::default(), &pod).await?;
    Ok(started.elapsed())
}

fn report(ways: &[Way; 3], samples: &[Vec<f64>; 3]) -> Report {
    let medians = samples.each_ref().map(|way| median(way.iter().copied()));
    let [free, few, many] = medians;
    let rows = ways
        .iter()
        .zip(samples)
        .zip(medians)
        .map(|((way, samples), middle)| {
            let what = if way.is_restricted {
                format!("with the policy, {} scoped Secrets", figure_of(way.secrets))
            } else {
                format!("without, {} scoped Secrets", figure_of(way.secrets))
            };
            vec![
                what,
                format!("{} ms", figure(middle)),
                figure(middle / free),
                format!("{} ms", figure(percentile(samples.iter().copied(), 99))),
            ]
        });
    let most = |what: String, ratio| Requirement {
        what,
        ratio,
        bound: Bound::AtMost(REQUIRED),
    };
    let count = figure_of(ways[2].secrets);
    Report {
        name: "pods",
        columns: vec![
            "a pod with ten references",
            "median",
            "to without",
            "99th percentile",
        ],
        rows: rows.collect(),
        requirements: vec![most(
            format!("a pod among {count} scoped Secrets to one among {FEW}, at the median"),
            many / few,
        )],
    }
}

fn figure_of(count: usize) -> String {
    let text = count.to_string();
    match text.len().checked_sub(3) {
        Some(at) if at > 0 => format!("{},{}", &text[..at], &text[at..]),
        _ => text,
    }
}
