//! Every rule and limit of the definitions, with the message that a user sees.

mod generate;
mod limits;
mod secret;
mod secret_store;

use std::process::Stdio;

use serde_json::{Value as Json, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::support::{Canary, Cluster};

/// What is wrong with a manifest, and what the API server says about it after the object's name.
type Case = (&'static str, Json, String);

/// Whether `coffer verify` finds something wrong with an object, without a cluster. It is to judge as
/// the API server does.
async fn is_found_offline(canary: &Canary, object: &Json) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_coffer"))
        .args(["verify", "--allow-plaintext", "--quiet", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(object.to_string().as_bytes()).await.unwrap();
    drop(pipe);
    let output = child.wait_with_output().await.unwrap();
    for stream in [&output.stdout, &output.stderr] {
        canary.assert_absent("what verify says", &String::from_utf8_lossy(stream));
    }
    match output.status.code() {
        Some(0) => false,
        Some(1) => true,
        other => panic!("{other:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Fails with every case whose message is another, and where one shows a value.
async fn are_refused(canary: &Canary, cases: Vec<Case>) {
    let ns = Cluster::namespace_in_controller_mode("rules").await;
    let mut wrong = Vec::new();
    for (what, object, expected) in cases {
        if !is_found_offline(canary, &object).await {
            wrong.push(format!("{what}: verify finds nothing"));
        }
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
    let ns = Cluster::namespace_in_controller_mode("rules").await;
    let mut wrong = Vec::new();
    for (what, object) in cases {
        if is_found_offline(&Canary::new(), &object).await {
            wrong.push(format!("{what}: verify finds something"));
        }
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
