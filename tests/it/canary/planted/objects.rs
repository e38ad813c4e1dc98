//! In objects of every kind, in what is left of them, and in what is logged about them.

use serde_json::json;

use super::{Place, Proof};
use crate::support::manifest;

/// Puts the value there; says where.
pub(super) async fn objects(proof: &Proof, value: &str) -> Vec<Place> {
    let ns = &proof.ns;
    let each = |write: fn(u8) -> String| value.bytes().map(write).collect::<String>();
    let note = json!({
        "plain": format!("the value is {value}."),
        "hex": each(|byte| format!("{byte:02X}")),
        "url": each(|byte| format!("%{byte:02x}")),
        "list": format!("{:#?}", value.as_bytes()),
    });
    // As a name, it is in keys, paths, and in what the operator logs; as a note, in a value.
    let object = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "SecretStore",
        "metadata": { "name": value, "annotations": { "note": note.to_string() } },
        "spec": {},
    });
    ns.try_create(object).await.unwrap();
    ns.store_ready(value).await;
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": "planted" },
        "involvedObject": { "namespace": ns.name }, "message": value,
    });
    ns.try_create(event).await.unwrap();
    // A native Secret that is meant to hold another value.
    let foreign = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "planted" },
        "stringData": { "k": value },
    });
    ns.try_create(foreign).await.unwrap();
    // A condition, which the operator writes over, of an object that goes.
    let sealed = ns.sealer("vault").await.strict("gone", "value", b"v");
    ns.apply(&manifest::plain("gone", "vault", &sealed)).await;
    let condition = json!({
        "type": "Planted", "status": "True", "reason": "Planted", "message": value,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    let patch = json!({ "status": { "conditions": [condition] } }).to_string();
    let arguments = [
        "patch",
        "csec",
        "gone",
        "--subresource=status",
        "--type=merge",
        "-p",
    ];
    proof
        .kubectl_does(&[&arguments[..], &[&patch]].concat(), "")
        .await;
    ns.ready("gone").await;
    ns.delete("gone").await;
    let space = &ns.name;
    let store = format!("etcd: /registry/coffer.dev/secretstores/{space}/{value}");
    let ours = format!("/apis/coffer.dev/v1alpha1/namespaces/{space}");
    vec![
        (store.clone(), "plain"),
        (store.clone(), "hex"),
        (store.clone(), "URL-escaped"),
        (store, "numbers"),
        (format!("etcd: /registry/events/{space}/planted"), "plain"),
        (format!("etcd: /registry/secrets/{space}/planted"), "plain"),
        (
            format!("etcd: /registry/coffer.dev/secrets/{space}/gone"),
            "plain",
        ),
        ("/member/wal/".to_owned(), "plain"),
        ("/member/wal/".to_owned(), "hex"),
        (
            format!("the audit log: create coffer-admin {ours}/secretstores"),
            "plain",
        ),
        (
            format!("the audit log: patch coffer-admin {ours}/secrets/gone/status"),
            "plain",
        ),
        (
            format!("the audit log: create coffer-admin /api/v1/namespaces/{space}/secrets"),
            "base64",
        ),
        ("/operator.log: ".to_owned(), "plain"),
    ]
}
