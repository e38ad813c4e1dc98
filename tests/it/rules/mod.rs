//! Every rule and limit of the definitions, with the message that a user sees.

mod generate;
mod limits;
mod secret;
mod secret_store;

use serde_json::{Value as Json, json};

use crate::support::{Canary, Cluster};

/// What is wrong with a manifest, and what the API server says about it after the object's name.
type Case = (&'static str, Json, String);

/// Fails with every case whose message is another, and where one shows a value.
async fn are_refused(canary: &Canary, cases: Vec<Case>) {
    let ns = Cluster::namespace("rules").await;
    let mut wrong = Vec::new();
    for (what, object, expected) in cases {
        match ns.judge(&object).await {
            Ok(()) => wrong.push(format!("{what}: accepted")),
            Err(message) => {
                canary.assert_absent(what, &message);
                let told = message
                    .split_once(" is invalid: ")
                    .map_or("", |(_, told)| told);
                if told != expected {
                    wrong.push(format!(
                        "{what}:\n  expected {expected}\n  told     {message}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fails with every case that is refused.
async fn are_accepted(cases: Vec<(&'static str, Json)>) {
    let ns = Cluster::namespace("rules").await;
    let mut wrong = Vec::new();
    for (what, object) in cases {
        if let Err(message) = ns.judge(&object).await {
            wrong.push(format!(
                "{what}: {}",
                message.chars().take(400).collect::<String>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn object(kind: &str, spec: &Json) -> Json {
    json!({
        "apiVersion": "coffer.dev/v1alpha1",
        "kind": kind,
        "metadata": { "name": "it" },
        "spec": spec,
    })
}

/// A Secret with these fields in its spec besides the store.
fn secret(fields: &Json) -> Json {
    let mut spec = fields.clone();
    spec["storeRef"] = json!({ "name": "vault" });
    object("Secret", &spec)
}

/// What the API server says about a field that its schema refuses: it did not come to the rules.
fn before_the_rules(message: &str) -> String {
    format!(
        "[{message}, <nil>: Invalid value: null: some validation rules were not checked because the \
         object was invalid; correct the existing errors to complete validation]"
    )
}

/// A Secret with one value, under the key `k`.
fn item(item: &Json) -> Json {
    secret(&json!({ "data": { "k": item } }))
}

/// A Secret with this target.
fn target(target: &Json) -> Json {
    secret(&json!({ "target": target }))
}

/// A map of so many entries.
fn many(count: usize, value: &Json) -> Json {
    (0..count)
        .map(|n| (format!("key-{n}"), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
