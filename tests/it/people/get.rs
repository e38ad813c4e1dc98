//! `kubectl coffer get`.

use coffer::api::Reason;
use serde_json::Value as Json;

use super::Person;
use crate::support::manifest;

#[tokio::test]
async fn a_secret_is_shown_without_its_values() {
    let person = Person::new().await;
    person
        .ns
        .delivered("stripe", person.canary.value().as_bytes())
        .await;
    let table = person.succeeds(&["get"]).await;
    let words: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        words[0],
        ["NAME", "STORE", "STATE", "REASON", "KEYS", "TARGET", "AGE"]
    );
    assert_eq!(
        words[1][..6],
        ["stripe", "vault", "active", "Delivered", "value", "stripe"]
    );
    for format in ["wide", "json", "yaml", "name"] {
        let text = person.succeeds(&["get", "-o", format]).await;
        assert!(!text.contains("coffer.v1"), "{text}");
    }
    let text = person.succeeds(&["get", "stripe", "-o", "json"]).await;
    let secret: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(secret["keys"][0]["by"], "author");
    assert_eq!(secret["keys"][0]["keyState"], "Active");
    assert_eq!(secret["deliveries"][0]["name"], "stripe");
}

#[tokio::test]
async fn what_waits_in_clear_is_told_and_not_shown() {
    let person = Person::in_controller_mode().await;
    person
        .ns
        .apply(&manifest::plain("lost", "nowhere", person.canary.value()))
        .await;
    person.ns.problem("lost", Reason::StoreNotFound).await;
    let text = person.succeeds(&["get", "lost", "-o", "yaml"]).await;
    assert!(
        text.contains("from: plaintext") && text.contains("reason: StoreNotFound"),
        "{text}"
    );
}

#[tokio::test]
async fn all_namespaces_are_shown_with_their_names() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"v").await;
    let text = person.succeeds(&["get", "-A"]).await;
    assert!(text.starts_with("NAMESPACE"), "{text}");
    let is_ours = |line: &&str| line.starts_with(&person.ns.name) && line.contains("stripe");
    assert_eq!(text.lines().filter(is_ours).count(), 1);
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let person = Person::new().await;
    let said = person.fails(1, &["get", "nothing"]).await;
    assert!(
        said.contains(&format!("there is no Secret {}/nothing", person.ns.name)),
        "{said}"
    );
    let ran = person.run(&["get"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(
        ran.err.contains("there are no Secrets in namespace"),
        "{}",
        ran.err
    );
    let text = person.succeeds(&["get", "-o", "json"]).await;
    assert_eq!(
        serde_json::from_str::<Json>(&text).unwrap()["items"],
        Json::Array(Vec::new())
    );
    let said = person.fails(2, &["get", "a", "-A"]).await;
    assert!(said.contains("cannot be used with"), "{said}");
    let said = person.fails(2, &["get", "-o", "xml"]).await;
    assert!(
        said.contains("possible values: table, wide, json, yaml, name"),
        "{said}"
    );
}
