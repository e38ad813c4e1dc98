//! Workloads that the target of a store names, for all its Secrets that have none of their own.

use kube::api::{Patch, PatchParams};

use super::*;

async fn set_default(ns: &Namespace, target: Json) {
    let patch = Patch::Merge(json!({ "spec": { "defaultTarget": target } }));
    let stores = ns.stores();
    let params = PatchParams::default();
    stores.patch("vault", &params, &patch).await.unwrap();
}

/// Waits until the Deployment `web` was written so often, and for nothing to come after it.
async fn comes_to(ns: &Namespace, expected: i64) {
    eventually(&format!("generation {expected}"), async || {
        let is = generation(ns, "Deployment", "web").await;
        (is == expected).then_some(()).ok_or(is)
    })
    .await;
    ns.operator_caught_up().await;
    assert_eq!(generation(ns, "Deployment", "web").await, expected);
}

/// Waits until the native Secrets of these have this under `value`.
async fn have(ns: &Namespace, names: &[&str], value: &[u8]) {
    for name in names {
        ns.native(name, "has the value", |native| {
            crate::support::bytes(native, "value") == value
        })
        .await;
    }
}

#[tokio::test]
async fn each_secret_rolls_once_for_each_change_where_the_owner_agrees() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    ns.apply(&workload("Deployment", "shy", &json!({}))).await;
    ns.store("vault", "{}").await;
    for name in ["one", "two"] {
        ns.apply(&manifest::plain(name, "vault", "v")).await;
        ns.ready(name).await;
    }
    let named = json!([deployment("web"), deployment("shy")]);
    set_default(&ns, json!({ "restart": named })).await;
    have(&ns, &["one", "two"], b"v").await;
    comes_to(&ns, 1).await;

    change(&ns, "one", "w").await;
    let (status, reason, message) = told(&ns, "one").await.unwrap();
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "ConsentMissing")
    );
    assert!(message.starts_with("Deployment `shy`"), "{message}");
    assert_eq!(told(&ns, "two").await, None);
    comes_to(&ns, 2).await;

    // The template is the content of both; labels are that of none.
    set_default(&ns, json!({ "template": { "value": "same" } })).await;
    have(&ns, &["one", "two"], b"same").await;
    comes_to(&ns, 4).await;
    set_default(&ns, json!({ "labels": { "a": "b" } })).await;
    let is_labelled = |native: &k8s_openapi::api::core::v1::Secret| {
        let labels = native.metadata.labels.as_ref();
        labels.is_some_and(|labels| labels.contains_key("a"))
    };
    for name in ["one", "two"] {
        ns.native(name, "is labelled", is_labelled).await;
    }
    comes_to(&ns, 4).await;

    // A target of its own is without it, and so is a store that names none any more.
    ns.edit("two", json!({ "spec": { "target": {} } })).await;
    ns.ready("two").await;
    change(&ns, "two", "x").await;
    set_default(&ns, json!({ "restart": null, "template": null })).await;
    have(&ns, &["one"], b"w").await;
    comes_to(&ns, 4).await;
    assert_eq!(generation(&ns, "Deployment", "shy").await, 1);
}

/// As the target of a Secret does: in the namespace of the store, and in no other.
#[tokio::test]
async fn a_store_reaches_no_workload_of_those_it_delivers_copies_to() {
    let ns = Cluster::namespace("restarts").await;
    let others = Cluster::namespace("others").await;
    deploy(&others, "web").await;
    let grant = format!("{{ namespaces: {{ names: [{}] }} }}", others.name);
    ns.store(
        "vault",
        &format!(
            "{{ scopes: [{{ name: all, consumers: [{grant}] }}], \
             defaultTarget: {{ restart: [{{ kind: Deployment, name: web }}] }} }}"
        ),
    )
    .await;
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": "web", "annotations": { "coffer.dev/consume": format!("{}/vault", ns.name) } },
    });
    others.apply(&account.to_string()).await;
    ns.apply(&manifest::plain("stripe", "vault", "v")).await;
    ns.edit("stripe", json!({ "spec": { "scopes": ["all"] } }))
        .await;
    let copy = format!("{}.stripe", ns.name);
    have(&others, &[&copy], b"v").await;
    change(&ns, "stripe", "w").await;
    have(&others, &[&copy], b"w").await;
    let (_, reason, _) = told(&ns, "stripe").await.unwrap();
    assert_eq!(reason, "WorkloadNotFound");
    assert_eq!(generation(&others, "Deployment", "web").await, 1);
}
