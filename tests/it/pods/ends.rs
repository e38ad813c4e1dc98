//! What is left of a Secret, and names that are free again.

use coffer::api::Reason;
use serde_json::json;

use super::{INSIDE, OUTSIDE, env, lists, pod, refused, restricted, scoped, taken};
use crate::support::eventually;

#[tokio::test]
async fn what_is_retained_is_for_no_pod_until_its_label_is_taken_off() {
    let ns = restricted().await;
    let retain = "target: { deletionPolicy: Retain }";
    ns.apply(&scoped("kept", "[checkout]").replace("target: {}", retain))
        .await;
    ns.ready("kept").await;
    lists(&ns, &["kept", "stripe"]).await;
    ns.delete("kept").await;
    // Nor for those who have others by the same scope.
    for account in [INSIDE, OUTSIDE] {
        let told = refused(&ns, &pod(account, &env("kept"))).await;
        let words = format!(
            "may not use Secret \"kept\", which is left over from a Secret of namespace \"{}\" that is gone, or is no longer \
             delivered here: it is for nobody. Take the reference out",
            ns.name
        );
        assert!(told.contains(&words), "{told}");
    }
    ns.operator_caught_up().await;
    lists(&ns, &["kept", "stripe"]).await;
    ns.edit_native("kept", json!({ "metadata": { "labels": null } }))
        .await;
    lists(&ns, &["stripe"]).await;
    taken(&ns, &pod(OUTSIDE, &env("kept"))).await;
}

/// Also where it goes as soon as it has come: nobody holds the name that Coffer has nothing by.
#[tokio::test]
async fn a_name_is_free_once_its_native_secret_is_gone() {
    let ns = restricted().await;
    for number in 0..5 {
        let name = format!("brief{number}");
        ns.apply(&scoped(&name, "[checkout]")).await;
        eventually("it is made", async || {
            let native = ns.natives().get_opt(&name).await.unwrap();
            native.map(|_| ()).ok_or("not yet")
        })
        .await;
        ns.edit(&name, json!({ "spec": { "target": null } })).await;
        ns.native_gone(&name).await;
    }
    lists(&ns, &["stripe"]).await;
    ns.kubectl(&["create", "secret", "generic", "brief0"], "")
        .await;
    taken(&ns, &pod(OUTSIDE, &env("brief0"))).await;
    let target = "target: { name: brief1 }";
    ns.apply(&scoped("another", "[checkout]").replace("target: {}", target))
        .await;
    ns.ready("another").await;
    ns.edit(
        "another",
        json!({ "spec": { "target": { "name": "brief0" } } }),
    )
    .await;
    ns.problem("another", Reason::TargetConflict).await;
    lists(&ns, &["brief1", "stripe"]).await;
}
