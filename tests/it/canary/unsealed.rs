//! The admission mode Controller: there is no webhook, so a value rests in clear from the write that brings
//! it until the controller has sealed it. In that object's old revisions it stays as long as etcd keeps them,
//! and a condition says so. Nobody else gets to see it.

use std::collections::{BTreeMap, BTreeSet};

use coffer::api::{ConditionType, Reason};
use serde_json::json;

use super::Proof;
use super::marks::Answer;
use crate::support::canary::Hunt;
use crate::support::etcd;
use crate::support::{condition, manifest};

#[tokio::test(flavor = "multi_thread")]
async fn without_webhooks_a_value_is_in_old_revisions_of_its_object_and_nowhere_else() {
    let proof = Proof::begin_without_webhooks().await;
    let brought = [
        ("created", &["create", "-f", "-"][..]),
        ("applied", &["apply", "-f", "-"]),
        ("server-side", &["apply", "--server-side", "-f", "-"]),
        ("replaced", &["replace", "-f", "-"]),
    ];
    for (name, way) in brought {
        let value = proof.mark_for(&way.join(" "), &[name], Answer::Unsent);
        if name == "replaced" {
            proof.ns.apply(&manifest::secret(name, "first")).await;
        }
        proof
            .kubectl_does(way, &manifest::secret(name, &value))
            .await;
        let secret = proof.ns.ready(name).await;
        let sealed = condition(&secret, ConditionType::Sealed).unwrap();
        assert_eq!(sealed.reason, Reason::SealedByController.as_str(), "{name}");
        let told = "a value was stored in plaintext until the controller sealed it";
        assert!(sealed.message.starts_with(told), "{}", sealed.message);
    }
    // Pruned, but for the copy that kubectl keeps.
    let value = proof.mark("a misspelt field", Answer::Unsent);
    let data = json!({ "value": { "vaule": value } }).to_string();
    let typo = manifest::secret_with("typo", "vault", &data, "{}");
    proof
        .kubectl_does(&["apply", "--validate=false", "-f", "-"], &typo)
        .await;
    proof.ns.problem("typo", Reason::ValueMissing).await;
    // What cannot be sealed waits in clear for its author, and the condition names it.
    let value = proof.mark("not base64", Answer::Unsent);
    let data = json!({ "value": { "value": value, "encoding": "Base64" } }).to_string();
    let bad = manifest::secret_with("bad", "vault", &data, "{}");
    proof.kubectl_does(&["create", "-f", "-"], &bad).await;
    proof.ns.problem("bad", Reason::EncodingInvalid).await;
    proof.ns.operator_caught_up().await;

    assert_only_in_old_revisions(&proof).await;
    let objects = [
        "created",
        "applied",
        "server-side",
        "replaced",
        "typo",
        "bad",
    ];
    let known: Vec<_> = objects.map(|name| object(&proof, name)).into();
    let sightings = proof.search().await.sightings;
    let elsewhere: Vec<_> = sightings
        .into_iter()
        .filter(|it| {
            !known
                .iter()
                .any(|key| it.place.starts_with(&format!("etcd: {key} ")))
        })
        // The raw files have the old revisions as well.
        .filter(|it| !it.place.contains("/etcd/"))
        .map(|it| it.to_string())
        .collect();
    assert!(elsewhere.is_empty(), "{}", elsewhere.join("\n"));
}

/// The key of a Secret in etcd.
fn object(proof: &Proof, name: &str) -> String {
    format!("/registry/coffer.dev/secrets/{}/{name}", proof.ns.name)
}

/// The last revision of each object is clean, but of the one that nobody can seal; older ones are not.
async fn assert_only_in_old_revisions(proof: &Proof) {
    let marks = proof.marks.lock().unwrap().clone();
    let hunt = Hunt::new(marks.iter().map(|mark| &mark.canary));
    let mut latest = BTreeMap::new();
    let mut ever = BTreeSet::new();
    for record in etcd::history(&proof.isolated.control_plane.etcd_url()).await {
        if record.key.starts_with("/registry/coffer.dev/secrets/") {
            let in_clear = !hunt.find(&record.value).is_empty();
            if in_clear {
                ever.insert(record.key.clone());
            }
            latest.insert(record.key, in_clear);
        }
    }
    let now: Vec<_> = latest.iter().filter(|(_, in_clear)| **in_clear).collect();
    assert_eq!(now, [(&object(proof, "bad"), &true)]);
    for name in ["created", "applied", "server-side", "replaced", "typo"] {
        assert!(
            ever.contains(&object(proof, name)),
            "{name} was sealed by someone else"
        );
    }
}
