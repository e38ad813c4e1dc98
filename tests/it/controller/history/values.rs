//! Rows about values that come from elsewhere, and about what holds the values.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::ListParams;

use super::*;
use crate::support::{bytes, manifest};

/// So long ago, as an object has it.
fn ago(seconds: i64) -> String {
    let then = Timestamp::now() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The status once its version is this, and it is about the present spec.
async fn reaches_version(ns: &Namespace, version: i64) -> SecretStatus {
    let secrets = ns.secrets();
    eventually(&format!("version {version}"), async || {
        let secret = secrets.get("stripe").await.unwrap();
        let status = secret.status.unwrap_or_default();
        let is_so = status.observed_generation == secret.metadata.generation
            && (status.version, status.state) == (Some(version), Some(Active));
        is_so
            .then(|| status.clone())
            .ok_or_else(|| json!(status).to_string())
    })
    .await
}

async fn delivered(ns: &Namespace, data: &str) -> SecretStatus {
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret_with("stripe", "vault", data, "{}"))
        .await;
    reaches_version(ns, 1).await
}

#[tokio::test]
async fn a_rotation_counts_and_the_end_of_its_overlap_does_not() {
    let ns = Cluster::namespace("history").await;
    let recipe = "{ k: { generate: { kind: Uuid, rotate: 1h, overlap: 30m } } }";
    let before = delivered(&ns, recipe).await;
    let made = async |generated: Json| {
        let data = json!({ "k": { "generated": generated } });
        ns.edit("stripe", json!({ "spec": { "data": data } })).await;
    };
    made(json!({ "at": ago(4000) })).await;
    let rotated = reaches_version(&ns, 2).await;
    assert_follows("rotated", &before, &rotated, 1);
    let has =
        |count: usize| move |native: &core::Secret| native.data.as_ref().unwrap().len() == count;
    ns.native("stripe", "has both", has(2)).await;

    made(json!({ "previous": { "until": ago(1) } })).await;
    ns.native("stripe", "has one", has(1)).await;
    ns.operator_caught_up().await;
    let ended = reaches(&ns, "the overlap ended", Active).await;
    assert_follows("the overlap ended", &rotated, &ended, 0);
}

#[tokio::test]
async fn another_value_of_what_is_followed_counts() {
    let ns = Cluster::namespace("history").await;
    let source = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{ name: source, labels: {{ coffer.dev/source: 'true' }} }}\n\
             stringData: {{ k: {value}, beside: '{value}' }}\n"
        )
    };
    ns.apply(&source("one")).await;
    let before = delivered(&ns, "{ k: { fromSecret: { name: source, key: k } } }").await;
    ns.apply(&source("two")).await;
    let changed = reaches_version(&ns, 2).await;
    assert_follows("another value", &before, &changed, 1);
    ns.edit_native("source", json!({ "stringData": { "beside": "three" } }))
        .await;
    ns.operator_caught_up().await;
    let same = reaches(&ns, "the same value", Active).await;
    assert_follows("the same value", &changed, &same, 0);
}

/// What is restored has the value that it had, and a history of its own.
#[tokio::test]
async fn what_is_restored_begins_anew() {
    let ns = Cluster::namespace("history").await;
    delivered(&ns, "{ value: { value: one } }").await;
    let data = json!({ "value": { "value": "two" } });
    ns.edit("stripe", json!({ "spec": { "data": data } })).await;
    let former = reaches_version(&ns, 2).await;
    let backup = ns.secrets().get("stripe").await.unwrap();
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
    let mut restored = json!(backup);
    restored["metadata"] = json!({ "name": "stripe" });
    ns.try_create(restored).await.unwrap();
    let status = reaches_version(&ns, 1).await;
    assert_eq!(ns.bytes("stripe", "value").await, b"two");
    assert_ne!(status.id, former.id);
    let at = |status: &SecretStatus| status.modified.as_ref().unwrap().0;
    assert!(at(&status) >= at(&former));
}

/// Everything that the first root key wrapped, another one wraps; restarted in between and after, without the first.
#[tokio::test]
async fn another_root_key_and_a_restart_do_not_count() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("history").await;
    let before = delivered(
        &ns,
        "{ value: { value: one }, k: { generate: { kind: Uuid } } }",
    )
    .await;
    let system: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let set = async |entry: &str, key: Json| {
        let patch = Patch::Merge(json!({ "data": { entry: key } }));
        let params = PatchParams::default();
        system
            .patch("coffer-keyring", &params, &patch)
            .await
            .unwrap();
    };
    let root = k8s_openapi::ByteString(vec![2; 32]);
    set("root-2", json!(root)).await;
    let records = ListParams::default().labels("coffer.dev/part=store-keys");
    eventually("all is wrapped again", async || {
        let records = system.list(&records).await.unwrap();
        let former = records.iter().filter(|record| {
            let record = String::from_utf8(bytes(record, "record.json")).unwrap();
            record.contains("coffer.wrap.v1.1.")
        });
        let former = former.count();
        (former == 0 && !records.items.is_empty())
            .then_some(())
            .ok_or(former)
    })
    .await;
    for row in [
        "another root key",
        "a restart",
        "a restart without the first",
    ] {
        ns.operator_caught_up().await;
        let after = reaches(&ns, row, Active).await;
        assert_follows(row, &before, &after, 0);
        if row == "a restart" {
            set("root-1", Json::Null).await;
        }
        isolated.restart().await;
    }
}
