//! `fromSecret`: native Secrets that are followed, where their owner agreed.

use coffer::api::Reason;
use kube::api::DeleteParams;
use serde_json::json;

use crate::support::{Cluster, Namespace, bytes, manifest};

fn source(name: &str, labels: &str, data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: {name}, labels: {labels} }}\nstringData: {data}\n"
    )
}

const CONSENT: &str = r#"{ coffer.dev/source: "true" }"#;

fn follower() -> String {
    manifest::secret_with(
        "copy",
        "vault",
        "{ password: { fromSecret: { name: legacy, key: pw } } }",
        "{}",
    )
}

async fn following() -> Namespace {
    let ns = Cluster::namespace("sources").await;
    ns.store("vault", "{}").await;
    ns.apply(&source("legacy", CONSENT, "{ pw: one, other: x }"))
        .await;
    ns.apply(&follower()).await;
    ns.ready("copy").await;
    assert_eq!(ns.bytes("copy", "password").await, b"one");
    ns
}

#[tokio::test]
async fn a_source_that_changes_is_followed() {
    let ns = following().await;
    ns.edit_native("legacy", json!({ "stringData": { "pw": "two" } }))
        .await;
    ns.native("copy", "has the new value", |native| {
        bytes(native, "password") == b"two"
    })
    .await;
    let secrets = ns.secrets();
    crate::support::eventually("the version counts", async || {
        let version = secrets.get("copy").await.unwrap().status.unwrap().version;
        (version == Some(2))
            .then_some(())
            .ok_or_else(|| format!("{version:?}"))
    })
    .await;
}

#[tokio::test]
async fn a_source_whose_other_keys_change_is_no_new_version() {
    let ns = following().await;
    let before = ns.natives().get("copy").await.unwrap();
    ns.edit_native("legacy", json!({ "stringData": { "other": "y" } }))
        .await;
    ns.operator_caught_up().await;
    let after = ns.ready("copy").await;
    assert_eq!(after.status.unwrap().version, Some(1));
    let native = ns.natives().get("copy").await.unwrap();
    assert_eq!(
        native.metadata.resource_version,
        before.metadata.resource_version
    );
}

#[tokio::test]
async fn a_deleted_source_is_said_and_what_was_delivered_stays() {
    let ns = following().await;
    ns.natives()
        .delete("legacy", &DeleteParams::default())
        .await
        .unwrap();
    let message = ns.problem("copy", Reason::SourceNotFound).await;
    assert_eq!(
        message,
        "native secret `legacy` does not exist: create it with the label coffer.dev/source=true, or \
         correct `fromSecret`"
    );
    assert_eq!(ns.bytes("copy", "password").await, b"one");
    ns.apply(&source("legacy", CONSENT, "{ pw: back }")).await;
    ns.ready("copy").await;
    assert_eq!(ns.bytes("copy", "password").await, b"back");
}

#[tokio::test]
async fn consent_that_is_withdrawn_ends_the_following() {
    let ns = following().await;
    let withdrawn = json!({
        "metadata": { "labels": { "coffer.dev/source": null } },
        "stringData": { "pw": "not yours any more" },
    });
    ns.edit_native("legacy", withdrawn).await;
    let message = ns.problem("copy", Reason::ConsentMissing).await;
    assert_eq!(
        message,
        "native secret `legacy` may not be read: its owner has to label it coffer.dev/source=true"
    );
    assert_eq!(ns.bytes("copy", "password").await, b"one");
}

#[tokio::test]
async fn a_source_without_consent_is_not_read() {
    for labels in [
        "{}",
        r#"{ coffer.dev/source: "false" }"#,
        r#"{ coffer.dev/source: "True" }"#,
        r#"{ coffer.dev/source: "" }"#,
        r#"{ coffer.dev/adopt: "copy" }"#,
    ] {
        let ns = Cluster::namespace("sources").await;
        ns.store("vault", "{}").await;
        ns.apply(&source("legacy", labels, "{ pw: private }")).await;
        ns.apply(&follower()).await;
        ns.problem("copy", Reason::ConsentMissing).await;
        let delivered = ns.natives().get_opt("copy").await.unwrap();
        assert!(delivered.is_none(), "{labels}");
    }
}

#[tokio::test]
async fn consent_that_is_given_later_is_noticed() {
    let ns = Cluster::namespace("sources").await;
    ns.store("vault", "{}").await;
    ns.apply(&source("legacy", "{}", "{ pw: private }")).await;
    ns.apply(&follower()).await;
    ns.problem("copy", Reason::ConsentMissing).await;
    let consent = json!({ "metadata": { "labels": { "coffer.dev/source": "true" } } });
    ns.edit_native("legacy", consent).await;
    ns.ready("copy").await;
    assert_eq!(ns.bytes("copy", "password").await, b"private");
}

#[tokio::test]
async fn a_source_without_the_key_is_said_and_the_key_is_noticed() {
    let ns = Cluster::namespace("sources").await;
    ns.store("vault", "{}").await;
    ns.apply(&source("legacy", CONSENT, "{ password: x }"))
        .await;
    ns.apply(&follower()).await;
    let message = ns.problem("copy", Reason::SourceKeyMissing).await;
    assert_eq!(
        message,
        "native secret `legacy` has no key `pw`: add it, or correct `fromSecret`"
    );
    ns.edit_native("legacy", json!({ "stringData": { "pw": "here" } }))
        .await;
    ns.ready("copy").await;
}

#[tokio::test]
async fn the_source_of_another_namespace_is_out_of_reach() {
    let other = Cluster::namespace("sources").await;
    other
        .apply(&source("legacy", CONSENT, "{ pw: theirs }"))
        .await;
    let ns = Cluster::namespace("sources").await;
    ns.store("vault", "{}").await;
    for name in [
        format!("{}/legacy", other.name),
        format!("../{}/secrets/legacy", other.name),
        format!("../../{}/secrets/legacy", other.name),
        "legacy?x=".to_owned(),
    ] {
        let manifest = json!({
            "apiVersion": "coffer.dev/v1alpha1",
            "kind": "Secret",
            "metadata": { "name": "thief" },
            "spec": {
                "storeRef": { "name": "vault" },
                "data": { "password": { "fromSecret": { "name": name, "key": "pw" } } },
                "target": {},
            },
        });
        let refused = ns.try_create(manifest).await.unwrap_err();
        assert!(
            refused.contains("fromSecret.name: Invalid value")
                && refused.contains("must be a DNS subdomain"),
            "{refused}"
        );
    }
}
