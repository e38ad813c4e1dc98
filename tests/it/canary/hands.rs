//! Native Secrets that others change or made before: put back, left alone, taken over.

use coffer::api::Reason;
use serde_json::json;

use super::Proof;
use super::marks::Answer::{Taken, Unsent};
use crate::support::manifest;

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    put_back(proof).await;
    taken_over(proof).await;
}

/// Changed, added to and deleted.
async fn put_back(proof: &Proof) {
    let (ns, name) = (&proof.ns, "changed");
    let value = proof.mark_for("a native Secret that is put back", &[name], Taken);
    let manifest = manifest::secret(name, &value);
    proof.kubectl_does(&["create", "-f", "-"], &manifest).await;
    ns.ready(name).await;
    for key in ["value", "added"] {
        let other = proof.mark_for(&format!("{key}, by hand"), &[name], Unsent);
        ns.edit_native(name, json!({ "stringData": { key: other } }))
            .await;
        is_so(proof, name, &value).await;
    }
    proof.kubectl_does(&["delete", "secret", name], "").await;
    is_so(proof, name, &value).await;
    ns.ready(name).await;
}

async fn is_so(proof: &Proof, name: &str, value: &str) {
    let is_so = |data: &std::collections::BTreeMap<String, k8s_openapi::ByteString>| {
        data.len() == 1 && data["value"].0 == value.as_bytes()
    };
    let natives = proof.ns.natives();
    crate::support::eventually("it is put back", async || {
        let native = natives.get_opt(name).await.unwrap();
        let data = native.and_then(|native| native.data);
        data.is_some_and(|data| is_so(&data))
            .then_some(())
            .ok_or("it is not")
    })
    .await;
}

/// Foreign, then with a consent that is for another, then with the right one.
async fn taken_over(proof: &Proof) {
    let (ns, name) = (&proof.ns, "foreign");
    let theirs = proof.mark_for("a foreign native Secret", &[name], Unsent);
    let native = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name },
        "stringData": { "value": theirs, "theirs": theirs },
    });
    ns.try_create(native).await.unwrap();
    let value = proof.mark_for("over a foreign native Secret", &[name], Taken);
    let manifest = manifest::secret(name, &value);
    proof.kubectl_does(&["create", "-f", "-"], &manifest).await;
    ns.problem(name, Reason::TargetConflict).await;
    let label = ["label", "--overwrite", "secret", name];
    for (consent, is_taken) in [
        ("coffer.dev/adopt=other", false),
        ("coffer.dev/adopt=foreign", true),
    ] {
        proof
            .kubectl_does(&[&label[..], &[consent]].concat(), "")
            .await;
        ns.operator_caught_up().await;
        if is_taken {
            ns.ready(name).await;
        } else {
            ns.problem(name, Reason::TargetConflict).await;
        }
    }
    is_so(proof, name, &value).await;
}
