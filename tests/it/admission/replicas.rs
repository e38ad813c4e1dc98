//! Several replicas: each serves, one writes, and another takes over.

mod asked;

pub(super) use asked::Asked;
use asked::sealed;

use std::path::Path;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use serde_json::json;
use xtask::operator::Operator;
use xtask::process::Signal;

use super::{stored, stripe};
use crate::support::{Canary, Isolated, Namespace, Options, bytes, eventually, manifest, within};

/// An operator that has just been started.
pub(super) async fn starting(isolated: &Isolated, name: &str) -> Operator {
    let binary = Path::new(env!("CARGO_BIN_EXE_coffer"));
    let operator = Operator::start(&isolated.control_plane, binary, name).await;
    operator.unwrap()
}

pub(crate) async fn another(isolated: &Isolated, name: &str) -> Operator {
    let mut operator = starting(isolated, name).await;
    operator.ready().await.unwrap();
    operator
}

/// The replica that the Lease names.
async fn leader(isolated: &Isolated) -> Option<String> {
    let leases: Api<Lease> = Api::namespaced(isolated.cluster.client.clone(), "coffer-system");
    let holder = leases.get("coffer").await.unwrap().spec?.holder_identity?;
    let (replica, _) = holder.rsplit_once('_')?;
    Some(replica.to_owned())
}

async fn is_served(ns: &Namespace, name: &str) {
    ns.apply(&manifest::secret(name, "v")).await;
    ns.ready(name).await;
}

#[tokio::test]
async fn a_replica_that_stands_by_seals_and_the_leader_delivers() {
    let isolated = Isolated::start(Options::default()).await;
    let (ns, canary) = (isolated.namespace("standby").await, Canary::new());
    ns.store("vault", "{}").await;
    let second = another(&isolated, "second").await;
    let asked = Asked::first(&isolated, &ns, &second).await;
    let before = (
        sealed(isolated.operator.as_ref().unwrap()).await,
        asked.sealed().await,
    );
    ns.apply(&stripe(&canary)).await;
    stored(&ns, "stripe").await;
    let after = (
        sealed(isolated.operator.as_ref().unwrap()).await,
        asked.sealed().await,
    );
    assert_eq!(after, (before.0, before.1 + 1), "it was the second");
    assert_eq!(leader(&isolated).await.as_deref(), Some("operator"));
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, canary.value().as_bytes());
}

#[tokio::test]
async fn a_leader_that_ends_in_order_is_followed_at_once() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("follow").await;
    ns.store("vault", "{}").await;
    assert_eq!(leader(&isolated).await.as_deref(), Some("operator"));
    let mut second = another(&isolated, "second").await;
    isolated.stop_operator().await;
    eventually("the second leads", async || {
        let leader = leader(&isolated).await;
        let leads = leader.as_deref() == Some("second");
        leads.then_some(()).ok_or_else(|| format!("{leader:?}"))
    })
    .await;
    second.ready().await.unwrap();
    is_served(&ns, "after").await;
    second.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_leader_that_is_killed_is_followed_when_its_lease_is_over() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("killed").await;
    ns.store("vault", "{}").await;
    let mut second = another(&isolated, "second").await;
    is_served(&ns, "before").await;
    isolated.kill9();
    within(
        Duration::from_mins(1),
        "the webhook answers again",
        async || ns.try_apply(&manifest::secret("after", "v")).await,
    )
    .await;
    ns.ready("after").await;
    second.process.stop().await.unwrap();
}

/// It slept through the loss of its lease, and must find that out before it writes.
#[tokio::test]
async fn a_leader_that_was_frozen_does_not_go_on_leading() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("frozen").await;
    let author = ns.sealer_of_new_store("vault").await;
    let mut second = another(&isolated, "second").await;
    isolated.freeze();
    let sealed = author.strict("during", "value", b"v");
    ns.apply(&manifest::secret("during", &sealed)).await;
    within(Duration::from_mins(1), "the second serves", async || {
        let native = ns.natives().get_opt("during").await.unwrap();
        native.map(drop).ok_or("not yet")
    })
    .await;
    isolated.thaw();
    eventually("the first knows", async || {
        let log = ns.cluster.operator_log();
        log.contains("leadership is lost")
            .then_some(())
            .ok_or("it does not say so")
    })
    .await;
    assert_eq!(leader(&isolated).await.as_deref(), Some("second"));
    // It goes on as one that stands by, and leads again when the other is gone.
    second.process.signal(Signal::TERM).unwrap();
    second.process.wait().await.unwrap();
    eventually("the first leads again", async || {
        let leader = leader(&isolated).await;
        let leads = leader.as_deref() == Some("operator");
        leads.then_some(()).ok_or_else(|| format!("{leader:?}"))
    })
    .await;
    isolated.operator.as_mut().unwrap().ready().await.unwrap();
    ns.edit_native("during", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("during", "is put back", |native| {
        bytes(native, "value") == b"v"
    })
    .await;
}
