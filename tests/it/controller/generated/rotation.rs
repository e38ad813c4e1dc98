//! What takes the place of a generated value, when, and what it costs.

use coffer::api::{Reason, Secret};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1 as core;
use serde_json::json;

use super::{generated, generating, keys, sealed, version};
use crate::support::audit::Call;
use crate::support::{Cluster, Isolated, Namespace, Options, bytes, manifest};

const ROTATING: &str = "{ kind: Password, rotate: 1h, overlap: 30m }";

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
async fn a_value_for_another_store_is_not_thrown_away() {
    let ns = Cluster::unadvised_namespace("generated").await;
    let before = generated(&ns, ROTATING).await;
    ns.store("other", "{}").await;
    ns.edit(
        "app",
        json!({ "spec": { "storeRef": { "name": "other" } } }),
    )
    .await;
    age(&ns, 4000).await;
    let told = ns.problem("app", Reason::EnvelopeMismatch).await;
    assert!(told.contains("add it again for a new value"), "{told}");
    // Not due any more, or it would be rotated as soon as it is back.
    age(&ns, 0).await;
    ns.edit(
        "app",
        json!({ "spec": { "storeRef": { "name": "vault" } } }),
    )
    .await;
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
