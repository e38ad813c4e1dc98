//! What is left of a Secret.

use serde_json::json;

use super::{INSIDE, OUTSIDE, env, lists, pod, refused, restricted, scoped, taken};

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
        assert!(told.contains("nobody any more"), "{told}");
    }
    ns.operator_caught_up().await;
    lists(&ns, &["kept", "stripe"]).await;
    ns.edit_native("kept", json!({ "metadata": { "labels": null } }))
        .await;
    lists(&ns, &["stripe"]).await;
    taken(&ns, &pod(OUTSIDE, &env("kept"))).await;
}
