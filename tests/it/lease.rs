//! Leadership on a real API server: its words for what comes too late are what candidates understand.

use std::time::Duration;

use coffer::lease::{Candidate, Config, Leadership};
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::{Cluster, Namespace, eventually};

/// A candidate at work. It stops, without a word, when dropped.
struct Replica {
    leadership: Leadership,
    release: CancellationToken,
    task: JoinSet<()>,
}

impl Replica {
    fn start(ns: &Namespace, name: &str) -> Self {
        let config = Config {
            duration: Duration::from_secs(2),
            renew_deadline: Duration::from_millis(1500),
            retry: Duration::from_millis(100),
            ..Config::new(&ns.name, "leader", name)
        };
        let (candidate, leadership) = Candidate::new(config).unwrap();
        let release = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(candidate.hold(ns.cluster.client.clone(), release.clone()));
        Self {
            leadership,
            release,
            task,
        }
    }

    async fn release(mut self) {
        self.release.cancel();
        while self.task.join_next().await.is_some() {}
    }
}

fn leases(ns: &Namespace) -> Api<Lease> {
    Api::namespaced(ns.cluster.client.clone(), &ns.name)
}

async fn holder(ns: &Namespace) -> Option<String> {
    let lease = leases(ns).get("leader").await.unwrap();
    lease.spec.unwrap().holder_identity
}

#[tokio::test]
async fn a_released_lease_passes_on_at_once_and_an_abandoned_one_when_it_ran_out() {
    let ns = Cluster::namespace("lease").await;
    let mut a = Replica::start(&ns, "a");
    a.leadership.gained().await;
    let mut b = Replica::start(&ns, "b");
    a.release().await;
    b.leadership.gained().await;
    assert!(holder(&ns).await.unwrap().starts_with("b_"));
    drop(b);
    let mut c = Replica::start(&ns, "c");
    c.leadership.gained().await;
    let spec = leases(&ns).get("leader").await.unwrap().spec.unwrap();
    assert!(spec.holder_identity.unwrap().starts_with("c_"));
    assert_eq!(spec.lease_transitions, Some(2));
}

#[tokio::test]
async fn of_many_that_start_at_once_one_leads() {
    let ns = Cluster::namespace("lease").await;
    let replicas: Vec<_> = (0..8)
        .map(|n| Replica::start(&ns, &n.to_string()))
        .collect();
    eventually("one leads", async || {
        let leaders = replicas.iter().filter(|it| it.leadership.is_held()).count();
        assert!(leaders <= 1);
        (leaders == 1).then_some(()).ok_or(leaders)
    })
    .await;
}

#[tokio::test]
async fn a_leader_renews_over_a_foreign_label_and_a_deletion_and_yields_to_another_name() {
    let ns = Cluster::namespace("lease").await;
    let mut a = Replica::start(&ns, "a");
    a.leadership.gained().await;
    let edit = |patch| Patch::Merge(patch);
    let params = PatchParams::default();
    let label = json!({ "metadata": { "labels": { "team": "platform" } } });
    leases(&ns)
        .patch("leader", &params, &edit(label))
        .await
        .unwrap();
    leases(&ns)
        .delete("leader", &DeleteParams::default())
        .await
        .unwrap();
    eventually("it is put back", async || {
        leases(&ns)
            .get_opt("leader")
            .await
            .unwrap()
            .map(drop)
            .ok_or("it is not there")
    })
    .await;
    assert!(a.leadership.is_held());
    let other = json!({ "spec": { "holderIdentity": "someone-else" } });
    leases(&ns)
        .patch("leader", &params, &edit(other))
        .await
        .unwrap();
    a.leadership.lost().await;
}
