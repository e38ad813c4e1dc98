//! After a crash, a restart or a long sleep, the state follows from the resources alone.

use kube::api::{DeleteParams, PostParams};
use std::time::Duration;

use coffer::api::Reason;
use k8s_openapi::api::core::v1 as core;
use kube::{Api, ResourceExt as _};
use serde_json::json;

use crate::support::audit::Call;
use crate::support::{Canary, Cluster, Isolated, Namespace, Options, bytes, manifest};

async fn many(ns: &Namespace, count: usize) -> Vec<String> {
    let author = ns.sealer_of_new_store("vault").await;
    let names: Vec<_> = (0..count).map(|n| format!("s{n}")).collect();
    for name in &names {
        let envelope = author.strict(name, "value", name.as_bytes());
        ns.apply(&manifest::secret(name, &envelope)).await;
    }
    names
}

async fn are_delivered(ns: &Namespace, names: &[String]) {
    for name in names {
        let secret = ns.ready(name).await;
        assert_eq!(ns.bytes(name, "value").await, name.as_bytes());
        assert_eq!(secret.status.unwrap().version, Some(1));
        assert_eq!(ns.events(name).await, []);
    }
}

fn writes(cluster: &Cluster) -> Vec<String> {
    let calls = cluster.all_api_calls().into_iter();
    calls
        .filter(Call::is_write)
        .map(|call| format!("{call} {}", call.code))
        .collect()
}

#[tokio::test]
async fn a_kill_in_the_middle_of_many_syncs_leaves_no_conflict_and_no_alarm() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("restart").await;
    let names = many(&ns, 60).await;
    for _ in 0..3 {
        isolated.restart().await;
    }
    are_delivered(&ns, &names).await;
}

#[tokio::test]
async fn a_restart_with_everything_in_sync_writes_nothing() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("restart").await;
    let names = many(&ns, 20).await;
    are_delivered(&ns, &names).await;
    ns.usage("vault", 20).await;
    isolated.stop_operator().await;
    let before = writes(&isolated.cluster);
    isolated.start_operator().await;
    // Something to do, after all the others were looked at.
    ns.edit_native("s7", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("s7", "is put back", |native| {
        bytes(native, "value") == b"s7"
    })
    .await;
    ns.event("s7", "TargetRepaired").await;
    let after = writes(&isolated.cluster);
    assert_eq!(
        after[before.len()..],
        [
            "patch secrets 200",
            "patch secrets.coffer.dev/status 200",
            "create events.events.k8s.io 201",
        ],
        "{after:?}"
    );
}

#[tokio::test]
async fn what_happened_while_the_operator_was_down_is_made_good() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("restart").await;
    let names = many(&ns, 5).await;
    are_delivered(&ns, &names).await;
    ns.store("going", "{ deletionPolicy: Cascade }").await;
    ns.apply(&manifest::secret_with(
        "gone",
        "going",
        r#"{ value: { value: "v" } }"#,
        "{}",
    ))
    .await;
    ns.ready("gone").await;
    isolated.stop_operator().await;

    let canary = Canary::new();
    ns.edit_native("s0", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.natives()
        .delete("s1", &DeleteParams::default())
        .await
        .unwrap();
    ns.edit("s2", json!({ "spec": { "target": { "name": "moved" } } }))
        .await;
    ns.edit("s3", json!({ "spec": { "target": null } })).await;
    let value = json!({ "value": canary.value() });
    ns.edit("s4", json!({ "spec": { "data": { "value": value } } }))
        .await;
    ns.stores()
        .delete("going", &DeleteParams::default())
        .await
        .unwrap();

    isolated.start_operator().await;
    for name in ["s0", "s1"] {
        ns.native(name, "is put back", |native| {
            bytes(native, "value") == name.as_bytes()
        })
        .await;
    }
    for name in ["s2", "s3", "s4"] {
        ns.ready(name).await;
    }
    assert_eq!(ns.bytes("moved", "value").await, b"s2");
    ns.native_gone("s2").await;
    ns.native_gone("s3").await;
    assert_eq!(ns.bytes("s4", "value").await, canary.value().as_bytes());
    let object = ns.secrets().get("s4").await.unwrap();
    canary.assert_absent("the object", &json!(object).to_string());
    ns.native_gone("gone").await;
}

#[tokio::test]
async fn an_operator_that_was_frozen_goes_on_with_what_is_true_now() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("restart").await;
    ns.delivered("stripe", b"v").await;
    isolated.freeze();
    // Many versions that it never sees, then the name in other hands.
    for n in 0..20 {
        ns.edit("stripe", json!({ "spec": { "comment": n.to_string() } }))
            .await;
    }
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
    ns.apply(
        "apiVersion: v1\nkind: Secret\nmetadata: { name: stripe }\nstringData: { theirs: x }\n",
    )
    .await;
    let foreign = ns.natives().get("stripe").await.unwrap();
    ns.apply(&manifest::secret("stripe", "v")).await;
    isolated.thaw();
    ns.problem("stripe", Reason::TargetConflict).await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), foreign);
}

#[tokio::test]
async fn without_its_keyring_the_operator_does_not_start_and_makes_no_new_one() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("restart").await;
    ns.delivered("stripe", b"v").await;
    isolated.stop_operator().await;
    let keys: Api<core::Secret> = Api::namespaced(isolated.cluster.client.clone(), "coffer-system");
    let keyring = keys.get("coffer-keyring").await.unwrap();
    keys.delete("coffer-keyring", &DeleteParams::default())
        .await
        .unwrap();

    isolated.start_operator_unready().await;
    let operator = isolated.operator.as_mut().unwrap();
    let ended = operator
        .process
        .wait_at_most(Duration::from_secs(30))
        .await
        .unwrap();
    assert!(!ended.unwrap().success());
    let log = isolated.cluster.operator_log();
    assert!(
        log.contains(
            "the keyring coffer-system/coffer-keyring is missing, but 1 stores have keys that only it can \
             unwrap. Restore that native Secret from a backup."
        ),
        "{log}"
    );
    assert!(keys.get_opt("coffer-keyring").await.unwrap().is_none());

    // Restored, everything is as before.
    let mut restored = core::Secret {
        data: keyring.data.clone(),
        ..core::Secret::default()
    };
    restored.metadata.name = Some(keyring.name_any());
    restored.metadata.labels = Some(keyring.labels().clone());
    keys.create(&PostParams::default(), &restored)
        .await
        .unwrap();
    isolated.start_operator().await;
    ns.edit_native("stripe", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("stripe", "is put back", |native| {
        bytes(native, "value") == b"v"
    })
    .await;
}
