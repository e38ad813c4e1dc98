//! A native Secret that someone changed or deleted is put back; what is not Coffer's stays on it.

use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::DeleteParams;
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Namespace, bytes};

fn is_right(native: &core::Secret, uid: &str) -> bool {
    bytes(native, "value") == b"v"
        && native.data.as_ref().unwrap().len() == 1
        && native.labels().get("coffer.dev/origin").map(String::as_str) == Some(uid)
        && native
            .labels()
            .get("app.kubernetes.io/managed-by")
            .map(String::as_str)
            == Some("coffer")
        && native
            .annotations()
            .get("coffer.dev/origin-name")
            .map(String::as_str)
            == Some("stripe")
        && native.annotations().contains_key("coffer.dev/fingerprint")
        && native
            .owner_references()
            .iter()
            .any(|owner| owner.uid == uid)
}

/// Makes the change, and waits until it is undone.
async fn is_put_back(change: Json) -> (Namespace, core::Secret) {
    let ns = Cluster::namespace("repair").await;
    let secret = ns.delivered("stripe", b"v").await;
    let uid = secret.uid().unwrap();
    let changed = ns.edit_native("stripe", change).await;
    let native = ns
        .native("stripe", "is put back", |native| {
            native.resource_version() != changed.resource_version() && is_right(native, &uid)
        })
        .await;
    let secret = ns.ready("stripe").await;
    assert_eq!(secret.status.unwrap().version, Some(1));
    let note = ns.event("stripe", "TargetRepaired").await;
    assert_eq!(note, "native secret `stripe` was changed, and was put back");
    (ns, native)
}

#[tokio::test]
async fn a_changed_value_is_put_back() {
    is_put_back(json!({ "data": { "value": "AAAA" } })).await;
}

#[tokio::test]
async fn an_added_key_is_removed() {
    is_put_back(json!({ "data": { "more": "AAAA" } })).await;
}

#[tokio::test]
async fn a_removed_key_is_put_back() {
    is_put_back(json!({ "data": { "value": null, "other": "AAAA" } })).await;
}

#[tokio::test]
async fn a_changed_label_of_coffer_is_put_back() {
    let labels = json!({ "app.kubernetes.io/managed-by": "Helm" });
    is_put_back(json!({ "metadata": { "labels": labels } })).await;
}

#[tokio::test]
async fn a_stripped_origin_label_is_put_back() {
    let labels = json!({ "coffer.dev/origin": null });
    is_put_back(json!({ "metadata": { "labels": labels } })).await;
}

#[tokio::test]
async fn a_changed_origin_label_is_put_back() {
    let labels = json!({ "coffer.dev/origin": "00000000-0000-0000-0000-000000000000" });
    is_put_back(json!({ "metadata": { "labels": labels } })).await;
}

#[tokio::test]
async fn a_stripped_origin_name_is_put_back() {
    let annotations = json!({ "coffer.dev/origin-name": null });
    is_put_back(json!({ "metadata": { "annotations": annotations } })).await;
}

#[tokio::test]
async fn a_stripped_fingerprint_is_put_back() {
    let annotations = json!({ "coffer.dev/fingerprint": null });
    is_put_back(json!({ "metadata": { "annotations": annotations } })).await;
}

#[tokio::test]
async fn a_stripped_owner_is_put_back() {
    is_put_back(json!({ "metadata": { "ownerReferences": null } })).await;
}

#[tokio::test]
async fn everything_stripped_at_once_is_put_back() {
    is_put_back(json!({
        "metadata": { "labels": null, "annotations": null, "ownerReferences": null },
        "data": null,
    }))
    .await;
}

#[tokio::test]
async fn an_immutable_native_secret_is_made_anew() {
    is_put_back(json!({ "immutable": true, "data": { "value": "AAAA" } })).await;
}

#[tokio::test]
async fn labels_and_annotations_of_others_stay_through_a_repair() {
    let (_ns, native) = is_put_back(json!({
        "metadata": {
            "labels": { "example.com/team": "a", "stray": "x" },
            "annotations": { "example.com/note": "b" },
        },
        "data": { "value": "AAAA" },
    }))
    .await;
    assert_eq!(native.labels()["example.com/team"], "a");
    assert_eq!(native.annotations()["example.com/note"], "b");
    // Without a prefix they are Coffer's to decide.
    assert_eq!(native.labels().get("stray"), None);
}

#[tokio::test]
async fn labels_and_annotations_of_others_alone_are_no_reason_to_write() {
    let ns = Cluster::namespace("repair").await;
    ns.delivered("stripe", b"v").await;
    let metadata = json!({
        "labels": { "example.com/team": "a" },
        "annotations": { "example.com/note": "b" },
        "finalizers": ["example.com/wait"],
    });
    let changed = ns
        .edit_native("stripe", json!({ "metadata": metadata }))
        .await;
    ns.operator_caught_up().await;
    ns.ready("stripe").await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native, changed);
    assert_eq!(ns.events("stripe").await, []);
    ns.edit_native("stripe", json!({ "metadata": { "finalizers": null } }))
        .await;
}

#[tokio::test]
async fn a_deleted_native_secret_is_put_back() {
    let ns = Cluster::namespace("repair").await;
    let secret = ns.delivered("stripe", b"v").await;
    let before = &secret.status.as_ref().unwrap().deliveries[0].uid;
    ns.natives()
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    let native = ns
        .native("stripe", "is put back", |native| {
            native.uid().as_ref() != Some(before)
        })
        .await;
    assert!(is_right(&native, &secret.uid().unwrap()));
    ns.ready("stripe").await;
    let note = ns.event("stripe", "TargetRepaired").await;
    assert_eq!(note, "native secret `stripe` was deleted, and was put back");
}

#[tokio::test]
async fn a_native_secret_that_is_deleted_and_replaced_by_a_foreign_one_is_not_touched() {
    let ns = Cluster::namespace("repair").await;
    ns.delivered("stripe", b"v").await;
    // The finalizer holds the name, so that Coffer cannot be quicker.
    ns.edit(
        "stripe",
        json!({ "spec": { "storeRef": { "name": "nowhere" } } }),
    )
    .await;
    ns.problem("stripe", coffer::api::Reason::StoreNotFound)
        .await;
    ns.natives()
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: stripe }\nstringData: { mine: x }\n")
        .await;
    let foreign = ns.natives().get("stripe").await.unwrap();
    ns.edit(
        "stripe",
        json!({ "spec": { "storeRef": { "name": "vault" } } }),
    )
    .await;
    ns.problem("stripe", coffer::api::Reason::TargetConflict)
        .await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), foreign);
}

/// Another operator, or a GitOps tool, that wants the native Secret otherwise.
async fn contested() -> Namespace {
    let ns = Cluster::namespace("contest").await;
    ns.delivered("stripe", b"v").await;
    for n in 0..11 {
        ns.native("stripe", "is put back", |native| {
            bytes(native, "value") == b"v"
        })
        .await;
        let value = json!({ "stringData": { "value": format!("edit {n}") } });
        ns.edit_native("stripe", value).await;
    }
    ns
}

#[tokio::test]
async fn a_writer_that_never_gives_in_is_told_and_not_fought_without_end() {
    let ns = contested().await;
    let message = ns
        .problem("stripe", coffer::api::Reason::TargetContested)
        .await;
    let told = format!(
        "native secret `stripe` is changed or deleted again and again, so it is put back only once in 30s: see who \
         else writes it with `kubectl get secret stripe -n {} -o yaml --show-managed-fields`, or choose another \
         `spec.target.name`",
        ns.name
    );
    assert_eq!(message, told);
    assert_eq!(ns.bytes("stripe", "value").await, b"edit 10");
    ns.event("stripe", "TargetContested").await;
}

#[tokio::test]
async fn what_the_author_changes_is_delivered_at_once_also_where_the_target_is_contested() {
    let ns = contested().await;
    ns.problem("stripe", coffer::api::Reason::TargetContested)
        .await;
    ns.edit("stripe", json!({ "spec": { "comment": "mine" } }))
        .await;
    ns.native("stripe", "is put back", |native| {
        bytes(native, "value") == b"v"
    })
    .await;
    ns.ready("stripe").await;
}

#[tokio::test]
async fn repairs_of_many_edits_end() {
    let ns = Cluster::namespace("repair").await;
    ns.delivered("stripe", b"v").await;
    for n in 0..10 {
        let value = json!({ "stringData": { "value": format!("edit {n}") } });
        ns.edit_native("stripe", value).await;
    }
    ns.native("stripe", "is put back", |native| {
        bytes(native, "value") == b"v"
    })
    .await;
    ns.operator_caught_up().await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}
