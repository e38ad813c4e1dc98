//! Names on the REST interfaces: of those that want one, the oldest has it.

use std::time::Duration;

use coffer::api::{Reason, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use crate::support::{Cluster, Namespace, eventually, manifest, settled};

/// Kubernetes tells ages in whole seconds.
const A_SECOND: Duration = Duration::from_millis(1100);

/// A Secret that says its name, where it says one.
fn called(name: &str, store: &str, says: Option<&str>) -> String {
    let manifest = manifest::plain(name, store, "v");
    match says {
        Some(says) => manifest.replace("storeRef:", &format!("name: {}, storeRef:", json!(says))),
        None => manifest,
    }
}

async fn say(ns: &Namespace, name: &str, says: Json) {
    ns.edit(name, json!({ "spec": { "name": says } })).await;
}

fn named(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|it| it.type_ == "Named")
}

/// Waits until a Secret has its name, or an older one has it. It is ready in either case.
async fn has_its_name(ns: &Namespace, name: &str, has: bool) -> Secret {
    eventually(&format!("{name} has its name: {has}"), async || {
        let secret = ns.secrets().get(name).await.unwrap();
        settled(&secret)?;
        let conditions = &secret.status.as_ref().unwrap().conditions;
        match named(conditions) {
            None if has => Ok(secret),
            Some(told) if !has && told.status == "False" => {
                assert_eq!(told.reason, Reason::NameTaken.as_str());
                Ok(secret)
            }
            _ => Err(json!(conditions).to_string()),
        }
    })
    .await
}

#[tokio::test]
async fn the_older_has_the_name_and_the_younger_says_so_until_it_is_free() {
    let ns = Cluster::namespace("names").await;
    ns.store("vault", "{}").await;
    ns.apply(&called("old", "vault", Some("API"))).await;
    sleep(A_SECOND).await;
    ns.apply(&called("young", "vault", Some("API"))).await;
    let old = has_its_name(&ns, "old", true).await;
    assert_eq!(old.status.unwrap().name.as_deref(), Some("API"));
    let young = has_its_name(&ns, "young", false).await.status.unwrap();
    assert_eq!(
        named(&young.conditions).unwrap().message,
        "an older Secret of SecretStore `vault` has the name `API`: give this one another `spec.name`, or the REST \
         interfaces do not find it by name"
    );
    say(&ns, "old", json!("DB")).await;
    has_its_name(&ns, "young", true).await;
    say(&ns, "old", json!("API")).await;
    has_its_name(&ns, "young", false).await;
    ns.delete("old").await;
    has_its_name(&ns, "young", true).await;
}

#[tokio::test]
async fn the_name_of_a_manifest_counts_as_well() {
    let ns = Cluster::namespace("names").await;
    ns.store("vault", "{}").await;
    ns.apply(&called("first", "vault", Some("stripe"))).await;
    sleep(A_SECOND).await;
    ns.apply(&called("stripe", "vault", None)).await;
    sleep(A_SECOND).await;
    ns.apply(&called("last", "vault", Some("stripe"))).await;
    has_its_name(&ns, "first", true).await;
    has_its_name(&ns, "stripe", false).await;
    has_its_name(&ns, "last", false).await;
    say(&ns, "first", Json::Null).await;
    has_its_name(&ns, "stripe", true).await;
    has_its_name(&ns, "last", false).await;
    say(&ns, "stripe", json!("other")).await;
    has_its_name(&ns, "last", true).await;
}

#[tokio::test]
async fn in_another_store_the_name_is_free() {
    let ns = Cluster::namespace("names").await;
    for (secret, store) in [("one", "vault"), ("two", "other")] {
        ns.store(store, "{}").await;
        ns.apply(&called(secret, store, Some("API"))).await;
        sleep(A_SECOND).await;
    }
    has_its_name(&ns, "one", true).await;
    has_its_name(&ns, "two", true).await;
}

#[tokio::test]
async fn of_two_stores_with_one_name_the_older_has_it() {
    let ns = Cluster::namespace("names").await;
    ns.store("old", "{ name: payments }").await;
    sleep(A_SECOND).await;
    ns.apply(&manifest::store("payments", "{}")).await;
    let is_told = async |has: bool| {
        eventually(&format!("the store has its name: {has}"), async || {
            let status = ns.store_ready("payments").await.status.unwrap();
            assert_eq!(status.name.as_deref(), Some("payments"));
            match named(&status.conditions) {
                told if told.is_none() == has => Ok(()),
                told => Err(json!(told).to_string()),
            }
        })
        .await;
    };
    is_told(false).await;
    // It serves its Secrets nevertheless.
    ns.apply(&called("stripe", "payments", None)).await;
    ns.ready("stripe").await;
    let patch = Patch::Merge(json!({ "spec": { "name": null } }));
    let stores = ns.stores();
    stores
        .patch("old", &PatchParams::default(), &patch)
        .await
        .unwrap();
    is_told(true).await;
}

#[tokio::test]
async fn what_a_secret_is_called_is_told_with_its_comment_and_scopes() {
    let ns = Cluster::namespace("names").await;
    ns.store("vault", "{}").await;
    let manifest = called("stripe", "vault", Some("STRIPE_KEY"));
    let more = "comment: live key, scopes: [workers, access], storeRef:";
    ns.apply(&manifest.replace("storeRef:", more)).await;
    let status = ns.ready("stripe").await.status.unwrap();
    assert_eq!(status.name.as_deref(), Some("STRIPE_KEY"));
    assert_eq!(status.comment.as_deref(), Some("live key"));
    assert_eq!(status.scopes, ["access", "workers"]);
}

#[tokio::test]
async fn what_is_no_name_is_refused() {
    let ns = Cluster::namespace("names").await;
    let message = "a name has 1 to 255 letters, digits and signs of ASCII, and no spaces";
    // The last but two looks like `paypal` and is another.
    for name in ["a b", "a\tb", "a\n", "раypal", "a\u{200b}", "a\u{202e}b"] {
        let refused = ns.try_apply(&called("stripe", "vault", Some(name))).await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(message), "{name:?}: {refused}");
    }
    for (name, length) in [("", "at least 1"), (&"a".repeat(256), "255")] {
        let refused = ns.try_apply(&called("stripe", "vault", Some(name))).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.contains("spec.name") && refused.contains(length),
            "{refused}"
        );
    }
    let longest = "~".repeat(255);
    ns.apply(&called("stripe", "vault", Some(&longest))).await;
}

#[tokio::test]
async fn the_scopes_of_a_store_that_lists_none_are_the_default_ones() {
    let ns = Cluster::namespace("names").await;
    ns.store("vault", "{}").await;
    let scoped = |scopes: &str| {
        let manifest = called("stripe", "vault", None);
        manifest.replace("storeRef:", &format!("scopes: {scopes}, storeRef:"))
    };
    ns.apply(&scoped("[workers, dex]")).await;
    ns.ready("stripe").await;
    ns.apply(&scoped("[workers, desk]")).await;
    let message = ns.problem("stripe", Reason::ScopeUnknown).await;
    assert!(message.contains("has no scope `desk`"), "{message}");
}
