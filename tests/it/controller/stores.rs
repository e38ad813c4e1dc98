//! SecretStore: status, deletion, and what it takes with it.

use coffer::api::{Reason, SealingKeyStatus};
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::support::{Cluster, Namespace, by_type, eventually, manifest};

#[tokio::test]
async fn a_new_store_shows_its_public_key_and_not_the_symmetric_one() {
    let ns = Cluster::namespace("stores").await;
    let store = ns.store("vault", "{}").await;
    let id = store.labels()["coffer.dev/id"].clone();
    let status = store.status.unwrap();
    assert_eq!(status.id.unwrap(), id);
    assert_eq!(status.created, store.metadata.creation_timestamp);
    let keys: Vec<_> = status
        .sealing_keys
        .iter()
        .map(
            |SealingKeyStatus {
                 suite, public_key, ..
             }| (suite.as_str(), public_key.is_some()),
        )
        .collect();
    assert_eq!(keys, [("XChaCha20Poly1305", false), ("XWing", true)]);
    let [ready] = &status.conditions[..] else {
        panic!("{}", json!(status.conditions));
    };
    assert_eq!(
        (ready.type_.as_str(), ready.reason.as_str()),
        ("Ready", "KeysReady")
    );
}

#[tokio::test]
async fn two_stores_have_different_keys() {
    let ns = Cluster::namespace("stores").await;
    let (one, two) = (ns.store("one", "{}").await, ns.store("two", "{}").await);
    for (a, b) in [(&one, &two), (&two, &one)] {
        for key in &a.status.as_ref().unwrap().sealing_keys {
            let others = &b.status.as_ref().unwrap().sealing_keys;
            assert!(others.iter().all(|other| other.id != key.id));
        }
    }
}

async fn try_delete(ns: &Namespace, name: &str) -> Result<(), String> {
    match ns.stores().delete(name, &DeleteParams::default()).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) => Err(status.message),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_store_with_secrets_is_not_deleted() {
    let ns = Cluster::namespace("stores").await;
    ns.delivered("one", b"v").await;
    ns.usage("vault", 1).await;
    let refused = |what: &str| {
        format!(
            "secretstores.coffer.dev \"vault\" is forbidden: ValidatingAdmissionPolicy \
             'coffer-store-deletion' with binding 'coffer-store-deletion' denied request: store \
             \"vault\" still has {what} first, or set spec.deletionPolicy to Cascade"
        )
    };
    assert_eq!(
        try_delete(&ns, "vault").await.unwrap_err(),
        refused("1 secret: delete it")
    );
    ns.apply(&manifest::plain("two", "vault", "v")).await;
    ns.usage("vault", 2).await;
    assert_eq!(
        try_delete(&ns, "vault").await.unwrap_err(),
        refused("2 secrets: delete them")
    );
    // Refused is refused: nothing has changed.
    ns.ready("one").await;
    ns.delete("one").await;
    ns.delete("two").await;
    ns.usage("vault", 0).await;
    try_delete(&ns, "vault").await.unwrap();
}

#[tokio::test]
async fn all_stores_at_once_are_not_deleted_either() {
    let ns = Cluster::namespace("stores").await;
    ns.delivered("one", b"v").await;
    ns.usage("vault", 1).await;
    let refused = ns
        .try_kubectl(&["delete", "cstore", "--all"], "")
        .await
        .unwrap_err();
    assert!(refused.contains("still has 1 secret"), "{refused}");
    let collected = ns
        .stores()
        .delete_collection(&DeleteParams::default(), &ListParams::default())
        .await;
    assert!(collected.is_err());
    ns.stores().get("vault").await.unwrap();
}

#[tokio::test]
async fn an_empty_store_is_deleted() {
    let ns = Cluster::namespace("stores").await;
    ns.store("vault", "{}").await;
    try_delete(&ns, "vault").await.unwrap();
    assert!(ns.stores().get_opt("vault").await.unwrap().is_none());
}

#[tokio::test]
async fn a_namespace_with_stores_and_secrets_is_deleted() {
    let ns = Cluster::namespace("stores").await;
    ns.delivered("one", b"v").await;
    ns.usage("vault", 1).await;
    ns.delete_whole().await;
}

#[tokio::test]
async fn with_cascade_the_secrets_go_with_the_store_and_no_others() {
    let ns = Cluster::namespace("stores").await;
    let author = ns.sealer_of_new_store("other").await;
    let kept = author.strict("kept", "value", b"v");
    let data = json!({ "value": { "value": kept } }).to_string();
    ns.apply(&manifest::secret_with("kept", "other", &data, "{}"))
        .await;
    ns.ready("kept").await;
    for name in ["one", "two"] {
        ns.delivered(name, b"v").await;
    }
    ns.store("vault", "{ deletionPolicy: Cascade }").await;
    ns.usage("vault", 2).await;
    try_delete(&ns, "vault").await.unwrap();
    for name in ["one", "two"] {
        ns.gone(name).await;
        ns.native_gone(name).await;
    }
    ns.operator_caught_up().await;
    ns.ready("kept").await;
    assert_eq!(ns.bytes("kept", "value").await, b"v");
}

/// Its Secrets lose their store before they go themselves, and that is nothing to say of each.
#[tokio::test]
async fn a_namespace_that_goes_is_not_told_of_lost_stores() {
    let ns = Cluster::namespace("stores").await;
    for number in 0..10 {
        ns.delivered(&format!("s{number}"), b"v").await;
    }
    let before = ns.api_calls().len();
    ns.delete_whole().await;
    let told: Vec<_> = ns.api_calls()[before..]
        .iter()
        .map(ToString::to_string)
        .filter(|call| call.contains("secrets.coffer.dev/status") || call.contains("events"))
        .collect();
    assert_eq!(told, [""; 0]);
}

/// As the refusal advises: set the policy, and delete, one right after the other.
#[tokio::test]
async fn a_store_that_is_deleted_in_the_moment_in_which_it_becomes_cascading_takes_its_secrets_with_it()
 {
    let ns = Cluster::namespace("stores").await;
    let names: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    for name in &names {
        ns.store(name, "{}").await;
        ns.apply(&manifest::plain(name, name, "v")).await;
        ns.ready(name).await;
    }
    futures::future::join_all(names.iter().map(async |name| {
        let cascade = json!({ "spec": { "deletionPolicy": "Cascade" } });
        let patch = kube::api::Patch::Merge(&cascade);
        ns.stores()
            .patch(name, &kube::api::PatchParams::default(), &patch)
            .await
            .unwrap();
        try_delete(&ns, name).await.unwrap();
    }))
    .await;
    for name in &names {
        ns.gone(name).await;
    }
}

/// Who cannot delete Secrets can still delete a store: what the store never had stays.
#[tokio::test]
async fn with_cascade_a_secret_that_the_store_never_served_stays() {
    let ns = Cluster::namespace("stores").await;
    ns.delivered("moved", b"v").await;
    ns.store("other", "{ deletionPolicy: Cascade }").await;
    ns.usage("vault", 1).await;
    ns.edit(
        "moved",
        json!({ "spec": { "storeRef": { "name": "nowhere" } } }),
    )
    .await;
    ns.problem("moved", Reason::StoreNotFound).await;
    try_delete(&ns, "other").await.unwrap();
    ns.operator_caught_up().await;
    ns.secrets().get("moved").await.unwrap();
}

#[tokio::test]
async fn a_store_made_anew_in_its_namespace_opens_the_former_ones_envelopes() {
    let ns = Cluster::namespace("stores").await;
    let author = ns.sealer_of_new_store("vault").await;
    let before = ns.stores().get("vault").await.unwrap();
    try_delete(&ns, "vault").await.unwrap();
    let after = ns.store("vault", "{}").await;
    assert_ne!(before.uid(), after.uid());
    assert_eq!(
        before.status.unwrap().sealing_keys,
        after.status.unwrap().sealing_keys
    );
    let sealed = author.strict("stripe", "value", b"v");
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn a_namespace_made_anew_does_not_get_the_keys_of_the_former() {
    let ns = Cluster::namespace("stores").await;
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("stripe", "value", b"v");
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    ns.ready("stripe").await;
    ns.delete_whole().await;
    ns.create_again().await;

    // The new owner of the name has the manifests, from Git or from a backup.
    ns.apply(&manifest::store("vault", "{}")).await;
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    let message = eventually("the store says whose keys they are", async || {
        let status = ns.stores().get("vault").await.unwrap().status;
        let conditions = status.map(|status| status.conditions).unwrap_or_default();
        let named = by_type(&conditions);
        let expected = [
            ("Ready", "False", "KeysOfFormerNamespace"),
            ("Stalled", "True", "KeysOfFormerNamespace"),
        ];
        (named == expected)
            .then(|| conditions[0].message.clone())
            .ok_or_else(|| format!("{named:?}"))
    })
    .await;
    let native = coffer::index::store_keys::native_name(&ns.name, "vault");
    assert_eq!(
        message,
        format!(
            "the keys of this store belong to a former namespace `{0}`. An administrator lets this one have \
             them with `coffer keys adopt {0}/vault`; or, to start with new keys, destroys them with `coffer \
             keys shred {0}/vault --force`: what was sealed for the former store can then never be opened \
             again",
            ns.name
        )
    );
    let status = ns.stores().get("vault").await.unwrap().status.unwrap();
    assert_eq!(status.sealing_keys, []);
    ns.problem("stripe", Reason::StoreNotReady).await;
    assert!(ns.natives().get_opt("stripe").await.unwrap().is_none());
    assert_eq!(ns.event("vault", "KeysOfFormerNamespace").await, message);

    // The remedy works, and opens nothing of the former owner's.
    let removed = ns
        .cluster
        .kubectl(
            &["delete", "secret", "--namespace", "coffer-system", &native],
            "",
        )
        .await;
    assert!(removed.status.success());
    let store = ns.store_ready("vault").await;
    let keys = store.status.unwrap().sealing_keys;
    assert!(keys.iter().all(|key| key.id != author.key.id().to_string()));
    ns.problem("stripe", Reason::KeyUnknown).await;
}
