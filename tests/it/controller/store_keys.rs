//! The keys of a store: made once, kept, changed on request.

use coffer::api::KeyState;
use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::json;

use crate::support::{Cluster, Sealer, bytes, eventually, manifest};

#[tokio::test]
async fn another_suite_makes_a_new_key_and_the_former_still_opens() {
    let ns = Cluster::namespace("keys").await;
    let before = ns.sealer_of_new_store("vault").await;
    let store = ns.store("vault", "{ sealing: { suite: X25519 } }").await;
    let after = Sealer::of(&store);
    assert_eq!(after.key.suite().as_str(), "X25519");
    let keys: Vec<_> = store
        .status
        .unwrap()
        .sealing_keys
        .into_iter()
        .map(|key| (key.suite, key.state))
        .collect();
    assert_eq!(
        keys,
        [
            ("XChaCha20Poly1305".to_owned(), KeyState::Active),
            ("XWing".to_owned(), KeyState::Retired),
            ("X25519".to_owned(), KeyState::Active),
        ]
    );
    for (name, author) in [("old", &before), ("new", &after)] {
        let sealed = author.strict(name, "value", b"v");
        ns.apply(&manifest::secret(name, &sealed)).await;
        ns.ready(name).await;
        assert_eq!(ns.bytes(name, "value").await, b"v");
    }
}

#[tokio::test]
async fn a_suite_that_is_chosen_again_has_its_former_key_again() {
    let ns = Cluster::namespace("keys").await;
    let first = ns.sealer_of_new_store("vault").await;
    for _ in 0..3 {
        ns.store("vault", "{ sealing: { suite: X25519 } }").await;
        ns.store("vault", "{ sealing: { suite: XWing } }").await;
    }
    let store = ns.store_ready("vault").await;
    assert_eq!(Sealer::of(&store).key.id(), first.key.id());
    assert_eq!(store.status.unwrap().sealing_keys.len(), 3);
    let sealed = first.strict("stripe", "value", b"v");
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    ns.ready("stripe").await;
}

#[tokio::test]
async fn other_changes_of_a_store_leave_its_keys() {
    let ns = Cluster::namespace("keys").await;
    let before = ns.store("vault", "{}").await;
    let spec =
        "{ description: x, deletionPolicy: Cascade, sealing: { suite: XWing, bindings: [Store] } }";
    let after = ns.store("vault", spec).await;
    assert_eq!(
        before.status.unwrap().sealing_keys,
        after.status.unwrap().sealing_keys
    );
}

#[tokio::test]
async fn the_keys_of_a_living_store_that_are_deleted_are_put_back() {
    let ns = Cluster::namespace("keys").await;
    ns.delivered("stripe", b"v").await;
    let author = ns.sealer("vault").await;
    let keys: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let name = native_name(&ns.name, "vault");
    let before = keys.get(&name).await.unwrap();
    keys.delete(&name, &DeleteParams::default()).await.unwrap();
    let after = eventually("the keys are put back", async || {
        let keys = keys.get_opt(&name).await.unwrap();
        keys.ok_or("they are gone")
    })
    .await;
    assert_ne!(before.uid(), after.uid());
    assert_eq!(before.data, after.data);
    let sealed = author.strict("late", "value", b"v");
    ns.apply(&manifest::secret("late", &sealed)).await;
    ns.ready("late").await;
    ns.ready("stripe").await;
}

/// As after a start of the operator without the keys that a living store had.
#[tokio::test]
async fn new_keys_where_others_sealed_something_are_told_of() {
    let unknown = format!("coffer.v1.0123456789abcdef.{}", "A".repeat(64));
    // Of the second one a webhook makes the keys, before the store has a turn.
    for plaintext in [false, true] {
        let ns = Cluster::unadvised_namespace("keys").await;
        ns.apply(&manifest::secret("stripe", &unknown)).await;
        if plaintext {
            ns.apply(&manifest::secret("plain", "v")).await;
        }
        ns.operator_caught_up().await;
        ns.store("vault", "{}").await;
        let note = ns.event("vault", "KeyUnknown").await;
        assert!(
            note.contains("1 of its Secrets hold") && note.contains("coffer keys import"),
            "{note}"
        );
        ns.store("other", "{}").await;
        assert_eq!(ns.events("other").await, []);
    }
}

#[tokio::test]
async fn the_keys_at_rest_hold_no_public_or_secret_half_in_clear() {
    let ns = Cluster::namespace("keys").await;
    let store = ns.store("vault", "{}").await;
    let keys: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let native = keys.get(&native_name(&ns.name, "vault")).await.unwrap();
    let record: serde_json::Value = serde_json::from_slice(&bytes(&native, "record.json")).unwrap();
    for key in record["keys"].as_array().unwrap() {
        let wrapped = key["wrapped"].as_str().unwrap();
        assert!(wrapped.starts_with("coffer.wrap.v1."), "{wrapped}");
    }
    let public = &store.status.unwrap().sealing_keys[1].public_key;
    assert!(!record.to_string().contains(public.as_deref().unwrap()));
}

/// The record is bound to its place: whoever may write in the operator's namespace cannot give the
/// keys of one store to another.
#[tokio::test]
async fn keys_that_are_copied_to_another_store_do_not_unwrap() {
    let ns = Cluster::unadvised_namespace("keys").await;
    let author = ns.sealer_of_new_store("theirs").await;
    let own = ns.sealer_of_new_store("own").await;
    let keys: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let theirs = keys.get(&native_name(&ns.name, "theirs")).await.unwrap();
    let own_name = native_name(&ns.name, "own");
    let before = keys.get(&own_name).await.unwrap();
    let record = |native: &core::Secret| -> serde_json::Value {
        serde_json::from_slice(&bytes(native, "record.json")).unwrap()
    };
    let mut swapped = record(&before);
    swapped["keys"] = record(&theirs)["keys"].clone();
    let patch = |record: &serde_json::Value| {
        let patch = json!({ "stringData": { "record.json": record.to_string() } });
        kube::api::Patch::Merge(patch)
    };
    keys.patch(&own_name, &PatchParams::default(), &patch(&swapped))
        .await
        .unwrap();
    let crossed = Sealer {
        key: author.key,
        ..own
    };
    let sealed = crossed.seal(coffer::crypto::BindingKind::Store, "stolen", "value", b"v");
    let data = json!({ "value": { "value": sealed } }).to_string();
    ns.apply(&manifest::secret_with("stolen", "own", &data, "{}"))
        .await;
    ns.problem("stolen", coffer::api::Reason::EnvelopeMismatch)
        .await;
    keys.patch(&own_name, &PatchParams::default(), &patch(&record(&before)))
        .await
        .unwrap();
}
