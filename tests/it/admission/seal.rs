//! A value in clear is sealed before it is stored, in the field in which it came.

use coffer::api::{ConditionType, Reason};
use coffer::crypto::BindingKind;
use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use serde_json::{Value as Json, json};

use super::{COPY, apply, assert_no_trace, stored, stripe, version};
use crate::support::{Canary, Cluster, condition, manifest};

#[tokio::test]
async fn a_value_is_sealed_before_it_is_stored_and_the_condition_says_so() {
    let (ns, canary) = (Cluster::namespace("seal").await, Canary::new());
    ns.store("vault", "{}").await;
    apply(&ns, &stripe(&canary)).await;
    assert_eq!(version(&ns, "stripe").await.1, 1, "it never was otherwise");
    let secret = ns.ready("stripe").await;
    let sealed = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(sealed.reason, Reason::SealedAtAdmission.as_str());
    let copy: Json = serde_json::from_str(&secret.metadata.annotations.unwrap()[COPY]).unwrap();
    assert_eq!(copy["spec"]["data"]["value"]["value"], "[sealed by coffer]");
    assert_eq!(ns.bytes("stripe", "value").await, canary.value().as_bytes());
    assert_no_trace(&ns, &canary).await;
}

#[tokio::test]
async fn the_same_manifest_again_changes_nothing_client_side() {
    let (ns, canary) = (Cluster::namespace("seal").await, Canary::new());
    ns.store("vault", "{}").await;
    apply(&ns, &stripe(&canary)).await;
    ns.ready("stripe").await;
    // Whole, so that a failure says what changed.
    let whole = async || serde_json::to_value(ns.secrets().get("stripe").await.unwrap()).unwrap();
    let before = whole().await;
    for _ in 0..2 {
        apply(&ns, &stripe(&canary)).await;
        assert_eq!(whole().await, before);
    }
    let diff = ns.kubectl(&["diff", "-f", "-"], &stripe(&canary)).await;
    assert_eq!(diff, "");
}

/// The owners of an object stand in the order of their times. A status that was written in a later second than the
/// manifest, as in a store with a quota, stands behind it, and the next apply would come behind the status.
#[tokio::test]
async fn nor_does_it_where_its_status_is_younger() {
    let (ns, canary) = (Cluster::namespace("seal").await, Canary::new());
    ns.store("vault", "{ quota: { secrets: 9 } }").await;
    apply(&ns, &stripe(&canary)).await;
    let sealed = ns.sealer("vault").await.strict("sealed", "value", b"v");
    let sealed = manifest::secret("sealed", &sealed);
    apply(&ns, &sealed).await;
    for name in ["stripe", "sealed"] {
        ns.ready(name).await;
    }
    let before = [version(&ns, "stripe").await, version(&ns, "sealed").await];
    for _ in 0..2 {
        apply(&ns, &stripe(&canary)).await;
        apply(&ns, &sealed).await;
        let now = [version(&ns, "stripe").await, version(&ns, "sealed").await];
        assert_eq!(now, before);
    }
}

#[tokio::test]
async fn the_same_manifest_again_changes_nothing_server_side() {
    let (ns, canary) = (Cluster::namespace("seal").await, Canary::new());
    ns.store("vault", "{}").await;
    let arguments = ["apply", "--server-side", "-f", "-"];
    ns.kubectl(&arguments, &stripe(&canary)).await;
    ns.ready("stripe").await;
    let before = version(&ns, "stripe").await;
    for _ in 0..2 {
        ns.kubectl(&arguments, &stripe(&canary)).await;
        assert_eq!(version(&ns, "stripe").await, before);
    }
    let arguments = ["diff", "--server-side", "-f", "-"];
    assert_eq!(ns.kubectl(&arguments, &stripe(&canary)).await, "");
    // The author owns the field, and nobody else does.
    let secret = ns.secrets().get("stripe").await.unwrap();
    let owners: Vec<_> = secret
        .metadata
        .managed_fields
        .iter()
        .flatten()
        .filter(|entry| json!(entry.fields_v1).to_string().contains("f:data"))
        .map(|entry| {
            (
                entry.manager.clone().unwrap(),
                entry.operation.clone().unwrap(),
            )
        })
        .collect();
    assert_eq!(owners, [("kubectl".to_owned(), "Apply".to_owned())]);
}

#[tokio::test]
async fn only_the_value_that_changed_is_sealed_anew() {
    let ns = Cluster::namespace("seal").await;
    ns.store("vault", "{}").await;
    let manifest = |one: &str, two: &str| {
        let data = json!({ "one": { "value": one }, "two": { "value": two } });
        manifest::secret_with("stripe", "vault", &data.to_string(), "{}")
    };
    let values = async || {
        let data = ns.secrets().get("stripe").await.unwrap().spec.data;
        ["one", "two"].map(|key| data[key].value.as_ref().unwrap().expose().to_owned())
    };
    apply(&ns, &manifest("a", "b")).await;
    let before = values().await;
    apply(&ns, &manifest("a", "c")).await;
    let after = values().await;
    assert_eq!(after[0], before[0]);
    assert_ne!(after[1], before[1]);
    ns.native("stripe", "has the new value", |native| {
        crate::support::bytes(native, "two") == b"c"
    })
    .await;
}

#[tokio::test]
async fn a_value_that_its_author_sealed_and_then_applies_in_clear_keeps_the_authors_envelope() {
    let ns = Cluster::namespace("seal").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let envelope = sealer.strict("stripe", "value", b"hunter2");
    apply(&ns, &manifest::secret("stripe", &envelope)).await;
    apply(&ns, &manifest::secret("stripe", "hunter2")).await;
    assert_eq!(stored(&ns, "stripe").await, envelope);
}

#[tokio::test]
async fn a_secret_and_its_store_apply_in_either_order_in_one_file() {
    for first in ["store", "secret"] {
        let (ns, canary) = (Cluster::namespace("order").await, Canary::new());
        let (store, secret) = (manifest::store("vault", "{}"), stripe(&canary));
        let file = match first {
            "store" => format!("{store}---\n{secret}"),
            _ => format!("{secret}---\n{store}"),
        };
        apply(&ns, &file).await;
        ns.ready("stripe").await;
        assert_eq!(ns.bytes("stripe", "value").await, canary.value().as_bytes());
        // The store has all that any store has.
        let keys = ns.store_ready("vault").await.status.unwrap().sealing_keys;
        assert_eq!(keys.len(), 2, "{first}");
        assert_no_trace(&ns, &canary).await;
    }
}

#[tokio::test]
async fn a_dry_run_has_no_effects() {
    let (ns, canary) = (Cluster::namespace("dry").await, Canary::new());
    let file = format!("{}---\n{}", stripe(&canary), manifest::store("vault", "{}"));
    ns.kubectl(&["apply", "--dry-run=server", "-f", "-"], &file)
        .await;
    ns.kubectl(&["create", "--dry-run=server", "-f", "-"], &file)
        .await;
    let keys = native_name(&ns.name, "vault");
    let arguments = [
        "--namespace",
        &ns.name,
        "create",
        "--dry-run=server",
        "-f",
        "-",
    ];
    let output = ns.cluster.kubectl(&arguments, &stripe(&canary)).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("cannot be opened, so do not keep it"),
        "{said}"
    );
    let natives: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    assert!(natives.get_metadata_opt(&keys).await.unwrap().is_none());
    assert!(ns.secrets().get_opt("stripe").await.unwrap().is_none());
    // Of one that is there, neither.
    ns.store("vault", "{}").await;
    apply(&ns, &stripe(&canary)).await;
    ns.ready("stripe").await;
    let before = version(&ns, "stripe").await;
    let other = manifest::secret("stripe", "other");
    let arguments = ["apply", "--dry-run=server", "-f", "-"];
    ns.kubectl(&arguments, &other).await;
    assert_eq!(version(&ns, "stripe").await, before);
}

#[tokio::test]
async fn sealed_and_plain_values_stand_side_by_side() {
    let ns = Cluster::namespace("mixed").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let data = json!({
        "sealed": { "value": sealer.strict("stripe", "sealed", b"one") },
        "plain": { "value": "two" },
        "base64": { "value": "dGhy\nZWU=\n", "encoding": "Base64" },
        "empty": { "value": "" },
    });
    apply(
        &ns,
        &manifest::secret_with("stripe", "vault", &data.to_string(), "{}"),
    )
    .await;
    ns.ready("stripe").await;
    for (key, value) in [
        ("sealed", "one"),
        ("plain", "two"),
        ("base64", "three"),
        ("empty", ""),
    ] {
        assert_eq!(ns.bytes("stripe", key).await, value.as_bytes(), "{key}");
    }
}

/// A name is made after the webhook, so there is nothing to bind to.
#[tokio::test]
async fn plaintext_for_a_name_that_is_yet_to_be_made_is_refused_and_a_store_bound_envelope_is_not()
{
    let (ns, canary) = (Cluster::namespace("generate-name").await, Canary::new());
    let spec = "{ sealing: { bindings: [Store] } }";
    let store = ns.store("vault", spec).await;
    let object = |value: &str| {
        json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
            "metadata": { "generateName": "job-" },
            "spec": { "storeRef": { "name": "vault" }, "data": { "value": { "value": value } } },
        })
    };
    let message = ns.try_create(object(canary.value())).await.unwrap_err();
    assert!(message.contains("`metadata.generateName`"), "{message}");
    canary.assert_absent("the message", &message);
    let sealer = crate::support::Sealer::of(&store);
    let envelope = sealer.seal(BindingKind::Store, "any", "any", b"v");
    let made = ns.try_create(object(&envelope)).await.unwrap();
    ns.ready(&made.metadata.name.unwrap()).await;
}

/// Whoever owns the name now may be someone else.
#[tokio::test]
async fn in_a_namespace_made_anew_nothing_is_sealed_with_the_former_keys() {
    let (ns, canary) = (Cluster::namespace("former").await, Canary::new());
    ns.delivered("stripe", b"v").await;
    ns.delete_whole().await;
    ns.create_again().await;
    let message = ns
        .try_kubectl(&["apply", "-f", "-"], &stripe(&canary))
        .await
        .unwrap_err();
    assert!(
        message.contains("belong to a former namespace"),
        "{message}"
    );
    canary.assert_absent("the message", &message);
}

/// The rules that decide whether a webhook is called look at every value, and may cost only so much.
#[tokio::test]
async fn the_largest_secrets_are_admitted_in_clear_and_sealed() {
    let ns = Cluster::namespace("largest").await;
    let author = ns.sealer_of_new_store("vault").await;
    let (few, many) = ("x".repeat(65_536), "x".repeat(8_192));
    for (name, count, value) in [("few", 8, &few), ("many", 64, &many)] {
        for is_sealed in [false, true] {
            let mut data = serde_json::Map::new();
            for number in 0..count {
                let key = format!("k{number}");
                let text = if is_sealed {
                    author.strict(name, &key, value.as_bytes())
                } else {
                    value.clone()
                };
                data.insert(key, json!({ "value": text }));
            }
            let data = Json::Object(data).to_string();
            let manifest = manifest::secret_with(name, "vault", &data, "{}");
            ns.kubectl(&["apply", "--server-side", "-f", "-"], &manifest)
                .await;
            ns.ready(name).await;
        }
        assert_eq!(ns.bytes(name, "k7").await, value.as_bytes());
    }
}

/// Each would have keys, kept in the operator's namespace.
#[tokio::test]
async fn keys_for_stores_that_never_come_are_not_made_without_end() {
    let (ns, canary) = (Cluster::namespace("unclaimed").await, Canary::new());
    for number in 0..64 {
        ns.apply(&manifest::plain("it", &format!("store-{number}"), "v"))
            .await;
    }
    let more = manifest::plain("it", "one-more", canary.value());
    let message = ns.try_apply(&more).await.unwrap_err();
    assert!(message.contains("create the stores first"), "{message}");
    canary.assert_absent("the message", &message);
    ns.store("store-0", "{}").await;
    ns.apply(&more).await;
}
