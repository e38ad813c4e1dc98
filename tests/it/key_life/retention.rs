//! The keys of a store that is gone: they wait for it, and then they are destroyed.

use coffer::api::Reason;
use kube::api::DeleteParams;
use serde_json::json;

use super::{edit_record, keys, record};
use crate::support::{Cluster, Isolated, Namespace, Options, eventually, manifest};

async fn delete_store(ns: &Namespace) {
    let params = DeleteParams::default();
    ns.stores().delete("vault", &params).await.unwrap();
}

async fn destroyed(ns: &Namespace) {
    eventually("the keys are destroyed", async || {
        let record = record(ns, "vault").await;
        record.map_or(Ok(()), |record| Err(record.to_string()))
    })
    .await;
}

async fn orphaned(ns: &Namespace) {
    eventually("the keys are orphaned", async || {
        let record = record(ns, "vault").await.unwrap();
        let since = record["orphaned"].as_str();
        since.map(drop).ok_or_else(|| record.to_string())
    })
    .await;
}

/// As if the store had gone long ago.
async fn age(ns: &Namespace) {
    edit_record(ns, "vault", |record| {
        record["orphaned"] = json!("2026-01-01T00:00:00Z");
    })
    .await;
}

#[tokio::test]
async fn without_a_retention_the_keys_go_with_their_store() {
    let ns = Cluster::namespace("retention").await;
    ns.store("vault", "{ keyRetention: '0' }").await;
    delete_store(&ns).await;
    destroyed(&ns).await;
}

#[tokio::test]
async fn a_store_that_comes_back_has_its_keys_again() {
    let ns = Cluster::namespace("retention").await;
    let before = ns.store("vault", "{}").await;
    delete_store(&ns).await;
    orphaned(&ns).await;
    let after = ns.store("vault", "{}").await;
    let ids = |store| -> Vec<_> { keys(store).iter().map(|key| key.id.clone()).collect() };
    assert_eq!(ids(&before), ids(&after));
    let record = record(&ns, "vault").await.unwrap();
    assert_eq!(record.get("orphaned"), None);
}

#[tokio::test]
async fn after_their_time_the_keys_are_destroyed_and_a_new_store_has_new_ones() {
    let ns = Cluster::namespace("retention").await;
    let before = ns.store("vault", "{ keyRetention: 10d }").await;
    delete_store(&ns).await;
    orphaned(&ns).await;
    assert_eq!(record(&ns, "vault").await.unwrap()["retention"], "10d");
    age(&ns).await;
    destroyed(&ns).await;
    let after = ns.store("vault", "{}").await;
    assert_ne!(keys(&before)[0].id, keys(&after)[0].id);
}

#[tokio::test]
async fn keys_that_a_secret_needs_stay_until_it_is_gone() {
    let ns = Cluster::namespace("retention").await;
    let author = ns.sealer_of_new_store("vault").await;
    delete_store(&ns).await;
    orphaned(&ns).await;
    ns.apply(&manifest::secret(
        "late",
        &author.strict("late", "value", b"v"),
    ))
    .await;
    ns.problem("late", Reason::StoreNotFound).await;
    age(&ns).await;
    ns.operator_caught_up().await;
    assert!(record(&ns, "vault").await.is_some());
    ns.delete("late").await;
    destroyed(&ns).await;
}

#[tokio::test]
async fn the_operators_retention_holds_where_the_store_says_none() {
    let mut isolated = Isolated::start(Options {
        arguments: vec!["--key-retention", "0"],
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("retention").await;
    ns.store("vault", "{}").await;
    isolated.kill9();
    delete_store(&ns).await;
    isolated.start_operator().await;
    destroyed(&ns).await;
}

#[tokio::test]
async fn keys_that_never_had_a_store_go_after_a_day() {
    let ns = Cluster::namespace("retention").await;
    ns.apply(&manifest::secret("early", "v")).await;
    let made = record(&ns, "vault").await.unwrap();
    assert_eq!(made["storeUid"], "");
    edit_record(&ns, "vault", |record| {
        record["keys"][0]["created"] = json!("2026-01-01T00:00:00Z");
    })
    .await;
    ns.operator_caught_up().await;
    assert!(record(&ns, "vault").await.is_some(), "a Secret needs them");
    ns.delete("early").await;
    destroyed(&ns).await;
}
