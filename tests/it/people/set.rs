//! `kubectl coffer set`.

use futures::future::join_all;
use serde_json::json;

use super::Person;
use crate::support::manifest;

#[tokio::test]
async fn one_value_changes_and_the_others_stay() {
    let person = Person::new().await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    let keep = sealer.strict("stripe", "keep", b"kept");
    let data = format!("{{ keep: {{ value: {keep} }}, old: {{ value: x }} }}");
    person
        .ns
        .apply(&manifest::secret_with("stripe", "vault", &data, "{}"))
        .await;
    person.ns.ready("stripe").await;
    let value = person.literal("token");
    let said = person
        .succeeds(&["set", "stripe", &value, "--unset", "old"])
        .await;
    assert_eq!(said, "secret.coffer.dev/stripe changed\n");
    let native = person
        .ns
        .native("stripe", "has the new key", |native| {
            native.data.iter().any(|data| data.contains_key("token"))
        })
        .await;
    let keys: Vec<_> = native.data.unwrap().into_keys().collect();
    assert_eq!(keys, ["keep", "token"]);
    assert_eq!(
        person.ns.bytes("stripe", "token").await,
        person.canary.value().as_bytes()
    );
    person.assert_no_trace("stripe").await;
    let object = person.ns.secrets().get("stripe").await.unwrap();
    assert_eq!(
        object.spec.data["keep"].value.as_ref().unwrap().expose(),
        keep
    );
    let mut managers = object.metadata.managed_fields.iter().flatten();
    let ours = managers
        .find(|entry| entry.manager.as_deref() == Some("kubectl-coffer"))
        .unwrap();
    let fields = json!(ours.fields_v1);
    assert!(
        fields["f:spec"]["f:data"]["f:token"].is_object(),
        "{fields}"
    );
    assert!(fields["f:spec"]["f:data"]["f:keep"].is_null(), "{fields}");
}

#[tokio::test]
async fn a_key_that_was_followed_becomes_a_value() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let data = "{ k: { fromSecret: { name: nowhere, key: k } } }";
    person
        .ns
        .apply(&manifest::secret_with("stripe", "vault", data, "{}"))
        .await;
    let ran = person
        .run_with(&["set", "stripe", "--from-file", "k=-"], "new")
        .await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    person.ns.ready("stripe").await;
    assert_eq!(person.ns.bytes("stripe", "k").await, b"new");
}

#[tokio::test]
async fn a_tool_that_applies_the_key_is_told_of() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"before").await;
    let value = person.literal("value");
    let ran = person.run(&["set", "stripe", &value]).await;
    assert!(
        ran.code == 0 && ran.err.contains("note: `author` applies what was changed"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn changes_of_several_people_at_once_all_arrive() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"v").await;
    let set = async |key: &str| {
        person
            .succeeds(&["set", "stripe", &person.literal(key)])
            .await
    };
    let keys: Vec<_> = ('a'..='l').map(String::from).collect();
    join_all(keys.iter().map(|key| set(key))).await;
    let object = person.ns.secrets().get("stripe").await.unwrap();
    let there: Vec<_> = object.spec.data.into_keys().collect();
    assert_eq!(there, [keys, vec!["value".to_owned()]].concat());
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let person = Person::new().await;
    let before = person.ns.delivered("stripe", b"v").await;
    let value = person.literal("value");
    let said = person
        .succeeds(&["set", "stripe", &value, "--dry-run=server"])
        .await;
    assert_eq!(said, "secret.coffer.dev/stripe changed (server dry run)\n");
    let after = person.ns.secrets().get("stripe").await.unwrap();
    assert_eq!(after.metadata.generation, before.metadata.generation);
}

#[tokio::test]
async fn what_cannot_be_changed_is_said() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"v").await;
    let (name, value) = (&person.ns.name, person.canary.value());
    let said = person
        .fails(1, &["set", "nothing", &person.literal("k")])
        .await;
    assert!(
        said.contains(&format!("there is no Secret {name}/nothing; make it with")),
        "{said}"
    );
    for (arguments, words) in [
        (vec!["set", "stripe"], "there is no value"),
        (vec!["set", "stripe", value], "literal 1 has no key"),
        (
            vec!["set", &person.literal("k")],
            "the Secret's name is missing or none",
        ),
        (
            vec!["set", "stripe", "--unset", value],
            "taken away; it has value (what was typed",
        ),
        (
            vec!["set", "stripe", "--unset", "value"],
            "no key would be left; delete the Secret",
        ),
        (
            vec!["set", "stripe", "k=v", "--unset", "k"],
            "given a value and taken away",
        ),
        (
            vec!["set", "stripe", "--from-litteral", &person.literal("k")],
            "did you mean --from-literal?",
        ),
    ] {
        let said = person.fails(2, &arguments).await;
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn a_secret_whose_store_is_gone_is_not_changed() {
    let person = Person::new().await;
    person
        .ns
        .apply(&manifest::plain("lost", "nowhere", "v"))
        .await;
    let said = person
        .fails(2, &["set", "lost", &person.literal("k")])
        .await;
    assert!(said.contains("has no SecretStore"), "{said}");
}
