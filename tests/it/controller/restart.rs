//! After a crash, a restart or a long sleep, the state follows from the resources alone.

use coffer::api::Reason;
use kube::api::DeleteParams;
use serde_json::json;

use crate::support::{Canary, Isolated, Namespace, Options, bytes, manifest};

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

#[tokio::test]
async fn what_happened_while_the_operator_was_down_is_made_good() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
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
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
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

/// The end that a signal asks for is no failure, however quickly the controllers follow it.
#[tokio::test]
async fn an_operator_that_is_told_to_end_ends_well_each_time() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    for _ in 0..8 {
        isolated.stop_operator().await;
        isolated.start_operator().await;
    }
}
