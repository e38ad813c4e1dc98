//! `kubectl coffer verify` with a cluster; what it finds without one, its own tests show.

use serde_json::Value as Json;

use super::Person;
use crate::support::manifest;

#[tokio::test]
async fn what_would_be_admitted_is_well_and_is_not_stored() {
    let person = Person::new().await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    let text = manifest::secret("stripe", &sealer.strict("stripe", "value", b"v"));
    let file = person.file("a.yaml", text);
    let ran = person.run(&["verify", "--server", &file]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(ran.err, "coffer: 1 object of coffer.dev, 0 problems\n");
    assert!(
        person
            .ns
            .secrets()
            .get_opt("stripe")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_key_of_another_store_is_found_by_asking_the_cluster() {
    let person = Person::new().await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    person.ns.store("other", "{}").await;
    let envelope = sealer.strict("stripe", "value", b"v");
    let data = format!("{{ value: {{ value: {envelope} }} }}");
    let file = person.file(
        "a.yaml",
        manifest::secret_with("stripe", "other", &data, "{}"),
    );
    let ran = person.run(&["verify", "--server", &file]).await;
    assert!(
        ran.code == 1 && ran.out.contains("which store other does not have"),
        "{}",
        ran.out
    );
    let ran = person.run(&["verify", &file]).await;
    assert_eq!(
        ran.code, 0,
        "without a cluster no key is looked at: {}",
        ran.out
    );
}

#[tokio::test]
async fn a_value_in_clear_is_not_sent_to_be_judged() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let file = person.file("a.yaml", manifest::secret("stripe", person.canary.value()));
    let ran = person.run(&["verify", "--server", &file]).await;
    assert!(
        ran.code == 1 && ran.out.contains("spec.data.value.value: is in clear"),
        "{}",
        ran.out
    );
    let ran = person
        .run(&["verify", "--server", "--allow-plaintext", &file])
        .await;
    assert!(
        ran.code == 0 && ran.out.contains("it was not sent to the API server"),
        "{}",
        ran.out
    );
    let audit = std::fs::read_to_string(&person.ns.cluster.audit_log).unwrap();
    person.canary.assert_absent("the audit log", &audit);
}

#[tokio::test]
async fn what_only_the_api_server_knows_it_tells() {
    let person = Person::new().await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    let text = manifest::secret("stripe", &sealer.strict("stripe", "value", b"v"));
    let elsewhere = text.replace(
        "name: stripe }",
        "name: stripe, namespace: no-such-namespace }",
    );
    let file = person.file("a.yaml", elsewhere);
    let ran = person
        .run(&["verify", "--server", "-o", "json", &file])
        .await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    let found: Json = serde_json::from_str(&ran.out).unwrap();
    let messages = found["findings"].to_string();
    assert!(
        messages.contains("the API server refuses it: namespaces"),
        "{messages}"
    );
}

#[tokio::test]
async fn a_store_given_in_a_file_needs_no_cluster() {
    let person = Person::new().await;
    let sealer = person.ns.sealer_of_new_store("vault").await;
    let store = person
        .ns
        .kubectl(&["get", "cstore", "vault", "-o", "yaml"], "")
        .await;
    let store = person.file("vault.yaml", store);
    let text = manifest::secret("stripe", &sealer.strict("stripe", "value", b"v"));
    let well = person.file("well.yaml", &text);
    let id = sealer.key.id().to_string();
    let other = person.file("other.yaml", text.replace(&id, "0123456789abcdef"));
    let verify = async |file: &str| {
        let mut command = tokio::process::Command::new(person.folder.path().join("kubectl-coffer"));
        command
            .args(["verify", "--store", &store, file])
            .env("HOME", person.folder.path());
        person.ran(command, "").await
    };
    let ran = verify(&well).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let ran = verify(&other).await;
    assert!(
        ran.code == 1 && ran.out.contains("key 0123456789abcdef, which store vault"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn what_cannot_be_checked_is_trouble() {
    let person = Person::new().await;
    for (arguments, words) in [
        (vec!["verify", "missing.yaml"], "cannot read missing.yaml"),
        (vec!["verify", "-", "a.yaml"], "do not go together"),
        (
            vec!["verify", "--store", "missing.yaml", "-"],
            "cannot read missing.yaml",
        ),
    ] {
        let said = person.fails(2, &arguments).await;
        assert!(said.contains(words), "{said}");
    }
    let ran = person
        .run_with(
            &["verify", "-"],
            &format!("a: [{}\n", person.canary.value()),
        )
        .await;
    assert!(
        ran.code == 2
            && ran.out.starts_with("<stdin>:2:1: ")
            && ran.err.contains("not everything could be checked"),
        "{} {}",
        ran.out,
        ran.err
    );
}
