//! `status.version` and its companions count changes of the values, and nothing else.

use coffer::api::{SecretState, SecretStatus};
use kube::ResourceExt as _;
use kube::api::PatchParams;
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Namespace, eventually, manifest};

async fn after(ns: &Namespace, change: Json) -> SecretStatus {
    ns.edit("stripe", change).await;
    ns.ready("stripe").await.status.unwrap()
}

#[tokio::test]
async fn a_new_secret_has_version_1() {
    let ns = Cluster::namespace("version").await;
    let secret = ns.delivered("stripe", b"v").await;
    let store = ns.stores().get("vault").await.unwrap();
    let status = secret.status.clone().unwrap();
    assert_eq!(status.version, Some(1));
    assert_eq!(status.state, Some(SecretState::Active));
    assert_eq!(status.created, secret.metadata.creation_timestamp);
    assert!(status.modified.unwrap().0 >= status.created.unwrap().0);
    assert_eq!(status.id.unwrap(), secret.labels()["coffer.dev/id"]);
    assert_eq!(status.store_id.unwrap(), store.labels()["coffer.dev/id"]);
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(status.deliveries[0].uid, native.uid().unwrap());
    assert_eq!(
        status.deliveries[0].resource_version,
        native.resource_version().unwrap()
    );
}

#[tokio::test]
async fn a_changed_value_counts() {
    let ns = Cluster::namespace("version").await;
    ns.delivered("stripe", b"one").await;
    let author = ns.sealer("vault").await;
    for (version, value) in [(2, b"two"), (3, b"one")] {
        let sealed = author.strict("stripe", "value", value);
        let change = json!({ "spec": { "data": { "value": { "value": sealed } } } });
        assert_eq!(after(&ns, change).await.version, Some(version));
    }
}

#[tokio::test]
async fn an_added_key_counts() {
    let ns = Cluster::namespace("version").await;
    ns.delivered("stripe", b"v").await;
    let change = json!({ "spec": { "data": { "more": { "value": "x" } } } });
    assert_eq!(after(&ns, change).await.version, Some(2));
}

async fn does_not_count(change: Json) {
    let ns = Cluster::namespace("version").await;
    let before = ns.delivered("stripe", b"v").await.status.unwrap();
    let after = after(&ns, change).await;
    assert_eq!(after.version, Some(1));
    assert_eq!(after.modified, before.modified);
}

#[tokio::test]
async fn a_comment_does_not_count() {
    does_not_count(json!({ "spec": { "comment": "live" } })).await;
}

#[tokio::test]
async fn labels_of_the_secret_do_not_count() {
    does_not_count(json!({ "metadata": { "labels": { "a": "b" } } })).await;
}

#[tokio::test]
async fn the_target_does_not_count() {
    let target = json!({ "name": "other", "labels": { "a": "b" } });
    does_not_count(json!({ "spec": { "target": target } })).await;
}

#[tokio::test]
async fn the_removed_target_does_not_count() {
    does_not_count(json!({ "spec": { "target": null } })).await;
}

#[tokio::test]
async fn sealing_the_same_value_again_does_not_count() {
    let ns = Cluster::namespace("version").await;
    let before = ns.delivered("stripe", b"v").await.status.unwrap();
    let native = ns.natives().get("stripe").await.unwrap();
    let sealed = ns.sealer("vault").await.strict("stripe", "value", b"v");
    let change = json!({ "spec": { "data": { "value": { "value": sealed } } } });
    let after = after(&ns, change).await;
    assert_eq!((after.version, after.modified), (Some(1), before.modified));
    assert_eq!(after.fingerprint, before.fingerprint);
    // Nor is the native Secret written.
    assert_eq!(ns.natives().get("stripe").await.unwrap(), native);
}

#[tokio::test]
async fn two_secrets_of_one_value_do_not_show_it() {
    let ns = Cluster::namespace("version").await;
    let one = ns.delivered("one", b"same").await.status.unwrap();
    let two = ns.delivered("two", b"same").await.status.unwrap();
    assert_ne!(one.fingerprint, two.fingerprint);
}

#[tokio::test]
async fn the_store_counts_its_secrets() {
    let ns = Cluster::namespace("version").await;
    ns.store("vault", "{}").await;
    ns.usage("vault", 0).await;
    for n in 0..30 {
        ns.apply(&manifest::plain(&format!("s{n}"), "vault", "v"))
            .await;
    }
    ns.usage("vault", 30).await;
    let writes = ns
        .api_calls()
        .iter()
        .filter(|call| call.to_string() == "patch secretstores.coffer.dev/status")
        .count();
    assert!(writes < 10, "{writes} writes for 30 Secrets");
    ns.delete("s0").await;
    ns.usage("vault", 29).await;
}

#[tokio::test]
async fn a_repair_does_not_count_and_a_problem_keeps_the_version() {
    let ns = Cluster::namespace("version").await;
    ns.delivered("stripe", b"v").await;
    ns.edit("stripe", json!({ "spec": { "data": { "bad": {} } } }))
        .await;
    ns.problem("stripe", coffer::api::Reason::ValueMissing)
        .await;
    let status = ns.secrets().get("stripe").await.unwrap().status.unwrap();
    assert_eq!(status.version, Some(1));
    assert_eq!(status.deliveries.len(), 1);
    let change = json!({ "spec": { "data": { "bad": null } } });
    assert_eq!(after(&ns, change).await.version, Some(1));
}

#[tokio::test]
async fn the_last_transition_is_kept_while_the_status_of_a_condition_stays() {
    let ns = Cluster::namespace("version").await;
    let before = ns.delivered("stripe", b"v").await.status.unwrap();
    let mut conditions = Vec::new();
    for n in 0..3 {
        let change = json!({ "spec": { "comment": n.to_string() } });
        conditions = after(&ns, change).await.conditions;
    }
    assert_eq!(
        conditions[0].last_transition_time,
        before.conditions[0].last_transition_time
    );
    assert_ne!(
        conditions[0].observed_generation,
        before.conditions[0].observed_generation
    );
}

#[tokio::test]
async fn a_status_that_someone_wiped_is_written_again_and_nothing_is_delivered_twice() {
    let ns = Cluster::namespace("version").await;
    ns.delivered("stripe", b"v").await;
    let native = ns.natives().get("stripe").await.unwrap();
    let wiped = json!({ "status": null });
    ns.secrets()
        .patch_status(
            "stripe",
            &PatchParams::default(),
            &kube::api::Patch::Merge(wiped),
        )
        .await
        .unwrap();
    let secrets = ns.secrets();
    eventually("the status is back", async || {
        crate::support::settled(&secrets.get("stripe").await.unwrap())
    })
    .await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), native);
}

/// Without webhooks nobody sets the label.
#[tokio::test]
async fn without_a_label_the_id_is_the_uid() {
    let ns = Cluster::namespace_in_controller_mode("version").await;
    let secret = ns.delivered("stripe", b"v").await;
    let store = ns.stores().get("vault").await.unwrap();
    let status = secret.status.clone().unwrap();
    assert_eq!(status.id.unwrap(), secret.uid().unwrap().replace('-', ""));
    let store_id = store.uid().unwrap().replace('-', "");
    assert_eq!(status.store_id.unwrap(), store_id);
}
