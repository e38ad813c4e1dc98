//! What a change costs: the operator's requests, counted in the API server's audit log.

use coffer::index::store_keys::native_name;
use serde_json::json;

use crate::support::audit::{Call, Tail};
use crate::support::{Cluster, Namespace, bytes, manifest};

const CREATE: &str = "create secrets";
const READ: &str = "get secrets";
const PATCH: &str = "patch secrets";
const DELETE: &str = "delete secrets";
const SEAL: &str = "patch secrets.coffer.dev";
const READ_AGAIN: &str = "get secrets.coffer.dev";
const STATUS: &str = "patch secrets.coffer.dev/status";
const EVENT: &str = "create events.events.k8s.io";

/// The operator's requests about `stripe` once it has nothing more to do.
async fn calls(ns: &Namespace, tail: &mut Tail) -> Vec<String> {
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    Call::about(tail.calls(), &ns.name, "stripe")
}

/// A Secret `stripe` that is delivered; the requests from then on.
async fn delivered() -> (Namespace, Tail) {
    let ns = Cluster::namespace("cost").await;
    ns.delivered("stripe", b"v").await;
    ns.operator_caught_up().await;
    let tail = ns.cluster.follow_api_calls();
    (ns, tail)
}

#[tokio::test]
async fn a_new_sealed_secret_costs_one_create_and_one_status() {
    let ns = Cluster::namespace("cost").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let mut tail = ns.cluster.follow_api_calls();
    let envelope = sealer.strict("stripe", "value", b"v");
    ns.apply(&manifest::secret("stripe", &envelope)).await;
    assert_eq!(calls(&ns, &mut tail).await, [CREATE, STATUS]);
}

#[tokio::test]
async fn a_new_plaintext_secret_costs_no_more() {
    let ns = Cluster::namespace("cost").await;
    ns.store("vault", "{}").await;
    let mut tail = ns.cluster.follow_api_calls();
    ns.apply(&manifest::secret("stripe", "v")).await;
    assert_eq!(calls(&ns, &mut tail).await, [CREATE, STATUS]);
}

#[tokio::test]
async fn without_webhooks_a_new_plaintext_secret_costs_a_read_and_two_writes_more() {
    let ns = Cluster::namespace_in_controller_mode("cost").await;
    ns.store("vault", "{}").await;
    let mut tail = ns.cluster.follow_api_calls();
    ns.apply(&manifest::secret("stripe", "v")).await;
    // The second puts the owners of the fields back.
    let expected = [READ_AGAIN, SEAL, SEAL, CREATE, STATUS];
    assert_eq!(calls(&ns, &mut tail).await, expected);
}

#[tokio::test]
async fn a_new_secret_without_a_target_costs_one_status() {
    let ns = Cluster::namespace("cost").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let mut tail = ns.cluster.follow_api_calls();
    let envelope = sealer.strict("stripe", "value", b"v");
    ns.apply(&manifest::plain("stripe", "vault", &envelope))
        .await;
    assert_eq!(calls(&ns, &mut tail).await, [STATUS]);
}

#[tokio::test]
async fn a_changed_value_costs_one_read_and_two_writes() {
    let (ns, mut tail) = delivered().await;
    let sealed = ns.sealer("vault").await.strict("stripe", "value", b"w");
    let change = json!({ "spec": { "data": { "value": { "value": sealed } } } });
    ns.edit("stripe", change).await;
    assert_eq!(calls(&ns, &mut tail).await, [READ, PATCH, STATUS]);
}

#[tokio::test]
async fn a_changed_comment_costs_one_status() {
    let (ns, mut tail) = delivered().await;
    ns.edit("stripe", json!({ "spec": { "comment": "live" } }))
        .await;
    assert_eq!(calls(&ns, &mut tail).await, [STATUS]);
}

#[tokio::test]
async fn a_changed_label_of_the_secret_costs_nothing() {
    let (ns, mut tail) = delivered().await;
    ns.edit("stripe", json!({ "metadata": { "labels": { "a": "b" } } }))
        .await;
    assert_eq!(calls(&ns, &mut tail).await, [""; 0]);
}

#[tokio::test]
async fn the_same_manifest_applied_again_costs_nothing() {
    let ns = Cluster::namespace("cost").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let yaml = manifest::secret("stripe", &sealer.strict("stripe", "value", b"v"));
    ns.apply(&yaml).await;
    ns.ready("stripe").await;
    ns.usage("vault", 1).await;
    ns.operator_caught_up().await;
    let mut tail = ns.cluster.follow_api_calls();
    ns.apply(&yaml).await;
    ns.apply(&manifest::store("vault", "{}")).await;
    assert_eq!(calls(&ns, &mut tail).await, [""; 0]);
    assert_eq!(Call::about(tail.calls(), &ns.name, "vault"), [""; 0]);
}

#[tokio::test]
async fn a_hand_edit_costs_two_reads_two_writes_and_an_event() {
    let (ns, mut tail) = delivered().await;
    ns.edit_native("stripe", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("stripe", "is put back", |native| {
        bytes(native, "value") == b"v"
    })
    .await;
    ns.event("stripe", "TargetRepaired").await;
    assert_eq!(
        calls(&ns, &mut tail).await,
        [READ_AGAIN, READ, PATCH, STATUS, EVENT]
    );
}

#[tokio::test]
async fn a_deleted_native_secret_costs_one_read_two_writes_and_an_event() {
    let (ns, mut tail) = delivered().await;
    ns.natives()
        .delete("stripe", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    ns.event("stripe", "TargetRepaired").await;
    assert_eq!(
        calls(&ns, &mut tail).await,
        [READ_AGAIN, CREATE, STATUS, EVENT]
    );
}

#[tokio::test]
async fn a_renamed_target_costs_one_create_one_delete_and_one_status() {
    let (ns, mut tail) = delivered().await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "name": "other" } } }),
    )
    .await;
    ns.native_gone("stripe").await;
    assert_eq!(calls(&ns, &mut tail).await, [DELETE, STATUS]);
    assert_eq!(Call::about(tail.calls(), &ns.name, "other"), [CREATE]);
}

#[tokio::test]
async fn a_changed_type_costs_one_read_one_attempt_and_three_writes() {
    let (ns, mut tail) = delivered().await;
    let target = json!({ "spec": { "target": { "type": "example.com/t" } } });
    ns.edit("stripe", target).await;
    // Whether the API server would take the new one is found out while the old one is there.
    let attempt = "create secrets: 409";
    assert_eq!(
        calls(&ns, &mut tail).await,
        [READ, attempt, DELETE, CREATE, STATUS]
    );
}

#[tokio::test]
async fn a_deleted_secret_costs_nothing() {
    let (ns, mut tail) = delivered().await;
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(Call::about(tail.calls(), &ns.name, "stripe"), [""; 0]);
}

#[tokio::test]
async fn a_new_store_costs_one_read_one_create_and_one_status() {
    let ns = Cluster::namespace("cost").await;
    let mut tail = ns.cluster.follow_api_calls();
    ns.store("vault", "{}").await;
    // Whose keys they are to be: a namespace made anew is another.
    let read = Call::about(tail.calls(), &ns.name, &ns.name);
    assert_eq!(read, ["get namespaces"]);
    ns.operator_caught_up().await;
    let calls = tail.calls();
    let keys = native_name(&ns.name, "vault");
    assert_eq!(
        Call::about(calls, &ns.name, "vault"),
        ["patch secretstores.coffer.dev/status"]
    );
    assert_eq!(Call::about(calls, "coffer-system", &keys), [CREATE]);
}
