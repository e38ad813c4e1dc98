//! Patches that are wrong.

use serde_json::{Value as Json, json};

use super::Proof;
use crate::canary::proof::Quoted;
use crate::support::manifest;

/// A patch with this value.
type Patch = fn(&str) -> Json;

const PATH: &str = "/spec/data/value/value";

/// Its type, and whether a field of it has the type of another.
const PATCHES: [(&str, Quoted, Patch); 8] = [
    ("merge", Quoted::InTheLog, |value| {
        item(&json!({ "value": [value] }))
    }),
    ("merge", Quoted::InTheLog, |value| item(&json!(value))),
    (
        "merge",
        Quoted::InTheLog,
        |value| json!({ "spec": { "data": value } }),
    ),
    ("merge", Quoted::Nowhere, |value| {
        item(&json!({ "value": value, "encoding": "Base64" }))
    }),
    (
        "json",
        Quoted::Nowhere,
        |value| json!([{ "op": "test", "path": PATH, "value": value }]),
    ),
    (
        "json",
        Quoted::Nowhere,
        |value| json!([{ "op": "add", "path": "/spec/a/b", "value": value }]),
    ),
    (
        "json",
        Quoted::InTheLog,
        |value| json!([{ "op": "replace", "path": PATH, "value": { "a": value } }]),
    ),
    ("strategic", Quoted::Nowhere, |value| {
        item(&json!({ "value": value }))
    }),
];

/// All of them are refused.
pub(super) async fn all(proof: &Proof) {
    proof
        .ns
        .apply(&manifest::plain("patched", "vault", "v"))
        .await;
    for (number, (kind, quoted, patch)) in PATCHES.into_iter().enumerate() {
        let value = proof.mark_quoted(&format!("a wrong patch: {number}, {kind}"), quoted);
        let (kind, patch) = (format!("--type={kind}"), patch(&value).to_string());
        let arguments = ["patch", "csec", "patched", &kind, "-p", &patch];
        let (success, said) = proof.kubectl(&arguments, "").await;
        assert!(!success, "{number}: {said}");
    }
}

fn item(item: &Json) -> Json {
    json!({ "spec": { "data": { "value": item } } })
}
