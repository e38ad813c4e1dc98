//! Values that Coffer makes: once, and then they stay.

use coffer::api::{ConditionType, Reason, Secret};
use coffer::crypto::Envelope;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1 as core;
use kube::api::DeleteParams;
use serde_json::{Value as Json, json};

use crate::support::audit::Call;
use crate::support::canary::assert_bytes_absent;
use crate::support::{
    Cluster, Isolated, Namespace, Options, bytes, condition, eventually, manifest,
};

const ROTATING: &str = "{ kind: Password, rotate: 1h, overlap: 30m }";

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

/// So long ago, as an object has it.
fn ago(seconds: i64) -> String {
    let then = Timestamp::now() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// As if the value were so old.
async fn age(ns: &Namespace, seconds: i64) {
    let generated = json!({ "at": ago(seconds) });
    ns.edit(
        "app",
        json!({ "spec": { "data": { "k": { "generated": generated } } } }),
    )
    .await;
}

fn keys(native: &core::Secret) -> Vec<&str> {
    native
        .data
        .iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

/// Waits until the value was replaced; the new native Secret.
async fn rotated(ns: &Namespace, before: &[u8]) -> core::Secret {
    let native = ns
        .native("app", "has a new value", |native| {
            bytes(native, "k") != before
        })
        .await;
    ns.ready("app").await;
    native
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
async fn templates_have_at_hand_what_is_delivered_beside_a_value() {
    let ns = Cluster::namespace("generated").await;
    ns.store("vault", "{}").await;
    let data = "{ k: { generate: { kind: SshKey, rotate: 1h } } }";
    let line = |key: &str| format!("{{{{ data['{key}'] | default('none') }}}}");
    let target = json!({ "template": {
        "k": "{{ k }}", "now": line("k.pub"), "before": line("k.previous.pub"),
    } });
    ns.apply(&manifest::secret_with(
        "app",
        "vault",
        data,
        &target.to_string(),
    ))
    .await;
    ns.ready("app").await;
    let first = ns.natives().get("app").await.unwrap();
    assert!(bytes(&first, "now").starts_with(b"ssh-ed25519 "));
    assert_eq!(bytes(&first, "before"), b"none");
    age(&ns, 4000).await;
    let second = rotated(&ns, &bytes(&first, "k")).await;
    assert_eq!(bytes(&second, "before"), bytes(&first, "now"));
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
    let ns = Cluster::namespace("generated").await;
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
async fn a_restored_secret_has_the_value_that_it_had() {
    let ns = Cluster::namespace("generated").await;
    let secret = generated(&ns, "{ kind: SshKey, rotate: 1h }").await;
    age(&ns, 4000).await;
    rotated(&ns, &ns.bytes("app", "k").await).await;
    let secret = Secret {
        status: None,
        ..ns.secrets()
            .get(&secret.metadata.name.unwrap())
            .await
            .unwrap()
    };
    let data = ns.natives().get("app").await.unwrap().data;
    ns.delete("app").await;
    ns.native_gone("app").await;
    let mut backup = json!(secret);
    backup["metadata"] = json!({ "name": "app" });
    ns.try_create(backup).await.unwrap();
    ns.ready("app").await;
    assert_eq!(ns.natives().get("app").await.unwrap().data, data);
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

#[tokio::test]
async fn a_value_for_another_store_is_not_thrown_away() {
    let ns = Cluster::namespace("generated").await;
    let before = generated(&ns, ROTATING).await;
    ns.store("other", "{}").await;
    ns.edit(
        "app",
        json!({ "spec": { "storeRef": { "name": "other" } } }),
    )
    .await;
    age(&ns, 4000).await;
    let told = ns.problem("app", Reason::KeyUnknown).await;
    assert!(told.contains("add it again for a new value"), "{told}");
    ns.edit(
        "app",
        json!({ "spec": { "storeRef": { "name": "vault" } } }),
    )
    .await;
    age(&ns, 0).await;
    assert_eq!(sealed(&ns.ready("app").await), sealed(&before));
}

#[tokio::test]
async fn after_a_rotation_the_former_value_stays_and_then_goes() {
    let ns = Cluster::namespace("generated").await;
    generated(&ns, ROTATING).await;
    let first = ns.bytes("app", "k").await;
    age(&ns, 4000).await;
    let native = rotated(&ns, &first).await;
    assert_eq!(keys(&native), ["k", "k.previous"]);
    assert_eq!(bytes(&native, "k.previous"), first);
    let secret = ns.ready("app").await;
    assert_eq!(version(&secret), 2);
    assert_eq!(ns.events("app").await, []);

    let second = bytes(&native, "k");
    let previous = json!({ "previous": { "until": ago(1) } });
    ns.edit(
        "app",
        json!({ "spec": { "data": { "k": { "generated": previous } } } }),
    )
    .await;
    let native = ns
        .native("app", "has one value", |native| keys(native) == ["k"])
        .await;
    assert_eq!(bytes(&native, "k"), second);
    let secret = ns.ready("app").await;
    assert_eq!(version(&secret), 2);
    assert!(
        secret.spec.data["k"]
            .generated
            .as_ref()
            .unwrap()
            .previous
            .is_none()
    );
}

#[tokio::test]
async fn a_rotation_comes_when_it_is_due_and_nothing_else_happens() {
    let ns = Cluster::namespace("generated").await;
    generated(&ns, ROTATING).await;
    let first = ns.bytes("app", "k").await;
    age(&ns, 3600 - 4).await;
    let secret = ns.ready("app").await;
    assert_eq!(version(&secret), 1);
    let native = rotated(&ns, &first).await;
    assert_eq!(bytes(&native, "k.previous"), first);
}

#[tokio::test]
async fn after_a_restart_values_stay_and_rotations_come() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("generated").await;
    generated(&ns, ROTATING).await;
    ns.apply(&manifest::secret_with(
        "still",
        "vault",
        "{ k: { generate: { kind: Uuid } } }",
        "{}",
    ))
    .await;
    ns.ready("still").await;
    let [first, still] = [ns.bytes("app", "k").await, ns.bytes("still", "k").await];
    age(&ns, 3600 - 5).await;
    ns.ready("app").await;
    let mut tail = ns.cluster.follow_api_calls();
    isolated.restart().await;
    rotated(&ns, &first).await;
    assert_eq!(version(&ns.ready("app").await), 2);
    assert_eq!(ns.bytes("still", "k").await, still);
    assert_eq!(Call::about(tail.calls(), &ns.name, "still"), [""; 0]);
}

/// The write that seals fills it in, and nothing is asked while nothing is due.
#[tokio::test]
async fn a_generated_value_costs_one_write_more_than_a_sealed_one() {
    let ns = Cluster::namespace("generated").await;
    ns.store("vault", "{}").await;
    let mut tail = ns.cluster.follow_api_calls();
    ns.apply(&generating(ROTATING)).await;
    ns.ready("app").await;
    ns.operator_caught_up().await;
    let made = [
        "patch secrets.coffer.dev",
        "create secrets",
        "patch secrets.coffer.dev/status",
    ];
    assert_eq!(Call::about(tail.calls(), &ns.name, "app"), made);

    let first = ns.bytes("app", "k").await;
    age(&ns, 4000).await;
    let mut tail = ns.cluster.follow_api_calls();
    rotated(&ns, &first).await;
    ns.operator_caught_up().await;
    let replaced = [
        "get secrets",
        "patch secrets",
        "patch secrets.coffer.dev/status",
    ];
    let calls = Call::about(tail.calls(), &ns.name, "app");
    assert!(calls.ends_with(&replaced.map(str::to_owned)), "{calls:?}");
    assert!(calls.len() <= 4, "{calls:?}");
}

/// An author takes over: the value is theirs from then on.
#[tokio::test]
async fn a_value_given_in_place_of_a_generated_one_is_delivered() {
    let ns = Cluster::namespace("generated").await;
    generated(&ns, "{ kind: Password }").await;
    let given: Json = json!({ "generate": null, "generated": null, "value": "chosen" });
    ns.edit("app", json!({ "spec": { "data": { "k": given } } }))
        .await;
    ns.ready("app").await;
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
