//! What the command refuses; `run` asserts that no message shows the value.

use coffer::crypto::Suite;

use super::{Desk, secret};

const CLEAR: &str = "    a: {value: hunter2-canary}\n";

/// Seals `text` with `key.yaml`, which has to fail, and gives what was said.
#[track_caller]
fn refused(desk: &Desk, args: &[&str], text: &str) -> String {
    let ran = desk.seal(&[&["--sealing-key", "key.yaml"], args].concat(), text);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    ran.err
}

/// Seals a Secret with the store changed from `from` to `to`.
#[track_caller]
fn refused_by_store(from: &str, to: &str, words: &str) {
    let desk = Desk::new(Suite::X25519);
    let store = desk.store("[Strict, Store]");
    assert!(store.contains(from), "{store}");
    desk.file("key.yaml", &store.replace(from, to));
    let said = refused(&desk, &["--binding", "store"], &secret("stripe", CLEAR));
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_key_of_another_store_or_namespace() {
    refused_by_store(
        "namespace: team-a",
        "namespace: team-b",
        "does not hold store team-a/payments, only team-b/payments",
    );
    refused_by_store(
        "name: payments",
        "name: other",
        "only team-a/other; fetch it with `kubectl",
    );
}

#[test]
fn a_store_whose_keys_are_not_made_yet() {
    refused_by_store(
        "status:",
        "stat:",
        "has not made the keys of store team-a/payments yet",
    );
    refused_by_store("sealingKeys:", "other:", "has not made the keys");
}

#[test]
fn a_store_without_an_active_key_of_its_suite() {
    refused_by_store(
        "state: Active\n    created",
        "state: Retired\n    created",
        "no active X25519 key",
    );
    refused_by_store(
        "sealing:\n    suite: X25519",
        "sealing:\n    suite: XWing",
        "no active XWing key",
    );
    refused_by_store("publicKey:", "other:", "no active X25519 key");
}

#[test]
fn a_key_that_was_mixed_up() {
    let desk = Desk::new(Suite::X25519);
    let id = desk.key.id().to_string();
    let store = desk.store("[Strict]");
    desk.file("key.yaml", &store.replace(&id, "0123456789abcdef"));
    let said = refused(&desk, &[], &secret("stripe", CLEAR));
    assert!(
        said.contains("the key id 0123456789abcdef does not belong to this public key"),
        "{said}"
    );
    desk.file("key.yaml", &store.replace("publicKey: ", "publicKey: AAAA"));
    let said = refused(&desk, &[], &secret("stripe", CLEAR));
    assert!(
        said.contains("the public key is not one of suite X25519"),
        "{said}"
    );
}

#[test]
fn a_binding_that_the_store_does_not_allow() {
    refused_by_store(
        "[Strict, Store]",
        "[Strict]",
        "does not allow the binding `Store`",
    );
    refused_by_store(
        "    bindings: [Strict, Store]\n",
        "",
        "does not allow the binding `Store`",
    );
}

#[test]
fn a_key_file_that_is_something_else() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("stripe", CLEAR);
    for (file, words) in [
        (text.as_str(), "holds no SecretStore"),
        ("", "holds no SecretStore"),
        ("hunter2-canary: [", "key.yaml:1:"),
        (
            "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: {name: payments, namespace: team-a}\nstatus: {sealingKeys: hunter2-canary}\n",
            "is not a SecretStore as Coffer writes it",
        ),
    ] {
        desk.file("key.yaml", file);
        let said = refused(&desk, &[], &text);
        assert!(said.contains(words), "{said}");
    }
    let ran = desk.seal(&["--sealing-key", "missing.yaml"], &text);
    assert!(
        ran.code == 2 && ran.err.contains("cannot read missing.yaml"),
        "{}",
        ran.err
    );
}

#[test]
fn a_namespace_that_is_missing_or_differs() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("stripe", CLEAR);
    let said = refused(&desk, &["-n", "team-b"], &text);
    assert!(
        said.contains("<stdin>:1:1: metadata.namespace differs from --namespace `team-b`"),
        "{said}"
    );
    let said = refused(&desk, &[], &text.replace(", namespace: team-a", ""));
    assert!(
        said.contains("metadata.namespace is missing; add it or give --namespace"),
        "{said}"
    );
}

#[test]
fn a_secret_without_a_name_to_bind_to() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("stripe", CLEAR).replace("name: stripe", "generateName: stripe");
    assert!(refused(&desk, &[], &text).contains("metadata.name is missing"));
}

#[test]
fn an_envelope_that_is_broken_is_no_plaintext() {
    let desk = Desk::new(Suite::X25519);
    for value in [
        "coffer.v1.hunter2-canary",
        "coffer.v9.0123456789abcdef.hunter2-canary",
    ] {
        let said = refused(
            &desk,
            &[],
            &secret("stripe", &format!("    a: {{value: {value}}}\n")),
        );
        assert!(
            said.contains("starts like an envelope but is none"),
            "{said}"
        );
    }
}

#[test]
fn arguments_that_do_not_go_together() {
    let desk = Desk::new(Suite::X25519);
    desk.file("a.yaml", "a: b\n");
    desk.file("b.yaml", "a: b\n");
    for (args, words) in [
        (
            vec!["a.yaml", "b.yaml"],
            "several files do not go to one stdout",
        ),
        (vec!["-i"], "there is no file to rewrite"),
        (vec!["-", "a.yaml"], "do not go together"),
        (vec!["-i", "--check", "a.yaml"], "cannot be used with"),
        (
            vec!["--sealing-key", "k", "--context", "c"],
            "cannot be used with",
        ),
        (vec!["missing.yaml"], "cannot read missing.yaml"),
    ] {
        let ran = desk.seal(&args, "");
        assert!(
            ran.code == 2 && ran.err.contains(words),
            "{args:?}: {}",
            ran.err
        );
    }
}

#[test]
fn bytes_that_are_no_text() {
    let desk = Desk::new(Suite::X25519);
    std::fs::write(desk.path("latin.yaml"), b"value: hunter2-canary\xe9").unwrap();
    let ran = desk.seal(&["latin.yaml"], "");
    assert!(
        ran.code == 2 && ran.err.contains("latin.yaml is not UTF-8"),
        "{}",
        ran.err
    );
}

#[test]
fn check_does_not_pass_over_what_it_cannot_read() {
    let desk = Desk::new(Suite::X25519);
    let text = secret(
        "stripe",
        "    a: {value: hunter2-canary, encoding: Base64}\n",
    );
    let ran = desk.seal(&["--check"], &text);
    assert!(
        ran.code == 2 && ran.err.contains("<stdin>:7:16: the value is not Base64"),
        "{}",
        ran.err
    );
}
