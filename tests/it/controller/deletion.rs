//! `deletionPolicy` of a target: what becomes of the native Secret.

use kube::ResourceExt as _;
use serde_json::json;

use crate::support::{Cluster, Namespace, Sealer, manifest};

async fn retained() -> Namespace {
    let ns = Cluster::namespace("deletion").await;
    let author = Sealer::of(&ns.store("vault", "{}").await);
    let data = json!({ "value": { "value": author.strict("stripe", "value", b"v") } });
    ns.apply(&manifest::secret_with(
        "stripe",
        "vault",
        &data.to_string(),
        "{ deletionPolicy: Retain }",
    ))
    .await;
    ns.ready("stripe").await;
    ns
}

#[tokio::test]
async fn with_delete_the_native_secret_goes_with_its_secret() {
    let ns = Cluster::namespace("deletion").await;
    ns.delivered("stripe", b"v").await;
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
}

#[tokio::test]
async fn with_retain_the_native_secret_outlives_its_secret() {
    let ns = retained().await;
    let before = ns.natives().get("stripe").await.unwrap();
    assert!(before.owner_references().is_empty());
    ns.delete("stripe").await;
    ns.operator_caught_up().await;
    let after = ns.natives().get("stripe").await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn with_retain_the_native_secret_outlives_its_target() {
    let ns = retained().await;
    let before = ns.natives().get("stripe").await.unwrap();
    ns.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    let secret = ns.ready("stripe").await;
    assert_eq!(secret.status.unwrap().deliveries, []);
    ns.operator_caught_up().await;
    let after = ns.natives().get("stripe").await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn with_retain_the_former_target_outlives_a_renaming() {
    let ns = retained().await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "name": "other" } } }),
    )
    .await;
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
    assert_eq!(ns.bytes("other", "value").await, b"v");
}

#[tokio::test]
async fn a_retained_target_that_comes_back_is_known_again() {
    let ns = retained().await;
    let before = ns.natives().get("stripe").await.unwrap();
    ns.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    ns.ready("stripe").await;
    let target = json!({ "spec": { "target": { "deletionPolicy": "Retain" } } });
    ns.edit("stripe", target).await;
    ns.ready("stripe").await;
    let after = ns.natives().get("stripe").await.unwrap();
    assert_eq!(after.uid(), before.uid());
}

#[tokio::test]
async fn retain_that_becomes_delete_removes_it_at_the_end() {
    let ns = retained().await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "deletionPolicy": "Delete" } } }),
    )
    .await;
    ns.ready("stripe").await;
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
}

#[tokio::test]
async fn delete_that_becomes_retain_keeps_it_at_the_end() {
    let ns = Cluster::namespace("deletion").await;
    ns.delivered("stripe", b"v").await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "deletionPolicy": "Retain" } } }),
    )
    .await;
    ns.ready("stripe").await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert!(native.owner_references().is_empty());
    ns.delete("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

/// `kubectl replace --force` does this: the native Secret of the former object is still there.
#[tokio::test]
async fn a_secret_that_is_deleted_and_made_anew_at_once_is_delivered_without_alarm() {
    let ns = Cluster::namespace("deletion").await;
    let before = ns.delivered("stripe", b"old").await;
    ns.delete("stripe").await;
    let author = ns.sealer("vault").await;
    ns.apply(&manifest::secret(
        "stripe",
        &author.strict("stripe", "value", b"new"),
    ))
    .await;
    let after = ns.ready("stripe").await;
    assert_ne!(after.uid(), before.uid());
    assert_eq!(ns.bytes("stripe", "value").await, b"new");
    let events = ns.events("stripe").await;
    assert_eq!(events, []);
}

#[tokio::test]
async fn a_native_secret_that_cannot_end_is_told() {
    let ns = Cluster::namespace("deletion").await;
    ns.delivered("stripe", b"v").await;
    let hold = |finalizers: &[&str]| json!({ "metadata": { "finalizers": finalizers } });
    ns.edit_native("stripe", hold(&["example.com/hold"])).await;
    let retype = json!({ "spec": { "target": { "type": "example.com/t" } } });
    ns.edit("stripe", retype).await;
    let message = ns
        .problem("stripe", coffer::api::Reason::TargetTerminating)
        .await;
    assert!(message.contains("`metadata.finalizers`"), "{message}");
    ns.edit_native("stripe", hold(&[])).await;
    let native = ns
        .native("stripe", "is of the new type", |native| {
            native.type_.as_deref() == Some("example.com/t")
        })
        .await;
    assert!(native.metadata.deletion_timestamp.is_none());
    ns.ready("stripe").await;
}

#[tokio::test]
async fn a_retained_native_secret_is_followed_once_its_owner_takes_the_label_of_its_origin_off() {
    let ns = retained().await;
    ns.delete("stripe").await;
    let labels = |origin: &serde_json::Value| json!({ "metadata": { "labels": { "coffer.dev/source": "true", "coffer.dev/origin": origin } } });
    ns.edit_native("stripe", labels(&json!("x"))).await;
    let data = "{ value: { fromSecret: { name: stripe, key: value } } }";
    ns.apply(&manifest::secret_with("copy", "vault", data, "{}"))
        .await;
    ns.problem("copy", coffer::api::Reason::SourceDelivered)
        .await;
    ns.edit_native("stripe", labels(&serde_json::Value::Null))
        .await;
    ns.ready("copy").await;
    assert_eq!(ns.bytes("copy", "value").await, b"v");
}
