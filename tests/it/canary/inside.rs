//! Values that nobody brings: made by Coffer, copied in the cluster; and the keys of it all.

use coffer::api::Reason;
use coffer::api::wellknown::{KEYRING_NAME, WEBHOOK_IDENTITY_NAME};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use serde_json::{Value as Json, json};

use super::Proof;
use super::archives::administers;
use super::marks::Answer;
use crate::support::{Canary, manifest};

/// The operator's own namespace.
const SYSTEM: &str = "coffer-system";

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    generated(proof).await;
    followed(proof).await;
    keys(proof).await;
    adopted(proof).await;
}

async fn generated(proof: &Proof) {
    let symbols = json!({ "classes": ["Lower", "Symbols"], "symbols": "\"'<>&\\%{}$" });
    let data = json!({
        "password": { "generate": { "kind": "Password" } },
        "symbols": { "generate": { "kind": "Password", "length": 64, "characters": symbols } },
        "bytes": { "generate": { "kind": "Bytes" } },
        "uuid": { "generate": { "kind": "Uuid" } },
        "ssh": { "generate": { "kind": "SshKey" } },
        "pair": { "generate": { "kind": "KeyPair", "algorithm": "X25519" } },
    });
    let manifest = manifest::secret_with("generated", "vault", &data.to_string(), "{}");
    for way in [
        &["create", "-f", "-"][..],
        &["apply", "-f", "-"],
        &["replace", "-f", "-"],
    ] {
        proof.kubectl_does(way, &manifest).await;
        proof.ns.ready("generated").await;
    }
    let native = proof.ns.natives().get("generated").await.unwrap();
    let home = format!("{}/generated", proof.ns.name);
    for (key, value) in native.data.unwrap() {
        let is_public = key.strip_suffix(".pub").is_some();
        if !is_public {
            proof.mark_of(&format!("generated {key}"), &value.0, Some(&home));
        }
    }
}

async fn followed(proof: &Proof) {
    let label = json!({ "coffer.dev/source": "true" });
    let source = |name: &str, labels, value: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "labels": labels },
            "stringData": { "k": value, "other": value },
        })
    };
    let follower = |name: &str, source: &str, key: &str| {
        let data = json!({ "k": { "fromSecret": { "name": source, "key": key } } });
        manifest::secret_with(name, "vault", &data.to_string(), "{}")
    };
    let value = proof.mark_for("fromSecret", &["source", "followed"], Answer::Unsent);
    proof
        .ns
        .try_create(source("source", label.clone(), &value))
        .await
        .unwrap();
    proof
        .kubectl_does(&["apply", "-f", "-"], &follower("followed", "source", "k"))
        .await;
    proof.ns.ready("followed").await;

    let value = proof.mark_for("fromSecret without consent", &["private"], Answer::Unsent);
    proof
        .ns
        .try_create(source("private", json!({}), &value))
        .await
        .unwrap();
    proof
        .kubectl_does(&["apply", "-f", "-"], &follower("thief", "private", "k"))
        .await;
    proof.ns.problem("thief", Reason::ConsentMissing).await;

    let value = proof.mark_for("fromSecret, another key", &["lacking"], Answer::Unsent);
    proof
        .ns
        .try_create(source("lacking", label, &value))
        .await
        .unwrap();
    proof
        .kubectl_does(&["apply", "-f", "-"], &follower("lost", "lacking", "none"))
        .await;
    proof.ns.problem("lost", Reason::SourceKeyMissing).await;
}

/// Root keys, and the private keys of the webhooks' certificates.
async fn keys(proof: &Proof) {
    let natives: Api<core::Secret> = Api::namespaced(proof.isolated.cluster.client.clone(), SYSTEM);
    let home = |name: &str| format!("{SYSTEM}/{name}");
    let keyring = natives.get(KEYRING_NAME).await.unwrap();
    let root = &keyring.data.unwrap()["root-1"].0;
    proof.mark_of("the root key", root, Some(&home(KEYRING_NAME)));

    let identity = natives.get(WEBHOOK_IDENTITY_NAME).await.unwrap();
    let identity = &identity.data.unwrap()["identity.json"].0;
    let identity: Json = serde_json::from_slice(identity).unwrap();
    for path in ["/authorities/0/key", "/serving/key"] {
        let key = identity.pointer(path).and_then(Json::as_str).unwrap();
        let home = home(WEBHOOK_IDENTITY_NAME);
        proof.mark_of(path, key.as_bytes(), Some(&home));
    }
}

/// A namespace that was made anew gets the keys of the former one, and with them what was sealed for that.
async fn adopted(proof: &Proof) {
    let ns = proof.isolated.namespace("former").await;
    ns.store("vault", "{}").await;
    let value = Canary::new();
    let home = format!("{}/adopted", ns.name);
    proof.mark_of("keys adopt", value.bytes(), Some(&home));
    let manifest = manifest::secret("adopted", value.value());
    let (success, sealed) = proof.coffer_in(&ns, &["seal", "-"], &manifest).await;
    assert!(success, "{sealed}");
    ns.delete_whole().await;
    ns.create_again().await;
    ns.apply(&manifest::store("vault", "{}")).await;
    let apply = ["apply", "-f", "-"];
    let (success, said) = proof.kubectl_in(&ns, &apply, &sealed).await;
    assert!(success, "{said}");
    ns.store_problem("vault", Reason::KeysOfFormerNamespace)
        .await;
    // Yes is to be typed.
    let store = format!("{}/vault", ns.name);
    let adopt = ["keys", "adopt", &store];
    let typed = proof.mark("keys adopt, another answer", Answer::Unsent);
    let (success, said) = proof.administrator(&adopt, &typed).await;
    assert!(!success && said.contains("nothing was changed"), "{said}");
    administers(proof, &[&adopt[..], &["--yes"]].concat()).await;
    ns.store_ready("vault").await;
    ns.ready("adopted").await;
}
