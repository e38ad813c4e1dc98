//! Values are put where they must not be, in every form: the search finds each of them in each place. Without
//! this, that it finds nothing would prove nothing.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::Proof;
use super::search::Sighting;

/// Everything.
pub(super) async fn all(proof: &Proof) {
    let value = proof.mark("planted");
    let hex: Vec<_> = value.bytes().map(|byte| format!("{byte:02X}")).collect();
    let url: Vec<_> = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let note = json!({
        "plain": format!("the value is {value}."),
        "base64": BASE64_STANDARD.encode(format!("x{value}")),
        "hex": hex.concat(),
        "url": url.concat(),
    });
    // As a name, it is in keys, paths, and in what the operator logs; as a note, in a value.
    let object = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "SecretStore",
        "metadata": { "name": value, "annotations": { "note": note.to_string() } },
        "spec": {},
    });
    proof.ns.try_create(object).await.unwrap();
    proof.ns.store_ready(&value).await;
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": "planted" },
        "involvedObject": { "namespace": proof.ns.name }, "message": value,
    });
    proof.ns.try_create(event).await.unwrap();
    proof
        .kubectl_does(&["get", "cstore", "-o", "yaml"], "")
        .await;
    proof.coffer(&["get", &value], "").await;
    std::fs::write(proof.home.path().join("left behind"), &value).unwrap();
    // A native Secret that is meant to hold another value.
    let home = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "planted" },
        "stringData": { "k": value },
    });
    proof.ns.try_create(home).await.unwrap();

    let sightings = proof.search().await.sightings;
    let ns = &proof.ns.name;
    let store = format!("etcd: /registry/coffer.dev/secretstores/{ns}/{value}");
    for (place, form) in [
        (store.as_str(), "plain"),
        (&store, "base64"),
        (&store, "hex"),
        (&store, "URL-escaped"),
        (&format!("etcd: /registry/events/{ns}/planted"), "plain"),
        (&format!("etcd: /registry/secrets/{ns}/planted"), "plain"),
        ("/member/wal/", "plain"),
        ("/member/wal/", "hex"),
        ("the audit log: create coffer-admin", "plain"),
        ("the audit log: create coffer-admin", "base64"),
        ("operator.log", "plain"),
        ("stdout of `kubectl get cstore -o yaml`", "URL-escaped"),
        ("stderr of `coffer get", "plain"),
        ("/left behind", "plain"),
    ] {
        let is_it = |it: &&Sighting| it.place.contains(place) && it.form == form;
        assert!(sightings.iter().any(|it| is_it(&it)), "{form} in {place}");
    }
}
