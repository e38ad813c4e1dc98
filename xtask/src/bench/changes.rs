//! What one change costs the operator, in calls and in CPU, where it keeps few Secrets and where it keeps many: it has
//! to be the same. Two control planes run side by side, and the changes are made in turns.
//!
//! A quarter of the Secrets is in one namespace, and so in one store; it grants 500 namespaces.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use coffer::{
    api::{Secret, SecretStore, wellknown::CONSUME_ANNOTATION},
    index::view,
};
use k8s_openapi::api::core::v1 as core;
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::{
    Cluster, Machine, Report, Requirement, Sealing,
    audit::Call,
    cluster::for_each,
    median,
    report::{Bound, figure},
    usage::Usage,
    workload,
};
use crate::operator::Operator;

/// The numbers of Secrets that are compared.
pub const SIZES: [usize; 2] = [1_000, 20_000];
/// With many Secrets, of what it is with few.
const REQUIRED: f64 = 1.3;
const ROUNDS: usize = 3;
/// Values that change, Secrets that come, and Secrets that go, in one round.
const CHANGES: usize = 300;
/// Times that an account begins to ask, and ends, in one round.
const ASKS: usize = 50;
/// Namespaces that a selector means at once.
const CONSUMERS: usize = 500;
const POLL: Duration = Duration::from_millis(10);
/// An operator that used no CPU for so long has nothing to do.
const QUIET: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_mins(3);

/// The Secret that is given to others; it is there in each namespace beside the many.
const GIVEN: &str = "example";
const ACCOUNT: &str = "web";
const ASKER: &str = "asker";

/// What changes, and how often in one round.
const KINDS: [(Kind, usize, &str); 5] = [
    (Kind::Value, CHANGES, "a value changes"),
    (Kind::Created, CHANGES, "a Secret is made"),
    (Kind::Deleted, CHANGES, "a Secret is deleted"),
    (Kind::Asks, 2 * ASKS, "an account begins or ends to ask"),
    (
        Kind::Selector,
        2 * CONSUMERS,
        "a selector comes to mean a namespace, or ends to (500 at once)",
    ),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Value,
    Created,
    Deleted,
    Asks,
    Selector,
}

/// Of one change.
#[derive(Debug, Clone, Copy)]
struct Cost {
    calls: f64,
    cpu: f64,
}

/// An operator with so many Secrets.
struct Side {
    cluster: Cluster,
    operator: Operator,
    client: Client,
    count: usize,
}

/// Compares the two sizes.
pub async fn run(machine: &Machine, counts: [usize; 2]) -> Result<Report> {
    let sides = [
        Side::start(machine, counts[0]).await?,
        Side::start(machine, counts[1]).await?,
    ];
    let mut costs = vec![[Vec::new(), Vec::new()]; KINDS.len()];
    for round in 0..ROUNDS {
        for (costs, (kind, times, what)) in costs.iter_mut().zip(KINDS) {
            for (costs, side) in costs.iter_mut().zip(&sides) {
                let cost = side.cost(kind, times, round).await?;
                eprintln!("changes, {} Secrets, {what}: {cost:?}", side.count);
                costs.push(cost);
            }
        }
    }
    for mut side in sides {
        side.verify().await?;
        side.operator.process.stop().await?;
        side.cluster.control_plane.stop().await?;
    }
    Ok(report(counts, &costs))
}

fn report(counts: [usize; 2], costs: &[[Vec<Cost>; 2]]) -> Report {
    let mut report = Report {
        name: "changes",
        columns: vec![
            "what changes",
            "calls, few",
            "many",
            "ratio",
            "CPU, few",
            "many",
            "ratio",
        ],
        rows: Vec::new(),
        requirements: Vec::new(),
    };
    for ((_, _, what), costs) in KINDS.iter().zip(costs) {
        let of = |cost: fn(&Cost) -> f64| {
            let [few, many] = costs;
            [few, many].map(|costs| median(costs.iter().map(cost)))
        };
        let (calls, cpu) = (of(|cost| cost.calls), of(|cost| cost.cpu));
        let ms = |seconds: f64| format!("{} ms", figure(seconds * 1000.0));
        report.rows.push(vec![
            (*what).to_owned(),
            figure(calls[0]),
            figure(calls[1]),
            figure(calls[1] / calls[0]),
            ms(cpu[0]),
            ms(cpu[1]),
            figure(cpu[1] / cpu[0]),
        ]);
        for (of, [few, many]) in [("calls", calls), ("CPU", cpu)] {
            report.requirements.push(Requirement {
                what: format!(
                    "{what}: {of} with {} Secrets, of that with {}",
                    counts[1], counts[0]
                ),
                ratio: many / few,
                bound: Bound::AtMost(REQUIRED),
            });
        }
    }
    report
}

impl Side {
    async fn start(machine: &Machine, count: usize) -> Result<Self> {
        let cluster = Cluster::start(machine, Sealing::Coffer).await?;
        // Every fourth in the first namespace.
        let place = |number: usize| if number.is_multiple_of(4) { 0 } else { number };
        cluster.fill_at(count, place).await?;
        let client = cluster.control_plane.client();
        share(&client).await?;
        let mark = cluster.mark()?;
        let mut operator = cluster.operator("operator").await?;
        cluster.statuses(&mark, count, &mut operator).await?;
        operator.ready().await?;
        let side = Self {
            cluster,
            operator,
            client,
            count,
        };
        side.quiet().await?;
        Ok(side)
    }

    /// What one change of a kind costs, of so many.
    async fn cost(&self, kind: Kind, times: usize, round: usize) -> Result<Cost> {
        let mark = self.cluster.mark()?;
        let before = Usage::of(self.operator.process.id())?;
        match kind {
            Kind::Value => self.values(round).await?,
            Kind::Created => self.created(round).await?,
            Kind::Deleted => self.deleted(round).await?,
            Kind::Asks => self.asks().await?,
            Kind::Selector => self.selector().await?,
        }
        self.quiet().await?;
        let after = Usage::of(self.operator.process.id())?;
        let cpu = after.cpu.saturating_sub(before.cpu);
        let calls = mark.calls()?;
        let counts = |call: &&Call| !call.is_list_or_watch() && !call.is_of_the_process();
        let calls = calls.iter().filter(counts).count();
        let times = as_f64(times);
        Ok(Cost {
            calls: as_f64(calls) / times,
            cpu: cpu.as_secs_f64() / times,
        })
    }

    async fn values(&self, round: usize) -> Result<()> {
        for number in 0..CHANGES {
            let value = format!("value {number} of round {round}");
            let patch = json!({ "spec": { "data": { "password": { "value": value } } } });
            let patch = Patch::Merge(patch);
            let name = workload::name(4 * (number % (self.count / 4)));
            let secrets = self.secrets();
            secrets
                .patch(&name, &PatchParams::default(), &patch)
                .await?;
        }
        Ok(())
    }

    async fn created(&self, round: usize) -> Result<()> {
        for number in 0..CHANGES {
            let name = format!("new-{round}-{number}");
            let secret = self
                .cluster
                .sealed(&workload::namespace(0), &name, Sealing::Coffer)?;
            self.secrets()
                .create(&PostParams::default(), &secret)
                .await?;
        }
        Ok(())
    }

    async fn deleted(&self, round: usize) -> Result<()> {
        for number in 0..CHANGES {
            let name = format!("new-{round}-{number}");
            self.secrets()
                .delete(&name, &DeleteParams::default())
                .await?;
        }
        Ok(())
    }

    async fn asks(&self) -> Result<()> {
        let accounts = Api::<core::ServiceAccount>::namespaced(self.client.clone(), ASKER);
        let what = format!("{}/{}/{GIVEN}", workload::namespace(0), workload::STORE);
        for _ in 0..ASKS {
            for (asks, copies) in [(json!(what), 1), (Json::Null, 0)] {
                let patch = json!({ "metadata": { "annotations": { CONSUME_ANNOTATION: asks } } });
                let patch = Patch::Merge(patch);
                accounts
                    .patch(ACCOUNT, &PatchParams::default(), &patch)
                    .await?;
                self.copies(copies).await?;
            }
        }
        Ok(())
    }

    async fn selector(&self) -> Result<()> {
        for (tier, copies) in [("live", CONSUMERS), ("none", 0)] {
            let stores =
                Api::<SecretStore>::namespaced(self.client.clone(), &workload::namespace(0));
            let patch = Patch::Merge(scopes(tier));
            stores
                .patch(workload::STORE, &PatchParams::default(), &patch)
                .await?;
            self.copies(copies).await?;
        }
        Ok(())
    }

    /// Waits until there are so many copies.
    async fn copies(&self, wanted: usize) -> Result<()> {
        let natives = Api::<core::Secret>::all(self.client.clone());
        let name = format!("metadata.name={}.{GIVEN}", workload::namespace(0));
        let params = ListParams::default().fields(&name);
        let started = Instant::now();
        loop {
            let found = natives.list_metadata(&params).await?.items.len();
            if found == wanted {
                return Ok(());
            }
            ensure!(started.elapsed() < PATIENCE, "{found} copies, not {wanted}");
            sleep(POLL).await;
        }
    }

    /// Waits until the operator has nothing to do.
    async fn quiet(&self) -> Result<()> {
        let started = Instant::now();
        let (mut cpu, mut since) = (Duration::ZERO, Instant::now());
        while since.elapsed() < QUIET {
            ensure!(
                started.elapsed() < PATIENCE,
                "the operator does not come to rest"
            );
            let now = Usage::of(self.operator.process.id())?.cpu;
            if now != cpu {
                (cpu, since) = (now, Instant::now());
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Makes sure that all was done.
    async fn verify(&self) -> Result<()> {
        let all = Api::<Secret>::all(self.client.clone());
        let all = all.list(&ListParams::default()).await?;
        let unready = all
            .iter()
            .filter(|secret| !view::is_settled(secret))
            .count();
        ensure!(unready == 0, "{unready} Secrets are not in sync");
        Ok(())
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &workload::namespace(0))
    }
}

/// Has the store of the first namespace grant two scopes, and a Secret of it name them; with the accounts of others, of
/// which all but one ask.
async fn share(client: &Client) -> Result<()> {
    let own = workload::namespace(0);
    let stores = Api::<SecretStore>::namespaced(client.clone(), &own);
    let (params, patch) = (PatchParams::default(), Patch::Merge(scopes("none")));
    stores.patch(workload::STORE, &params, &patch).await?;
    let secrets = Api::<Secret>::namespaced(client.clone(), &own);
    let patch = Patch::Merge(json!({ "spec": { "scopes": ["asked", "selected"] } }));
    secrets.patch(GIVEN, &params, &patch).await?;
    let asks = json!({ CONSUME_ANNOTATION: format!("{own}/{}/{GIVEN}", workload::STORE) });
    let consumers = (0..CONSUMERS).map(|number| format!("consumer-{number:03}"));
    let mut accounts: Vec<_> = consumers.map(|name| (name, asks.clone())).collect();
    accounts.push((ASKER.to_owned(), json!({})));
    let client = client.clone();
    for_each(accounts, move |(namespace, asks)| {
        let client = client.clone();
        async move {
            let tier = if namespace == ASKER { "asker" } else { "live" };
            let object = json!({ "metadata": { "name": namespace, "labels": { "tier": tier } } });
            let namespaces = Api::<core::Namespace>::all(client.clone());
            let object = serde_json::from_value(object)?;
            namespaces.create(&PostParams::default(), &object).await?;
            let account = json!({ "metadata": { "name": ACCOUNT, "annotations": asks } });
            let accounts = Api::<core::ServiceAccount>::namespaced(client, &namespace);
            let account = serde_json::from_value(account)?;
            accounts.create(&PostParams::default(), &account).await?;
            Ok(())
        }
    })
    .await
}

/// The scopes, one of them for the namespaces of this tier.
fn scopes(tier: &str) -> Json {
    json!({ "spec": { "scopes": [
        { "name": "asked", "consumers": [{ "namespaces": { "names": [ASKER] } }] },
        { "name": "selected", "consumers": [{ "namespaces": { "selector": { "matchLabels": { "tier": tier } } } }] },
    ] } })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of changes are far below 2^52"
)]
fn as_f64(count: usize) -> f64 {
    count as f64
}
