//! Values and keys that are replaced by others: generated values when they are old, keys on request, and what
//! was sealed with them.

use coffer::api::wellknown::KEYRING_NAME;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use serde_json::json;

use super::Proof;
use super::archives::administers;
use super::marks::Answer::{Taken, Unsent};
use crate::keys::Admin;
use crate::support::{Namespace, bytes, manifest};

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    generated(proof).await;
    let store = format!("{}/turned", proof.ns.name);
    let manifest = store_keys(proof, &store).await;
    wrongly(proof, &store).await;
    pruned(proof, &store).await;
    shredded(proof, &store, &manifest).await;
    root(proof).await;
}

/// The one before, which is delivered beside the new one for a while, and the new one.
async fn generated(proof: &Proof) {
    let data = "{ k: { generate: { kind: Password, rotate: 1h, overlap: 30m } } }";
    let ns = &proof.ns;
    ns.apply(&manifest::secret_with("turning", "vault", data, "{}"))
        .await;
    ns.ready("turning").await;
    let before = ns.bytes("turning", "k").await;
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(4000);
    let generated = json!({ "at": long_ago.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() });
    let age = json!({ "spec": { "data": { "k": { "generated": generated } } } });
    ns.edit("turning", age).await;
    let native = ns.native("turning", "has a new value", |it| bytes(it, "k") != before);
    let after = bytes(&native.await, "k");
    ns.ready("turning").await;
    let home = proof.home_of("turning");
    proof.mark_of("generated and replaced", &before, Some(&home));
    proof.mark_of("generated in its place", &after, Some(&home));
}

/// New keys for a store, for what Coffer sealed and for what an author did. Gives the author's manifest.
async fn store_keys(proof: &Proof, store: &str) -> String {
    proof.ns.store("turned", "{}").await;
    let secret = |name, value: &str| {
        let data = json!({ "value": { "value": value } }).to_string();
        manifest::secret_with(name, "turned", &data, "{}")
    };
    let value = proof.mark_for("keys rotate store", &["by-coffer"], Taken);
    let by_coffer = secret("by-coffer", &value);
    proof.kubectl_does(&["create", "-f", "-"], &by_coffer).await;
    let value = proof.mark_for("reseal", &["by-author"], Unsent);
    let by_author = secret("by-author", &value);
    let sealed = proof.coffer_does(&["seal", "-"], &by_author).await;
    proof.kubectl_does(&["apply", "-f", "-"], &sealed).await;
    for name in ["by-coffer", "by-author"] {
        proof.ns.ready(name).await;
    }
    let git = proof.desk.path().join("git.yaml");
    std::fs::write(&git, &sealed).unwrap();
    administers(proof, &["keys", "rotate", "store", store, "--wait"]).await;
    let (found, said) = proof.coffer(&["reseal", "--check", "git.yaml"], "").await;
    assert!(!found && said.contains("git.yaml"), "{said}");
    proof.coffer_does(&["reseal", "git.yaml"], "").await;
    let renewed = std::fs::read_to_string(git).unwrap();
    assert_ne!(renewed, sealed);
    proof.kubectl_does(&["apply", "-f", "-"], &renewed).await;
    for name in ["by-coffer", "by-author"] {
        proof.ns.ready(name).await;
    }
    administers(proof, &["keys", "list"]).await;
    renewed
}

/// What `coffer reseal` refuses, in a manifest beside others.
async fn wrongly(proof: &Proof, store: &str) {
    for (what, text) in [
        ("in clear", "{ value: VALUE }"),
        ("a quote that is not closed", "{ value: 'VALUE }"),
        ("a list", "{ value: [VALUE] }"),
        ("no envelope", "{ value: coffer.v1.VALUE }"),
        ("a misspelt value", "{ vaule: VALUE }"),
    ] {
        let value = proof.mark(&format!("reseal, {what}"), Unsent);
        let data = format!("{{ k: {} }}", text.replace("VALUE", &value));
        let manifest = manifest::secret_with("wrong", "turned", &data, "{}");
        proof.file("wrong.yaml", &manifest);
        for way in [
            &["reseal", "wrong.yaml"][..],
            &["reseal", "--check", "wrong.yaml"],
        ] {
            let (success, said) = proof.coffer(way, "").await;
            assert!(!success, "{what}: {said}");
        }
    }
    // The name is to be typed.
    let value = proof.mark("keys shred", Unsent);
    let shred = ["keys", "shred", store, "--force"];
    let (success, said) = proof.administrator(&shred, &value).await;
    assert!(!success, "{said}");
}

/// The retired keys, which nobody needs any more.
async fn pruned(proof: &Proof, store: &str) {
    let prune = ["keys", "prune", store, "--public-keys"];
    let (success, said) = proof.administrator(&prune, "").await;
    assert!(!success && said.contains("was retired less than"), "{said}");
    admin(proof).retired_long_ago("turned").await;
    // Yes is to be typed.
    let value = proof.mark("keys prune", Unsent);
    let (success, said) = proof.administrator(&prune, &value).await;
    assert!(!success && said.contains("nothing was removed"), "{said}");
    for how in ["--dry-run", "--yes"] {
        let said = administers(proof, &[&prune[..], &[how]].concat()).await;
        assert_eq!(said.lines().count(), 2, "{said}");
    }
    administers(proof, &prune).await;
}

/// The keys of a store that is needed are destroyed: nobody opens these values any more.
async fn shredded(proof: &Proof, store: &str, manifest: &str) {
    let shred = ["keys", "shred", store, "--force", "--yes"];
    administers(proof, &shred).await;
    proof.ns.store_ready("turned").await;
    // An annotation is reason enough to look at it again.
    let again = ["annotate", "csec", "by-author", "by-coffer", "look=again"];
    proof.kubectl_does(&again, "").await;
    proof.kubectl(&["apply", "-f", "-"], manifest).await;
    proof.ns.operator_caught_up().await;
}

/// A new root key, which wraps everything anew.
async fn root(proof: &Proof) {
    administers(proof, &["keys", "rotate", "root", "--wait"]).await;
    let system = "coffer-system";
    let natives: Api<core::Secret> = Api::namespaced(proof.isolated.cluster.client.clone(), system);
    let keyring = natives.get(KEYRING_NAME).await.unwrap();
    let home = format!("{system}/{KEYRING_NAME}");
    proof.mark_of("a new root key", &bytes(&keyring, "root-2"), Some(&home));
    let prune = ["keys", "prune", "--all"];
    let (success, said) = proof.administrator(&prune, "").await;
    assert!(!success && said.contains("all root keys stay"), "{said}");
    admin(proof).keyring_made_long_ago().await;
    for how in ["--dry-run", "--yes"] {
        let said = administers(proof, &[&prune[..], &[how]].concat()).await;
        assert!(said.contains("root-1"), "{said}");
    }
    let said = administers(proof, &["keys", "status"]).await;
    assert!(said.contains("is named by Secret by-author"), "{said}");
}

fn admin(proof: &Proof) -> Admin {
    Admin::of(Namespace {
        cluster: proof.isolated.cluster.clone(),
        name: proof.ns.name.clone(),
    })
}
