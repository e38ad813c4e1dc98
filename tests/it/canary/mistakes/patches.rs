//! Patches that are wrong.

use serde_json::{Value as Json, json};

use super::Proof;
use crate::canary::marks::{Answer, Quoted};
use crate::support::manifest;

/// A patch with this value.
type Patch = fn(&str) -> Json;

const PATH: &str = "/spec/data/value/value";

/// Its type, how it is answered, and whether a field of it has the type of another.
const PATCHES: [(&str, u16, Quoted, Patch); 8] = [
    ("merge", 422, Quoted::InTheLog, |value| {
        item(&json!({ "value": [value] }))
    }),
    ("merge", 422, Quoted::InTheLog, |value| item(&json!(value))),
    (
        "merge",
        422,
        Quoted::InTheLog,
        |value| json!({ "spec": { "data": value } }),
    ),
    ("merge", 422, Quoted::Nowhere, |value| {
        item(&json!({ "value": value, "encoding": "Base64" }))
    }),
    (
        "json",
        422,
        Quoted::Nowhere,
        |value| json!([{ "op": "test", "path": PATH, "value": value }]),
    ),
    (
        "json",
        422,
        Quoted::Nowhere,
        |value| json!([{ "op": "add", "path": "/spec/a/b", "value": value }]),
    ),
    (
        "json",
        422,
        Quoted::InTheLog,
        |value| json!([{ "op": "replace", "path": PATH, "value": { "a": value } }]),
    ),
    ("strategic", 415, Quoted::Nowhere, |value| {
        item(&json!({ "value": value }))
    }),
];

/// All of them are refused.
pub(super) async fn all(proof: &Proof) {
    proof
        .ns
        .apply(&manifest::plain("patched", "vault", "v"))
        .await;
    for (number, (kind, code, quoted, patch)) in PATCHES.into_iter().enumerate() {
        // What is of no type that there is, is not read, and so in no audit log.
        let is_read = code != 415;
        let answer = if is_read {
            Answer::Refused(code)
        } else {
            Answer::Unsent
        };
        let way = format!("a wrong patch: {number}, {kind}");
        let value = proof.mark_quoted(&way, answer, quoted);
        let (kind, patch) = (format!("--type={kind}"), patch(&value).to_string());
        let arguments = ["patch", "csec", "patched", &kind, "-p", &patch];
        let (success, said) = proof.kubectl(&arguments, "").await;
        assert!(!success, "{number}: {said}");
        let says_so = said.contains("the body of the request was in an unknown format");
        assert_eq!(says_so, !is_read, "{number}: {said}");
    }
    misspelt(proof).await;
}

/// Over what is there, kubectl applies by a patch, and asks for strict validation.
async fn misspelt(proof: &Proof) {
    for misspelt in ["vaule", "value"] {
        let way = format!("apply over what is there, misspelt {misspelt}");
        let value = proof.mark_quoted(&way, Answer::Refused(422), Quoted::InTheAnswer);
        let data = json!({ "value": { misspelt: value, "vlaue": "v" } });
        let manifest = manifest::secret_with("patched", "vault", &data.to_string(), "null");
        let (success, said) = proof.kubectl(&["apply", "-f", "-"], &manifest).await;
        assert!(!success, "{said}");
    }
}

fn item(item: &Json) -> Json {
    json!({ "spec": { "data": { "value": item } } })
}
