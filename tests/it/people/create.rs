//! `kubectl coffer create secret`.

use std::os::unix::fs::PermissionsExt as _;

use coffer::crypto::Envelope;
use serde_json::{Value as Json, json};

use super::Person;

#[tokio::test]
async fn what_is_created_is_delivered_and_was_never_sent_in_clear() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let binary: Vec<u8> = (0..=255).collect();
    let file = person.file("logo.png", &binary);
    let env = person.file(".env", "A=one\nexport B='two three'\n");
    let arguments = [
        "create",
        "secret",
        "stripe",
        "--store",
        "vault",
        "--comment",
        "live",
        "--target",
        "native",
        "--from-literal",
        &person.literal("token"),
        "--from-file",
        &file,
        "--from-env-file",
        &env,
        "--from-file",
        "stdin=-",
    ];
    let ran = person.run_with(&arguments, "from stdin").await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "secret.coffer.dev/stripe created\n"),
        "{}",
        ran.err
    );
    let sealed = format!(
        "coffer: sealed 5 values for store {}/vault (key ",
        person.ns.name
    );
    assert!(ran.err.starts_with(&sealed), "{}", ran.err);
    person.ns.ready("stripe").await;
    for (key, value) in [
        ("token", person.canary.value().as_bytes()),
        ("logo.png", &binary),
        ("A", b"one"),
        ("B", b"two three"),
        ("stdin", b"from stdin"),
    ] {
        assert_eq!(person.ns.bytes("native", key).await, value, "{key}");
    }
    person.assert_no_trace("stripe").await;
    let object = person.ns.secrets().get("stripe").await.unwrap();
    let mut managers = object.metadata.managed_fields.iter().flatten();
    let of_spec = managers.find(|entry| entry.subresource.is_none()).unwrap();
    assert_eq!(of_spec.manager.as_deref(), Some("kubectl-coffer"));
    assert_eq!(object.spec.comment.as_deref(), Some("live"));
}

#[tokio::test]
async fn without_a_target_it_is_kept_and_with_a_type_it_has_it() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let value = person.literal("token");
    let create = [
        "create",
        "secret",
        "kept",
        "--store",
        "vault",
        "--from-literal",
        &value,
    ];
    person
        .succeeds(&[&create[..], &["--no-target"]].concat())
        .await;
    assert!(person.ns.ready("kept").await.spec.target.is_none());
    let create = [
        "create",
        "secret",
        "typed",
        "--store",
        "vault",
        "--from-literal",
        &value,
    ];
    person
        .succeeds(&[&create[..], &["--type", "example.com/t"]].concat())
        .await;
    person.ns.ready("typed").await;
    let native = person.ns.natives().get("typed").await.unwrap();
    assert_eq!(native.type_.as_deref(), Some("example.com/t"));
}

#[tokio::test]
async fn a_dry_run_prints_and_creates_nothing() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let value = person.literal("token");
    for place in ["--dry-run=client", "--dry-run=server"] {
        let create = [
            "create",
            "secret",
            "a",
            "--store",
            "vault",
            "--from-literal",
            &value,
            place,
        ];
        let text = person
            .succeeds(&[&create[..], &["-o", "json"]].concat())
            .await;
        let object: Json = serde_json::from_str(&text).unwrap();
        let envelope = object["spec"]["data"]["token"]["value"].as_str().unwrap();
        assert!(Envelope::parse(envelope).is_ok());
        assert!(object["metadata"]["managedFields"].is_null());
        let said = person.succeeds(&create).await;
        assert!(said.starts_with("secret.coffer.dev/a created (") && said.contains("dry run)"));
    }
    assert!(person.ns.secrets().get_opt("a").await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_dry_run_prints_can_be_applied() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let value = person.literal("token");
    let create = [
        "create",
        "secret",
        "a",
        "--store",
        "vault",
        "--from-literal",
        &value,
    ];
    let yaml = person
        .succeeds(&[&create[..], &["--dry-run=client", "-o", "yaml"]].concat())
        .await;
    person.ns.kubectl(&["apply", "-f", "-"], &yaml).await;
    person.ns.ready("a").await;
    assert_eq!(
        person.ns.bytes("a", "token").await,
        person.canary.value().as_bytes()
    );
}

#[tokio::test]
async fn with_the_key_in_a_file_no_cluster_is_asked() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let key = person
        .ns
        .kubectl(&["get", "cstore", "vault", "-o", "yaml"], "")
        .await;
    let key = person.file("vault.yaml", key);
    let mut command = tokio::process::Command::new(person.folder.path().join("kubectl-coffer"));
    command.args([
        "create",
        "secret",
        "a",
        "--store",
        "vault",
        "-n",
        &person.ns.name,
    ]);
    command.args([
        "--from-literal",
        &person.literal("t"),
        "--sealing-key",
        &key,
    ]);
    command
        .args(["--dry-run=client", "-o", "yaml"])
        .env("HOME", person.folder.path());
    let ran = person.ran(command, "").await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    person.ns.kubectl(&["apply", "-f", "-"], &ran.out).await;
    person.ns.ready("a").await;
}

#[tokio::test]
async fn a_secret_that_is_there_is_left_as_it_is() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"before").await;
    let value = person.literal("value");
    let create = [
        "create",
        "secret",
        "stripe",
        "--store",
        "vault",
        "--from-literal",
        &value,
    ];
    let said = person.fails(1, &create).await;
    assert!(
        said.contains("stripe is there already; change its values with `set stripe"),
        "{said}"
    );
    assert_eq!(person.ns.bytes("stripe", "value").await, b"before");
}

#[tokio::test]
async fn what_is_wrong_with_a_store_is_said() {
    let person = Person::new().await;
    let value = person.literal("token");
    let create = |store| {
        [
            "create",
            "secret",
            "a",
            "--store",
            store,
            "--from-literal",
            &value,
        ]
    };
    let said = person.fails(2, &create("nowhere")).await;
    let words = format!(
        "the cluster has no SecretStore {}/nowhere; create it",
        person.ns.name
    );
    assert!(said.contains(&words), "{said}");
    person.ns.store("vault", "{}").await;
    let said = person
        .fails(2, &[&create("vault")[..], &["--binding", "store"]].concat())
        .await;
    assert!(
        said.contains("does not allow the binding `Store`"),
        "{said}"
    );
}

#[tokio::test]
async fn a_store_without_keys_is_not_sealed_for() {
    let person = Person::new().await;
    let key = person.file(
        "vault.yaml",
        "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: { name: vault, namespace: team-a }\nspec: {}\n",
    );
    let mut command = tokio::process::Command::new(person.folder.path().join("kubectl-coffer"));
    command.args([
        "create",
        "secret",
        "a",
        "--store",
        "vault",
        "-n",
        "team-a",
        "--dry-run=client",
    ]);
    command.args([
        "--from-literal",
        &person.literal("t"),
        "--sealing-key",
        &key,
    ]);
    let ran = person.ran(command, "").await;
    assert!(
        ran.code == 2
            && ran
                .err
                .contains("has not made the keys of store team-a/vault yet"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn words_that_may_be_a_value_are_not_repeated() {
    let person = Person::new().await;
    let value = person.canary.value();
    let large = person.file("large", "x".repeat(65_537));
    let text = person.file("text", format!("{value}\n"));
    let create = ["create", "secret", "a", "--store", "vault"];
    for (arguments, words) in [
        (vec!["--from-literal", value], "literal 1 has no key"),
        (
            vec!["--from-file", &person.literal("k")],
            "--from-file 1 cannot be read",
        ),
        (vec!["--from-env-file", &text], "text:1: there is no `=`"),
        (vec!["--from-file", &large], "more than 65536 bytes"),
        (
            vec!["--from-literal", "k=[sealed by coffer]"],
            "take the value from your manifest",
        ),
        (
            vec!["--from-literal", "k=my", value],
            "a word is not understood; it is not shown",
        ),
        (
            vec!["--from-file", "k=-", "--from-env-file", "-"],
            "stdin can be read once only",
        ),
        (vec!["--from-file", "-"], "needs a key"),
        (vec![], "there is no value"),
        (
            vec!["--from-literal", "k=v", "--no-target", "--target", "t"],
            "cannot be used with",
        ),
    ] {
        let said = person.fails(2, &[&create[..], &arguments].concat()).await;
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = person
        .fails(
            2,
            &["create", "secret", &person.literal("k"), "--store", "vault"],
        )
        .await;
    assert!(said.contains("give the name first"), "{said}");
}

#[tokio::test]
async fn what_the_definition_refuses_is_refused_before_it_is_sent() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let value = person.literal("token");
    let create = [
        "create",
        "secret",
        "a",
        "--store",
        "vault",
        "--from-literal",
        &value,
    ];
    let long = "x".repeat(1025);
    for (arguments, words) in [
        (
            ["--target", "No_Name"],
            "spec.target.name: must be a DNS subdomain",
        ),
        (
            ["--type", "bootstrap.kubernetes.io/token"],
            "spec.target: a target may not be a token",
        ),
        (
            ["--comment", &long],
            "spec.comment: has 1025 characters, more than 1024",
        ),
    ] {
        let said = person.fails(2, &[&create[..], &arguments].concat()).await;
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_program_that_the_kubeconfig_runs_learns_nothing() {
    let rule = |resource, verb| json!({ "apiGroups": ["coffer.dev"], "resources": [resource], "verbs": [verb] });
    let rules = json!([rule("secretstores", "get"), rule("secrets", "create")]);
    let mut person = Person::with_rights(rules).await;
    person.ns.store("vault", "{}").await;
    let config = std::fs::read_to_string(&person.kubeconfig).unwrap();
    let mut config: Json = serde_json::from_str(&config).unwrap();
    let user = &mut config["users"][0]["user"];
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": { "token": user["token"] },
    });
    let seen = person.folder.path().join("seen");
    let script = format!(
        "#!/bin/sh\n{{ echo \"$@\"; env; cat; }} > {}\necho '{credential}'\n",
        seen.display()
    );
    let script = person.file("login.sh", script);
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    *user = json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": script,
        "interactiveMode": "Never",
    } });
    person.kubeconfig = person.file("config", config.to_string()).into();
    let create = [
        "create",
        "secret",
        "a",
        "--store",
        "vault",
        "--from-literal",
        &person.literal("k"),
    ];
    let ran = person
        .run_with(&[&create[..], &["--from-file", "in=-"]].concat(), "hunter2")
        .await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let seen = std::fs::read_to_string(seen).unwrap();
    person.canary.assert_absent("what a child sees", &seen);
    assert!(!seen.is_empty() && !seen.contains("hunter2"), "{seen}");
}
