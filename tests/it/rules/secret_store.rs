//! What a SecretStore may not be.

use serde_json::json;

use super::{are_refused, object};
use crate::support::Canary;

#[tokio::test]
async fn what_a_store_cannot_be_is_refused() {
    let store = |spec| object("SecretStore", &spec);
    let sealing = |sealing| store(json!({ "sealing": sealing }));
    let cases = vec![
        (
            "a long description",
            store(json!({ "description": "x".repeat(1025) })),
            "spec.description: Too long: may not be more than 1024 bytes".to_owned(),
        ),
        (
            "an unknown suite",
            sealing(json!({ "suite": "RSA" })),
            r#"spec.sealing.suite: Unsupported value: "RSA": supported values: "XWing", "X25519""#.to_owned(),
        ),
        (
            "a suite that is not for authors",
            sealing(json!({ "suite": "XChaCha20Poly1305" })),
            r#"spec.sealing.suite: Unsupported value: "XChaCha20Poly1305": supported values: "XWing", "X25519""#.to_owned(),
        ),
        (
            "an unknown binding",
            sealing(json!({ "bindings": ["Cluster"] })),
            r#"spec.sealing.bindings[0]: Unsupported value: "Cluster": supported values: "Strict", "Store""#.to_owned(),
        ),
        (
            "a binding twice",
            sealing(json!({ "bindings": ["Store", "Store"] })),
            r#"spec.sealing.bindings[1]: Duplicate value: "Store""#.to_owned(),
        ),
        (
            "three bindings",
            sealing(json!({ "bindings": ["Strict", "Store", "Strict"] })),
            r#"[spec.sealing.bindings: Too many: 3: must have at most 2 items, spec.sealing.bindings[2]: Duplicate value: "Strict"]"#.to_owned(),
        ),
        (
            "an unknown policy",
            store(json!({ "deletionPolicy": "Force" })),
            r#"spec.deletionPolicy: Unsupported value: "Force": supported values: "Refuse", "Cascade""#.to_owned(),
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}
