//! SealedSecrets, sealed by the real client (tests/vectors/sealed-secrets).

use super::{Desk, secrets};

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../vectors/sealed-secrets/", $name))
    };
}

const KEY: [&str; 2] = ["--private-key", "key.pem"];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("key.pem", vector!("key-pkcs1.pem"));
    desk.file("other.pem", vector!("other-key.pem"));
    desk.file("keys.yaml", vector!("keys.yaml"));
    desk
}

#[test]
fn sealed_for_sealed_secrets_becomes_sealed_for_coffer() {
    let desk = desk();
    for scope in [
        vector!("strict.yaml"),
        vector!("namespace-wide.yaml"),
        vector!("cluster-wide.yaml"),
    ] {
        for key in ["key.pem", "keys.yaml"] {
            let ran = desk.import(&["sealed-secret", "-", "--private-key", key], scope);
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert!(
                ran.err
                    .starts_with("<stdin>:2:1: card: note: label `example.com/team` is left out"),
                "{}",
                ran.err
            );
            let secret = &secrets(&ran.out)[0];
            assert_eq!(desk.open(secret, "password"), "hunter2-canary größe\n");
            assert_eq!(desk.open(secret, "username"), "ada");
            let target = secret.spec.target.as_ref().unwrap();
            assert_eq!(target.type_.as_deref(), Some("kubernetes.io/basic-auth"));
            assert_eq!(target.annotations["owner"], "ada");
        }
    }
}

#[test]
fn one_that_does_not_open_is_skipped_whole() {
    let desk = desk();
    let renamed = vector!("strict.yaml").replace("name: card", "name: other");
    let both = format!("{renamed}{}", vector!("strict.yaml"));
    let ran = desk.import(&[&["sealed-secret", "-"][..], &KEY].concat(), &both);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.starts_with(
            "<stdin>:2:1: skipped: none of the private keys given (1) opens `password`; "
        ),
        "{}",
        ran.err
    );
    assert_eq!(secrets(&ran.out).len(), 1);
    let other = ["sealed-secret", "-", "--private-key", "other.pem"];
    let ran = desk.import(&other, vector!("strict.yaml"));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
}

#[test]
fn keys_and_manifests_that_are_none_are_trouble() {
    let desk = desk();
    desk.file("bad.pem", "hunter2-canary");
    desk.file("cut.pem", &vector!("key-pkcs1.pem")[..900]);
    for (key, stdin, words) in [
        (
            "bad.pem",
            vector!("strict.yaml"),
            "bad.pem: neither a private key in PEM",
        ),
        (
            "cut.pem",
            vector!("strict.yaml"),
            "cut.pem: a private key is damaged",
        ),
        ("missing.pem", "", "cannot read missing.pem"),
        ("key.pem", "kind: Secret", "there is no SealedSecret"),
        (
            "key.pem",
            "a: 'hunter2-canary",
            "<stdin>:1:4: a quoted text",
        ),
    ] {
        let ran = desk.import(&["sealed-secret", "-", "--private-key", key], stdin);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}
