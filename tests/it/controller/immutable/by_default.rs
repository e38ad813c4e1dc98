//! Immutable targets that Secrets have from their store.

use kube::api::{Patch, PatchParams};

use super::*;

/// The Secret `stripe` without a target, of a store with this one.
async fn delivered(ns: &Namespace, default: &str) -> SecretStatus {
    ns.store("vault", &format!("{{ defaultTarget: {default} }}"))
        .await;
    ns.apply(&manifest::plain("stripe", "vault", "one")).await;
    ns.ready("stripe").await.status.unwrap()
}

async fn set_default(ns: &Namespace, target: serde_json::Value) {
    let patch = Patch::Merge(json!({ "spec": { "defaultTarget": target } }));
    let stores = ns.stores();
    let params = PatchParams::default();
    stores.patch("vault", &params, &patch).await.unwrap();
}

/// Waits until these are the native Secrets, and no others.
async fn come_to(ns: &Namespace, names: &[&String]) {
    let mut wanted: Vec<_> = names.iter().map(|it| (*it).clone()).collect();
    wanted.sort();
    crate::support::eventually(&format!("{wanted:?} are there"), async || {
        let there = natives(ns).await;
        (there == wanted)
            .then_some(())
            .ok_or_else(|| there.join(", "))
    })
    .await;
}

#[tokio::test]
async fn each_content_has_one_of_its_own_and_the_history_is_that_of_the_store() {
    let ns = Cluster::namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true, history: 1 }").await);
    let two = current(&change(&ns, "two").await);
    let status = change(&ns, "three").await;
    let three = current(&status);
    assert_eq!(former(&status), [&*two]);
    come_to(&ns, &[&two, &three]).await;
    ns.native_gone(&one).await;
    // Not to be immutable any more is to have another name.
    set_default(&ns, json!({ "immutable": null, "history": null })).await;
    come_to(&ns, &[&"stripe".to_owned()]).await;
    set_default(&ns, json!({ "immutable": true })).await;
    come_to(&ns, &[&three]).await;
}

#[tokio::test]
async fn all_versions_go_with_the_stores_target() {
    let ns = Cluster::namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true }").await);
    let two = current(&change(&ns, "two").await);
    come_to(&ns, &[&one, &two]).await;
    set_default(&ns, serde_json::Value::Null).await;
    come_to(&ns, &[]).await;
    let secrets = ns.secrets();
    crate::support::eventually("the status names none", async || {
        let status = secrets.get("stripe").await.unwrap().status.unwrap();
        let names = (status.target_name, status.former_targets);
        (names == (None, vec![]))
            .then_some(())
            .ok_or_else(|| json!(names).to_string())
    })
    .await;
}

#[tokio::test]
async fn a_secret_whose_name_leaves_no_room_for_digits_is_told_where_the_target_is() {
    let ns = Cluster::unadvised_namespace("immutable").await;
    ns.store("vault", "{ defaultTarget: { immutable: true } }")
        .await;
    let long = "x".repeat(243);
    ns.apply(&manifest::plain(&long, "vault", "v")).await;
    let told = ns.problem(&long, Reason::TargetInvalid).await;
    assert!(told.contains("at most 242 characters"), "{told}");
    assert!(
        told.ends_with("(its target is `spec.defaultTarget` of SecretStore `vault`)"),
        "{told}"
    );
    let room = "x".repeat(242);
    ns.apply(&manifest::plain(&room, "vault", "v")).await;
    ns.ready(&room).await;
}
