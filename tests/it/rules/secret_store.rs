//! What a SecretStore may not be.

use serde_json::json;

use super::{are_accepted, are_refused, before_the_rules, object};
use crate::support::Canary;

#[tokio::test]
async fn what_a_store_cannot_be_is_refused() {
    let store = |spec| object("SecretStore", &spec);
    let sealing = |sealing| store(json!({ "sealing": sealing }));
    let cases = vec![
        (
            "a long description",
            store(json!({ "description": "x".repeat(1025) })),
            before_the_rules("spec.description: Too long: may not be more than 1024 bytes"),
        ),
        (
            "an unknown suite",
            sealing(json!({ "suite": "RSA" })),
            before_the_rules(
                r#"spec.sealing.suite: Unsupported value: "RSA": supported values: "XWing", "X25519""#,
            ),
        ),
        (
            "a suite that is not for authors",
            sealing(json!({ "suite": "XChaCha20Poly1305" })),
            before_the_rules(
                r#"spec.sealing.suite: Unsupported value: "XChaCha20Poly1305": supported values: "XWing", "X25519""#,
            ),
        ),
        (
            "an unknown binding",
            sealing(json!({ "bindings": ["Cluster"] })),
            before_the_rules(
                r#"spec.sealing.bindings[0]: Unsupported value: "Cluster": supported values: "Strict", "Store""#,
            ),
        ),
        (
            "a binding twice",
            sealing(json!({ "bindings": ["Store", "Store"] })),
            r#"spec.sealing.bindings[1]: Duplicate value: "Store""#.to_owned(),
        ),
        (
            "three bindings",
            sealing(json!({ "bindings": ["Strict", "Store", "Strict"] })),
            before_the_rules(
                r#"spec.sealing.bindings: Too many: 3: must have at most 2 items, spec.sealing.bindings[2]: Duplicate value: "Strict""#,
            ),
        ),
        (
            "an unknown policy",
            store(json!({ "deletionPolicy": "Force" })),
            before_the_rules(
                r#"spec.deletionPolicy: Unsupported value: "Force": supported values: "Refuse", "Cascade""#,
            ),
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn a_period_of_keys_that_means_nothing_is_refused() {
    let store = |spec| object("SecretStore", &spec);
    let mut cases = Vec::new();
    for interval in [
        "", "90", "d", "1w", "1.5d", "-1d", "23h", "86399s", "0", "0d",
    ] {
        cases.push((
            interval,
            store(json!({ "keyRotation": { "interval": interval } })),
            "spec.keyRotation: Invalid value: interval is a number and a unit (d, h, m or s), at least 1d, as in 90d".to_owned(),
        ));
    }
    for retention in ["", "30", "d", "1w", "1.5d", "-1d", "00"] {
        cases.push((
            retention,
            store(json!({ "keyRetention": retention })),
            "spec: Invalid value: keyRetention is a number and a unit (d, h, m or s), as in 30d, or 0 for none".to_owned(),
        ));
    }
    cases.push((
        "a rotation without an interval",
        store(json!({ "keyRotation": {} })),
        before_the_rules("spec.keyRotation.interval: Required value"),
    ));
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn periods_of_keys_are_accepted() {
    let store = |spec| object("SecretStore", &spec);
    let interval = |interval| store(json!({ "keyRotation": { "interval": interval } }));
    let cases = vec![
        ("a day", interval("1d")),
        ("a day in hours", interval("24h")),
        ("a day in seconds", interval("86400s")),
        ("long", interval("99999d")),
        ("no retention", store(json!({ "keyRetention": "0" }))),
        ("a short retention", store(json!({ "keyRetention": "1s" }))),
    ];
    are_accepted(cases).await;
}

#[tokio::test]
async fn a_scope_that_means_nobody_or_nothing_is_refused() {
    let store = |scopes| object("SecretStore", &json!({ "scopes": scopes }));
    let consumer = |consumer| store(json!([{ "name": "s", "consumers": [consumer] }]));
    let requirement = |requirement| {
        let selector = json!({ "matchExpressions": [requirement] });
        consumer(json!({ "namespaces": { "selector": selector } }))
    };
    let mut cases = vec![
        (
            "a scope twice",
            store(json!([{ "name": "s" }, { "name": "s" }])),
            r#"spec.scopes[1]: Duplicate value: {"name":"s"}"#.to_owned(),
        ),
        (
            "a consumer that is nobody",
            consumer(json!({})),
            "spec.scopes[0].consumers[0]: Invalid value: say which service accounts of this namespace, or which \
             namespaces"
                .to_owned(),
        ),
        (
            "nobody who may read",
            consumer(json!({ "apiAccess": true })),
            "spec.scopes[0].consumers[0]: Invalid value: say which service accounts of this namespace, or which \
             namespaces"
                .to_owned(),
        ),
        (
            "namespaces that are none",
            consumer(json!({ "namespaces": {} })),
            "spec.scopes[0].consumers[0].namespaces: Invalid value: give names, or a selector".to_owned(),
        ),
        (
            "an unknown operator",
            requirement(json!({ "key": "team", "operator": "Gt", "values": ["1"] })),
            before_the_rules(
                r#"spec.scopes[0].consumers[0].namespaces.selector.matchExpressions[0].operator: Unsupported value: "Gt": supported values: "In", "NotIn", "Exists", "DoesNotExist""#,
            ),
        ),
    ];
    for (what, consumer_of, field) in [
        (
            "no accounts, which would be everyone",
            json!({ "namespaces": { "names": ["shop"] }, "serviceAccounts": [] }),
            "serviceAccounts",
        ),
        (
            "no names",
            json!({ "namespaces": { "names": [] } }),
            "namespaces.names",
        ),
        (
            "no values, which would be every namespace",
            json!({ "namespaces": { "selector": { "matchExpressions": [
                { "key": "team", "operator": "NotIn", "values": [] },
            ] } } }),
            "namespaces.selector.matchExpressions[0].values",
        ),
    ] {
        let field = format!("spec.scopes[0].consumers[0].{field}");
        let told =
            format!("{field}: Invalid value: 0: {field} in body should have at least 1 items");
        cases.push((what, consumer(consumer_of), told));
    }
    let expressions = "spec.scopes[0].consumers[0].namespaces.selector.matchExpressions[0]";
    let values = "Invalid value: In and NotIn take values; Exists and DoesNotExist take none";
    for (what, given) in [
        ("no values", json!({ "key": "team", "operator": "In" })),
        (
            "values for none",
            json!({ "key": "team", "operator": "Exists", "values": ["x"] }),
        ),
    ] {
        cases.push((what, requirement(given), format!("{expressions}: {values}")));
    }
    let names = "spec.scopes[0].name: Invalid value: a scope's name has 1 to 63 lower-case letters, digits, '_' or '-', \
                 and begins with a letter or digit";
    for name in ["Checkout", "_x", "-x", "a.b", "a b", "chеckout", "*"] {
        cases.push((name, store(json!([{ "name": name }])), names.to_owned()));
    }
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn scopes_of_every_form_are_accepted() {
    let store = |scopes| object("SecretStore", &json!({ "scopes": scopes }));
    let selector = json!({
        "matchLabels": { "team": "pay" },
        "matchExpressions": [
            { "key": "env", "operator": "NotIn", "values": ["dev"] },
            { "key": "x", "operator": "DoesNotExist" },
        ],
    });
    are_accepted(vec![
        ("no consumers", store(json!([{ "name": "ai_gateway" }, { "name": "0-x" }]))),
        (
            "accounts of its own namespace",
            store(json!([{ "name": "s", "consumers": [{ "serviceAccounts": ["web"] }] }])),
        ),
        (
            "names and a selector",
            store(json!([{ "name": "s", "consumers": [
                { "namespaces": { "names": ["batch"], "selector": selector }, "serviceAccounts": ["a"] },
            ] }])),
        ),
        (
            "accounts that may read",
            store(json!([{ "name": "s", "consumers": [
                { "namespaces": { "names": ["batch"] }, "apiAccess": true },
                { "serviceAccounts": ["web"], "apiAccess": false },
            ] }])),
        ),
        (
            "every namespace",
            store(json!([{ "name": "s", "consumers": [{ "namespaces": { "selector": {} } }] }])),
        ),
    ])
    .await;
}
