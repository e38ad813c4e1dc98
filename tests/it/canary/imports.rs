//! `coffer import`: what was secret elsewhere.

use serde_json::json;

use super::Proof;
use super::marks::Answer;
use crate::support::Namespace;

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../vectors/sealed-secrets/", $name))
    };
}

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    native_secrets(proof).await;
    env(proof).await;
    sealed_secret(proof).await;
    wrongly(proof).await;
}

/// From the cluster, and back into it in the place of the original; and from manifests.
async fn native_secrets(proof: &Proof) {
    let value = proof.mark_for("import secret", &["imported"], Answer::Unsent);
    let native = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "imported" },
        "stringData": { "token": value },
    });
    proof.ns.try_create(native).await.unwrap();
    let arguments = ["import", "secret", "imported", "--store", "vault"];
    let manifest = proof.coffer_does(&arguments, "").await;
    proof.kubectl_does(&["apply", "-f", "-"], &manifest).await;
    proof
        .coffer_does(&["import", "take-over", "imported"], "")
        .await;
    proof.ns.ready("imported").await;

    let value = proof.mark("import secret --file", Answer::Unsent);
    let native = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: of-file }}\nstringData: {{ k: {value} }}\n"
    );
    let folder = proof.home.path().join("imported").display().to_string();
    let arguments = [
        "import", "secret", "--file", "-", "--store", "vault", "-o", &folder,
    ];
    proof.coffer_does(&arguments, &native).await;
}

async fn env(proof: &Proof) {
    let value = proof.mark_for("import env", &["of-env"], Answer::Unsent);
    let arguments = ["import", "env", "-", "--name", "of-env", "--store", "vault"];
    let manifest = proof.coffer_does(&arguments, &format!("A={value}\n")).await;
    proof.kubectl_does(&["create", "-f", "-"], &manifest).await;
    proof.ns.ready("of-env").await;
}

/// Sealed by the real client, in a namespace that it fixed.
async fn sealed_secret(proof: &Proof) {
    let key = vector!("key-pkcs1.pem");
    proof.mark_of("import sealed-secret", b"hunter2-canary", Some("shop/card"));
    proof.mark_of("the private key of an import", key.as_bytes(), None);
    let key = proof.file("key.pem", key);
    let shop = Namespace {
        cluster: proof.isolated.cluster.clone(),
        name: "shop".to_owned(),
    };
    shop.create_again().await;
    shop.store("vault", "{}").await;
    let arguments = [
        "import",
        "sealed-secret",
        "-",
        "--private-key",
        &key,
        "--store",
        "vault",
    ];
    let (success, manifest) = proof
        .coffer_in(&shop, &arguments, vector!("strict.yaml"))
        .await;
    assert!(success, "{manifest}");
    let (success, said) = proof
        .kubectl_in(&shop, &["apply", "-f", "-"], &manifest)
        .await;
    assert!(success, "{said}");
    shop.ready("card").await;
}

/// What is read, and as what; `VALUE` stands for the value.
const WRONGLY: [(&[&str], &str); 13] = [
    (NATIVE, "kind: VALUE"),
    (
        NATIVE,
        "apiVersion: v1\nkind: Secret\ndata: { k: VALUE! }\n",
    ),
    (
        NATIVE,
        "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\ndata: VALUE\n",
    ),
    (
        NATIVE,
        "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\ndata: { k: VALUE! }\n",
    ),
    (
        NATIVE,
        "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { k: [VALUE] }\n",
    ),
    (
        NATIVE,
        "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { a/b: VALUE }\n",
    ),
    (
        NATIVE,
        "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { k: 'VALUE }\n",
    ),
    (ENV, "VALUE"),
    (ENV, "A=VALUE#"),
    (ENV, "A=$VALUE"),
    (
        &["sealed-secret", "-", "--private-key", "other.pem"],
        vector!("strict.yaml"),
    ),
    (
        &["sealed-secret", "-", "--private-key", "cut.pem"],
        vector!("strict.yaml"),
    ),
    (
        &["sealed-secret", "-", "--private-key", "key.pem"],
        "a: 'VALUE",
    ),
];

const NATIVE: &[&str] = &["secret", "--file", "-"];
const ENV: &[&str] = &["env", "-", "--name", "x"];

async fn wrongly(proof: &Proof) {
    proof.file("other.pem", vector!("other-key.pem"));
    proof.file("cut.pem", &vector!("key-pkcs1.pem")[..900]);
    for (number, (arguments, stdin)) in WRONGLY.into_iter().enumerate() {
        let value = proof.mark(
            &format!("import {}: {number}", arguments.join(" ")),
            Answer::Unsent,
        );
        let words = [&["import"], arguments, &["--store", "vault"]].concat();
        let (success, said) = proof.coffer(&words, &stdin.replace("VALUE", &value)).await;
        assert!(!success, "{number}: {said}");
    }
}
