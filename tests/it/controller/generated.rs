//! Values that Coffer makes: once, and then they stay.

mod rotation;

use coffer::api::{ConditionType, Reason, Secret};
use coffer::crypto::Envelope;
use k8s_openapi::api::core::v1 as core;
use kube::api::DeleteParams;
use serde_json::json;

use crate::support::canary::assert_bytes_absent;
use crate::support::{Cluster, Namespace, bytes, condition, eventually, manifest};

/// The manifest of a Secret `app` of store `vault` with one generated value, under the key `k`.
fn generating(generate: &str) -> String {
    manifest::secret_with(
        "app",
        "vault",
        &format!("{{ k: {{ generate: {generate} }} }}"),
        "{}",
    )
}

/// A Secret `app` whose value was made and delivered.
async fn generated(ns: &Namespace, generate: &str) -> Secret {
    ns.store("vault", "{}").await;
    ns.apply(&generating(generate)).await;
    ns.ready("app").await
}

fn sealed(secret: &Secret) -> &str {
    secret.spec.data["k"].value.as_ref().unwrap().expose()
}

fn version(secret: &Secret) -> i64 {
    secret.status.as_ref().unwrap().version.unwrap()
}

fn keys(native: &core::Secret) -> Vec<&str> {
    native
        .data
        .iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

#[tokio::test]
async fn a_value_is_made_sealed_and_delivered_and_shows_nowhere_else() {
    let ns = Cluster::namespace("generated").await;
    let secret = generated(&ns, "{ kind: Password }").await;
    assert!(Envelope::parse(sealed(&secret)).is_ok());
    assert_eq!(version(&secret), 1);
    let told = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(
        (told.status.as_str(), told.reason.as_str()),
        ("True", "SealedAtGeneration")
    );
    let value = ns.bytes("app", "k").await;
    assert_eq!(value.len(), 32);
    let object = ns
        .kubectl(
            &["get", "csec", "app", "-o", "json", "--show-managed-fields"],
            "",
        )
        .await;
    let audit = std::fs::read_to_string(&ns.cluster.audit_log).unwrap();
    let events = format!("{:?}", ns.events("app").await);
    for (place, text) in [
        ("the object", object),
        ("the audit log", audit),
        ("the events", events),
        ("the operator's log", ns.cluster.operator_log()),
    ] {
        assert_bytes_absent(&value, place, &text);
        assert!(
            !text.contains(std::str::from_utf8(&value).unwrap()),
            "the value shows in {place}"
        );
    }
}

#[tokio::test]
async fn every_kind_is_delivered_with_what_belongs_to_it() {
    let ns = Cluster::namespace("generated").await;
    ns.store("vault", "{}").await;
    let data = json!({
        "bytes": { "generate": { "kind": "Bytes", "length": 4096 } },
        "id": { "generate": { "kind": "Uuid" } },
        "pair": { "generate": { "kind": "KeyPair", "algorithm": "X25519" } },
        "pw": { "generate": { "kind": "Password", "length": 8, "characters": { "classes": ["Digits"] } } },
        "ssh": { "generate": { "kind": "SshKey" } },
    });
    ns.apply(&manifest::secret_with(
        "app",
        "vault",
        &data.to_string(),
        "{}",
    ))
    .await;
    ns.ready("app").await;
    let native = ns.natives().get("app").await.unwrap();
    assert_eq!(
        keys(&native),
        ["bytes", "id", "pair", "pair.pub", "pw", "ssh", "ssh.pub"]
    );
    assert_eq!(bytes(&native, "bytes").len(), 4096);
    assert_eq!(bytes(&native, "id").len(), 36);
    assert!(bytes(&native, "pw").iter().all(u8::is_ascii_digit));
    assert!(bytes(&native, "pair").starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
    assert!(bytes(&native, "pair.pub").starts_with(b"-----BEGIN PUBLIC KEY-----\n"));
    assert!(bytes(&native, "ssh").starts_with(b"-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    assert!(bytes(&native, "ssh.pub").starts_with(b"ssh-ed25519 "));
}

#[tokio::test]
async fn the_example_is_delivered() {
    let ns = Cluster::namespace("generated").await;
    ns.apply(include_str!("../../../examples/generated/app.yaml"))
        .await;
    ns.ready("app").await;
    let native = ns.natives().get("app").await.unwrap();
    let password = bytes(&native, "database-password");
    assert_eq!(password.len(), 24);
    assert!(password.iter().any(|byte| b"-_.".contains(byte)));
    assert!(!password.iter().any(|byte| b"0Oo1lI|".contains(byte)));
    assert_eq!(keys(&native).len(), 7);
}

#[tokio::test]
async fn the_same_manifest_applied_again_keeps_the_value() {
    let ns = Cluster::namespace("generated").await;
    ns.store("vault", "{}").await;
    let manifest = generating("{ kind: Password }");
    ns.kubectl(&["apply", "-f", "-"], &manifest).await;
    let before = ns.ready("app").await;
    ns.kubectl(&["apply", "-f", "-"], &manifest).await;
    ns.kubectl(&["apply", "--server-side", "-f", "-"], &manifest)
        .await;
    ns.apply(&manifest).await;
    ns.operator_caught_up().await;
    let after = ns.ready("app").await;
    assert_eq!(sealed(&after), sealed(&before));
    assert_eq!(after.metadata.generation, before.metadata.generation);
    assert_eq!(version(&after), 1);
}

#[tokio::test]
async fn a_changed_recipe_keeps_the_value() {
    let ns = Cluster::namespace("generated").await;
    let before = generated(&ns, "{ kind: Password }").await;
    ns.apply(&generating("{ kind: Password, length: 64, rotate: 1h }"))
        .await;
    let after = ns.ready("app").await;
    assert_eq!(sealed(&after), sealed(&before));
    assert_eq!(version(&after), 1);
}

#[tokio::test]
async fn an_update_that_would_lose_the_value_is_refused() {
    let ns = Cluster::namespace_in_controller_mode("generated").await;
    let before = generated(&ns, "{ kind: Password }").await;
    let refusal = ns
        .try_kubectl(&["replace", "-f", "-"], &generating("{ kind: Password }"))
        .await;
    let told = refusal.unwrap_err();
    assert!(
        told.contains("this would lose the generated value"),
        "{told}"
    );
    for other in ["{ kind: SshKey }", "{ kind: KeyPair }"] {
        let told = ns.try_apply(&generating(other)).await.unwrap_err();
        assert!(told.contains("keeps its kind and algorithm"), "{told}");
    }
    assert_eq!(sealed(&ns.ready("app").await), sealed(&before));
}

#[tokio::test]
async fn a_key_that_is_removed_and_added_again_has_a_new_value() {
    let ns = Cluster::namespace("generated").await;
    generated(&ns, "{ kind: Password }").await;
    let before = ns.bytes("app", "k").await;
    ns.edit(
        "app",
        json!({ "spec": { "data": { "k": null, "other": { "value": "v" } } } }),
    )
    .await;
    ns.ready("app").await;
    let generate = json!({ "generate": { "kind": "Password" } });
    ns.edit("app", json!({ "spec": { "data": { "k": generate } } }))
        .await;
    let secret = ns.ready("app").await;
    assert_ne!(ns.bytes("app", "k").await, before);
    assert_eq!(version(&secret), 3);
}

#[tokio::test]
async fn a_value_waits_for_its_store() {
    let ns = Cluster::namespace("generated").await;
    ns.apply(&generating("{ kind: Password }")).await;
    ns.problem("app", Reason::StoreNotFound).await;
    ns.store("vault", "{}").await;
    let secret = ns.ready("app").await;
    assert_eq!(version(&secret), 1);
}

#[tokio::test]
async fn a_deleted_native_secret_comes_back_with_the_same_value() {
    let ns = Cluster::namespace("generated").await;
    let before = generated(&ns, "{ kind: SshKey }").await;
    let data = ns.natives().get("app").await.unwrap().data;
    ns.natives()
        .delete("app", &DeleteParams::default())
        .await
        .unwrap();
    ns.native("app", "is put back", |native| native.data == data)
        .await;
    ns.operator_caught_up().await;
    let after = ns.ready("app").await;
    assert_eq!(sealed(&after), sealed(&before));
    assert_eq!(version(&after), 1);
}

/// An author takes over: the value is theirs from then on.
#[tokio::test]
async fn a_value_given_in_place_of_a_generated_one_is_delivered() {
    let ns = Cluster::namespace("generated").await;
    generated(&ns, "{ kind: Password }").await;
    let given = json!({ "generate": null, "value": "chosen" });
    ns.edit("app", json!({ "spec": { "data": { "k": given } } }))
        .await;
    let secret = ns.ready("app").await;
    assert!(secret.spec.data["k"].generated.is_none());
    let told = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(told.reason, "SealedAtAdmission");
    assert_eq!(ns.bytes("app", "k").await, b"chosen");
}

/// Although Coffer, not the author, wrote what stands in it.
#[tokio::test]
async fn a_key_that_an_apply_no_longer_has_is_gone() {
    let ns = Cluster::namespace("generated").await;
    ns.store("vault", "{}").await;
    let other = manifest::secret_with("app", "vault", "{ other: { value: v } }", "{}");
    for apply in [
        &["apply", "-f", "-"][..],
        &["apply", "--server-side", "-f", "-"],
    ] {
        ns.kubectl(apply, &generating("{ kind: Password }")).await;
        ns.ready("app").await;
        ns.kubectl(apply, &other).await;
        let secret = ns.ready("app").await;
        let left: Vec<_> = secret.spec.data.keys().collect();
        assert_eq!(left, ["other"], "{apply:?}");
        ns.delete("app").await;
        ns.native_gone("app").await;
    }
}

#[tokio::test]
async fn many_are_made_each_once() {
    let ns = Cluster::namespace("generated").await;
    let data: serde_json::Map<_, _> = (0..64)
        .map(|n| {
            (
                format!("k{n}"),
                json!({ "generate": { "kind": "KeyPair", "rotate": "1h" } }),
            )
        })
        .collect();
    ns.apply(&manifest::secret_with(
        "app",
        "vault",
        &json!(data).to_string(),
        "{}",
    ))
    .await;
    ns.store("vault", "{}").await;
    let secret = ns.ready("app").await;
    assert_eq!(version(&secret), 1);
    eventually("all are there", async || {
        let native = ns.natives().get("app").await.unwrap();
        let count = keys(&native).len();
        (count == 128).then_some(()).ok_or(count)
    })
    .await;
}
