//! Secrets without a target, of a store with a target for them.

use coffer::api::Reason;
use kube::ResourceExt as _;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Namespace, eventually, manifest};

/// A store with this target, and its Secret `stripe` that names none.
async fn kept(target: &str) -> Namespace {
    let ns = Cluster::namespace("default-target").await;
    ns.store("vault", &format!("{{ defaultTarget: {target} }}"))
        .await;
    ns.apply(&manifest::plain("stripe", "vault", "v")).await;
    ns
}

async fn set_default(ns: &Namespace, target: Json) {
    let patch = Patch::Merge(json!({ "spec": { "defaultTarget": target } }));
    let stores = ns.stores();
    stores
        .patch("vault", &PatchParams::default(), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_secret_without_a_target_has_the_one_of_its_store() {
    let ns = kept("{ labels: { team: a }, template: { url: 'https://{{ value }}' } }").await;
    let secret = ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "url").await, b"https://v");
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.labels()["team"], "a");
    assert_eq!(native.owner_references()[0].name, "stripe");
    assert!(secret.spec.target.is_none(), "the manifest stays as it was");
    assert_eq!(secret.status.unwrap().deliveries[0].name, "stripe");
}

#[tokio::test]
async fn a_secret_with_a_target_of_its_own_has_only_that() {
    let ns = Cluster::namespace("default-target").await;
    ns.store("vault", "{ defaultTarget: { labels: { team: a } } }")
        .await;
    let data = "{ value: { value: v } }";
    ns.apply(&manifest::secret_with(
        "stripe",
        "vault",
        data,
        "{ name: own }",
    ))
    .await;
    ns.ready("stripe").await;
    let native = ns.natives().get("own").await.unwrap();
    assert!(!native.labels().contains_key("team"));
    ns.native_gone("stripe").await;
}

#[tokio::test]
async fn it_follows_the_store_and_goes_with_it() {
    let ns = kept("{ template: { a: '{{ value }}' } }").await;
    let version = ns.ready("stripe").await.status.unwrap().version;
    set_default(
        &ns,
        json!({ "template": { "a": null, "b": "{{ value }}!" } }),
    )
    .await;
    ns.native("stripe", "has the new template", |native| {
        native
            .data
            .iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .eq(["b"])
    })
    .await;
    set_default(&ns, Json::Null).await;
    ns.native_gone("stripe").await;
    eventually("nothing is delivered", async || {
        let status = ns.ready("stripe").await.status.unwrap();
        assert_eq!(status.version, version, "the value is the same");
        match &*status.deliveries {
            [] => Ok(()),
            some => Err(json!(some).to_string()),
        }
    })
    .await;
    set_default(&ns, json!({})).await;
    ns.native("stripe", "is there again", |_| true).await;
}

#[tokio::test]
async fn while_the_store_is_not_there_what_was_delivered_stays() {
    let ns = kept("{ template: { a: '{{ value }}' } }").await;
    ns.ready("stripe").await;
    let before = ns.natives().get("stripe").await.unwrap();
    let of = |store: &str| json!({ "spec": { "storeRef": { "name": store } } });
    ns.edit("stripe", of("not-there")).await;
    ns.problem("stripe", Reason::StoreNotFound).await;
    let after = ns.natives().get("stripe").await.unwrap();
    assert_eq!(after.resource_version(), before.resource_version());
    ns.edit("stripe", of("vault")).await;
    let status = ns.ready("stripe").await.status.unwrap();
    assert_eq!(status.deliveries[0].uid, before.uid().unwrap());
}

#[tokio::test]
async fn what_is_wrong_with_it_is_said_of_the_store() {
    let whose = "(its target is `spec.defaultTarget` of SecretStore `vault`)";
    let ns = kept("{ template: { a: '{{ value }}' } }").await;
    ns.ready("stripe").await;
    set_default(&ns, json!({ "template": { "a": "{{ other }}" } })).await;
    let message = ns.problem("stripe", Reason::TemplateFailed).await;
    assert!(message.ends_with(whose), "{message}");
    assert_eq!(ns.bytes("stripe", "a").await, b"v", "nothing half-written");
    let refused = ns.try_apply(&manifest::plain("other", "vault", "v")).await;
    let refused = refused.unwrap_err();
    assert!(refused.ends_with(whose), "{refused}");
    set_default(
        &ns,
        json!({ "template": null, "type": "kubernetes.io/tls" }),
    )
    .await;
    let message = ns.problem("stripe", Reason::TargetInvalid).await;
    assert!(message.contains("tls.crt"), "{message}");
    assert_eq!(ns.bytes("stripe", "a").await, b"v");
}

#[tokio::test]
async fn a_foreign_secret_of_its_name_stays() {
    let ns = Cluster::namespace("default-target").await;
    ns.apply(
        "apiVersion: v1\nkind: Secret\nmetadata: { name: stripe }\nstringData: { a: theirs }\n",
    )
    .await;
    ns.store("vault", "{ defaultTarget: {} }").await;
    ns.apply(&manifest::plain("stripe", "vault", "v")).await;
    ns.problem("stripe", Reason::TargetConflict).await;
    assert_eq!(ns.bytes("stripe", "a").await, b"theirs");
}
