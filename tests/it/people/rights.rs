//! Whoever lacks a right is told which one.

use serde_json::json;

use super::Person;
use crate::support::manifest;

/// These verbs on these of Coffer's resources.
fn rule(resources: &[&str], verbs: &[&str]) -> serde_json::Value {
    json!({ "apiGroups": ["coffer.dev"], "resources": resources, "verbs": verbs })
}

#[tokio::test]
async fn without_any_right_each_command_names_the_one_it_needs() {
    let person = Person::with_rights(json!([])).await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    let file = person.file(
        "a.yaml",
        manifest::secret("a", &sealer.strict("a", "value", b"v")),
    );
    let value = person.literal("k");
    let place = format!("in namespace {}", person.ns.name);
    for (arguments, right) in [
        (vec!["get"], "list secrets.coffer.dev"),
        (vec!["get", "a"], "get secrets.coffer.dev"),
        (vec!["tree"], "list secretstores.coffer.dev"),
        (vec!["set", "a", &value], "get secrets.coffer.dev"),
        (
            vec![
                "create",
                "secret",
                "a",
                "--store",
                "vault",
                "--from-literal",
                &value,
            ],
            "get secretstores.coffer.dev",
        ),
        (
            vec!["verify", "--server", &file],
            "list secretstores.coffer.dev",
        ),
    ] {
        let said = person.fails(2, &arguments).await;
        assert!(
            said.contains(&format!("you may not {right} {place}; ask for")),
            "{arguments:?}: {said}"
        );
    }
}

#[tokio::test]
async fn sealing_without_the_right_to_create_creates_nothing() {
    let person = Person::with_rights(json!([rule(&["secretstores"], &["get"])])).await;
    person.ns.store("vault", "{}").await;
    let value = person.literal("k");
    let create = [
        "create",
        "secret",
        "a",
        "--store",
        "vault",
        "--from-literal",
        &value,
    ];
    let said = person.fails(2, &create).await;
    assert!(
        said.contains("you may not create secrets.coffer.dev"),
        "{said}"
    );
    assert!(
        said.contains("--verb=create --resource=secrets.coffer.dev"),
        "{said}"
    );
}

#[tokio::test]
async fn reading_without_the_right_to_patch_changes_nothing() {
    let read = rule(&["secretstores", "secrets"], &["get"]);
    let person = Person::with_rights(json!([read])).await;
    person.ns.delivered("stripe", b"before").await;
    let said = person
        .fails(2, &["set", "stripe", &person.literal("value")])
        .await;
    assert!(
        said.contains("you may not patch secrets.coffer.dev"),
        "{said}"
    );
    assert_eq!(person.ns.bytes("stripe", "value").await, b"before");
}

#[tokio::test]
async fn what_may_not_be_created_is_not_called_a_bad_manifest() {
    let rules = json!([
        rule(&["secretstores"], &["list"]),
        rule(&["secrets"], &["patch"])
    ]);
    let person = Person::with_rights(rules).await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    let envelope = sealer.strict("a", "value", b"v");
    let file = person.file("a.yaml", manifest::secret("a", &envelope));
    let said = person.fails(2, &["verify", "--server", &file]).await;
    assert!(
        said.contains("you may not create secrets.coffer.dev"),
        "{said}"
    );
}

#[tokio::test]
async fn secrets_are_shown_to_who_may_not_see_the_stores() {
    let read = rule(&["secrets"], &["get", "list"]);
    let person = Person::with_rights(json!([read])).await;
    person
        .ns
        .delivered("stripe", person.canary.value().as_bytes())
        .await;
    for arguments in [
        vec!["get", "-o", "wide"],
        vec!["get", "stripe", "-o", "wide"],
    ] {
        let text = person.succeeds(&arguments).await;
        assert!(
            text.contains("stripe") && text.contains("(unknown)"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn who_is_not_known_is_told_so() {
    let mut person = Person::new().await;
    let config = std::fs::read_to_string(&person.kubeconfig).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["users"][0]["user"] = json!({ "token": "nobody" });
    person.kubeconfig = person.file("config", config.to_string()).into();
    let said = person.fails(2, &["get"]).await;
    assert!(
        said.contains("the cluster does not know who you are"),
        "{said}"
    );
}
