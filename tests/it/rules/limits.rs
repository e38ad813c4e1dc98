//! What lies just inside the limits.

use coffer::crypto::{BindingKind, Place, StoreKey, Suite};
use serde_json::json;

use super::{are_accepted, item, many, object, secret, target};

fn sealed(suite: Suite, bytes: usize) -> String {
    let place = Place {
        kind: "Secret",
        namespace: "any",
        store: "vault",
        name: "it",
        key: "k",
    };
    let key = StoreKey::generate(suite);
    let envelope = key.seal(BindingKind::Strict, &place, &vec![0; bytes]);
    envelope.unwrap().to_string()
}

#[tokio::test]
async fn the_largest_values_are_accepted() {
    let base64 = "A".repeat(87_380) + "AA==";
    let mut cases = vec![
        ("text", item(&json!({ "value": "x".repeat(65_536) }))),
        (
            "base64",
            item(&json!({ "value": base64, "encoding": "Base64" })),
        ),
        ("an empty value", item(&json!({ "value": "" }))),
        (
            "64 keys",
            secret(&json!({ "data": many(64, &json!({ "value": "x".repeat(8_192) })) })),
        ),
        (
            "512 KiB in envelopes",
            secret(&json!({ "data": many(8, &json!({ "value": sealed(Suite::XWing, 65_536) })) })),
        ),
        (
            "512 KiB in 64 envelopes",
            secret(&json!({ "data": many(64, &json!({ "value": sealed(Suite::XWing, 8_192) })) })),
        ),
        (
            "512 KiB in base64",
            secret(&json!({ "data": many(8, &json!({ "value": base64, "encoding": "Base64" })) })),
        ),
    ];
    for suite in Suite::ALL {
        let value = sealed(suite, 65_536);
        cases.push(("an envelope", item(&json!({ "value": value }))));
        let value = json!({ "value": value, "encoding": "Base64" });
        cases.push(("an envelope with its encoding", item(&value)));
    }
    are_accepted(cases).await;
}

#[tokio::test]
async fn the_longest_of_everything_else_is_accepted() {
    let name = "n".repeat(253);
    let source = json!({ "fromSecret": { "name": name, "key": name } });
    let cases = vec![
        ("a comment", secret(&json!({ "comment": "é".repeat(1024) }))),
        (
            "a key",
            secret(&json!({ "data": { "k".repeat(253): { "value": "v" } } })),
        ),
        ("a source", item(&source)),
        (
            "a store",
            object("Secret", &json!({ "storeRef": { "name": name } })),
        ),
        (
            "a target",
            target(&json!({ "name": name, "type": "t".repeat(253) })),
        ),
        (
            "labels",
            target(&json!({ "labels": many(32, &json!("x".repeat(63))) })),
        ),
        (
            "a label's key",
            target(&json!({ "labels": { format!("app.kubernetes.io/{}", "k".repeat(63)): "" } })),
        ),
        (
            "annotations",
            target(&json!({ "annotations": many(32, &json!("x".repeat(1000))) })),
        ),
        (
            "templates",
            target(&json!({ "template": many(64, &json!("x".repeat(1000))) })),
        ),
        (
            "a description",
            object("SecretStore", &json!({ "description": "é".repeat(1024) })),
        ),
        (
            "both bindings",
            object(
                "SecretStore",
                &json!({ "sealing": { "bindings": ["Store", "Strict"] } }),
            ),
        ),
    ];
    are_accepted(cases).await;
}

/// An empty field in YAML is null.
#[tokio::test]
async fn null_is_the_same_as_absent() {
    let source = json!({ "name": "a", "key": "b" });
    let cases = vec![
        (
            "a value",
            item(&json!({ "value": null, "fromSecret": source })),
        ),
        (
            "a source",
            item(&json!({ "value": "v", "fromSecret": null })),
        ),
        (
            "nothing",
            item(&json!({ "value": null, "fromSecret": null })),
        ),
        (
            "a comment",
            secret(&json!({ "comment": null, "target": null })),
        ),
        (
            "a target's fields",
            target(&json!({ "name": null, "type": null })),
        ),
        (
            "a store's fields",
            object(
                "SecretStore",
                &json!({ "description": null, "sealing": null }),
            ),
        ),
    ];
    are_accepted(cases).await;
}
