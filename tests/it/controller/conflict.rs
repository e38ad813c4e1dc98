//! Native Secrets that are not Coffer's: never touched, unless their owner agrees.

use coffer::api::Reason;
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::PostParams;
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Namespace, bytes, manifest};

async fn foreign(metadata: Json) -> (Namespace, core::Secret) {
    let ns = Cluster::namespace("conflict").await;
    let mut object = json!({ "metadata": metadata, "stringData": { "theirs": "x" } });
    object["metadata"]["name"] = "stripe".into();
    let foreign = ns
        .natives()
        .create(
            &PostParams::default(),
            &serde_json::from_value(object).unwrap(),
        )
        .await
        .unwrap();
    let author = ns.sealer_of_new_store("vault").await;
    ns.apply(&manifest::secret(
        "stripe",
        &author.strict("stripe", "value", b"v"),
    ))
    .await;
    (ns, foreign)
}

async fn is_left_alone(metadata: Json) {
    let (ns, foreign) = foreign(metadata).await;
    let message = ns.problem("stripe", Reason::TargetConflict).await;
    assert_eq!(
        message,
        "native secret `stripe` exists and is not Coffer's, so it is left alone: delete it, choose \
         another `spec.target.name`, or let Coffer take it over with `kubectl label secret stripe \
         coffer.dev/adopt=stripe`"
    );
    ns.operator_caught_up().await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), foreign);
    // Nor does it go when the Coffer Secret goes.
    ns.delete("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), foreign);
    let writes: Vec<_> = ns
        .api_calls()
        .into_iter()
        .filter(|call| call.resource == "secrets" && call.is_write() && call.code < 400)
        .collect();
    assert_eq!(writes, []);
}

#[tokio::test]
async fn a_foreign_native_secret_is_left_alone() {
    is_left_alone(json!({})).await;
}

#[tokio::test]
async fn one_labelled_for_another_secret_is_left_alone() {
    is_left_alone(json!({ "labels": { "coffer.dev/adopt": "other" } })).await;
}

#[tokio::test]
async fn one_with_the_label_of_a_source_is_left_alone() {
    is_left_alone(json!({ "labels": { "coffer.dev/source": "true" } })).await;
}

#[tokio::test]
async fn one_with_the_consent_as_an_annotation_is_left_alone() {
    is_left_alone(json!({ "annotations": { "coffer.dev/adopt": "stripe" } })).await;
}

#[tokio::test]
async fn one_that_says_it_is_managed_by_coffer_is_left_alone() {
    is_left_alone(json!({
        "labels": { "app.kubernetes.io/managed-by": "coffer", "coffer.dev/origin": "x" },
        "annotations": {
            "coffer.dev/origin-name": "stripe",
            "coffer.dev/fingerprint": "coffer.f1.AAAA",
        },
    }))
    .await;
}

#[tokio::test]
async fn one_with_the_label_of_consent_is_taken_over() {
    let (ns, foreign) = foreign(json!({
        "labels": { "coffer.dev/adopt": "stripe", "example.com/team": "a" },
    }))
    .await;
    let secret = ns.ready("stripe").await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.uid(), foreign.uid());
    assert_eq!(native.data.as_ref().unwrap().len(), 1);
    assert_eq!(bytes(&native, "value"), b"v");
    assert_eq!(native.labels()["example.com/team"], "a");
    assert_eq!(
        secret.status.unwrap().deliveries[0].uid,
        native.uid().unwrap()
    );
    // Taking over is no repair.
    assert_eq!(ns.events("stripe").await, []);
}

#[tokio::test]
async fn the_remedy_that_the_message_names_works() {
    let (ns, _) = foreign(json!({})).await;
    ns.problem("stripe", Reason::TargetConflict).await;
    ns.kubectl(
        &["label", "secret", "stripe", "coffer.dev/adopt=stripe"],
        "",
    )
    .await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn the_other_remedy_works_too() {
    let (ns, _) = foreign(json!({})).await;
    ns.problem("stripe", Reason::TargetConflict).await;
    ns.kubectl(&["delete", "secret", "stripe"], "").await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

/// A native Secret with all marks of a genuine one under another name, or with other data.
async fn forged(name: &str, change: Json) -> (Namespace, core::Secret) {
    let ns = Cluster::namespace("conflict").await;
    ns.delivered("stripe", b"v").await;
    let genuine = ns.natives().get("stripe").await.unwrap();
    let mut object = json!({
        "metadata": {
            "name": name,
            "labels": genuine.labels(),
            "annotations": genuine.annotations(),
            "ownerReferences": genuine.owner_references(),
        },
        "type": genuine.type_,
        "data": genuine.data,
    });
    json_patch::merge(&mut object, &change);
    let forged = ns
        .natives()
        .create(
            &PostParams::default(),
            &serde_json::from_value(object).unwrap(),
        )
        .await
        .unwrap();
    (ns, forged)
}

#[tokio::test]
async fn a_forged_one_beside_the_genuine_is_not_removed_as_coffers() {
    for change in [json!({}), json!({ "data": { "value": "AAAA" } })] {
        let (ns, forged) = forged("forged", change).await;
        ns.operator_caught_up().await;
        assert_eq!(ns.natives().get("forged").await.unwrap(), forged);
        ns.ready("stripe").await;
        assert_eq!(ns.bytes("stripe", "value").await, b"v");
    }
}

#[tokio::test]
async fn a_forged_one_at_the_name_of_a_new_target_is_not_taken_for_coffers() {
    for change in [json!({}), json!({ "data": { "value": "AAAA" } })] {
        let (ns, forged) = forged("forged", change).await;
        ns.edit(
            "stripe",
            json!({ "spec": { "target": { "name": "forged" } } }),
        )
        .await;
        ns.problem("stripe", Reason::TargetConflict).await;
        assert_eq!(ns.natives().get("forged").await.unwrap(), forged);
    }
}

#[tokio::test]
async fn one_copied_from_another_namespace_is_not_taken_for_coffers() {
    let (theirs, _) = forged("other", json!({})).await;
    let genuine = theirs.natives().get("stripe").await.unwrap();
    is_left_alone(json!({
        "labels": genuine.labels(),
        "annotations": genuine.annotations(),
    }))
    .await;
}

#[tokio::test]
async fn two_secrets_with_one_target_do_not_fight() {
    let ns = Cluster::namespace("conflict").await;
    ns.delivered("stripe", b"first").await;
    let before = ns.natives().get("stripe").await.unwrap();
    let author = ns.sealer("vault").await;
    let data = json!({ "value": { "value": author.strict("second", "value", b"second") } });
    ns.apply(&manifest::secret_with(
        "second",
        "vault",
        &data.to_string(),
        "{ name: stripe }",
    ))
    .await;
    ns.problem("second", Reason::TargetConflict).await;
    ns.operator_caught_up().await;
    ns.ready("stripe").await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), before);
    // When the first one goes, the name is free.
    ns.delete("stripe").await;
    ns.ready("second").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"second");
}

/// The label of consent gives what is nobody's; it does not take from another Secret of Coffer's.
#[tokio::test]
async fn the_label_of_consent_does_not_take_a_target_from_another_secret() {
    let ns = Cluster::namespace("conflict").await;
    ns.delivered("stripe", b"first").await;
    ns.kubectl(
        &["label", "secret", "stripe", "coffer.dev/adopt=second"],
        "",
    )
    .await;
    ns.operator_caught_up().await;
    let before = ns.natives().get("stripe").await.unwrap();
    let author = ns.sealer("vault").await;
    let data = json!({ "value": { "value": author.strict("second", "value", b"second") } });
    let target = "{ name: stripe }";
    ns.apply(&manifest::secret_with(
        "second",
        "vault",
        &data.to_string(),
        target,
    ))
    .await;
    let message = ns.problem("second", Reason::TargetConflict).await;
    assert_eq!(
        message,
        "native secret `stripe` is the target of Secret `stripe`: choose another `spec.target.name` for \
         one of them"
    );
    ns.ready("stripe").await;
    assert_eq!(ns.natives().get("stripe").await.unwrap(), before);
}

#[tokio::test]
async fn a_token_of_a_service_account_is_left_alone() {
    let ns = Cluster::namespace("conflict").await;
    ns.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: ci }\n")
        .await;
    let token = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": "stripe", "annotations": { "kubernetes.io/service-account.name": "ci" } },
        "type": "kubernetes.io/service-account-token",
    });
    ns.try_create(token).await.unwrap();
    ns.native("stripe", "has a token", |native| {
        native
            .data
            .as_ref()
            .is_some_and(|data| data.contains_key("token"))
    })
    .await;
    let author = ns.sealer_of_new_store("vault").await;
    ns.apply(&manifest::secret(
        "stripe",
        &author.strict("stripe", "value", b"v"),
    ))
    .await;
    ns.problem("stripe", Reason::TargetConflict).await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert!(native.data.unwrap().contains_key("token"));
}

/// The value of a label has at most 63 characters.
#[tokio::test]
async fn a_name_that_no_label_can_hold_is_not_advised_as_a_label() {
    let ns = Cluster::namespace("conflict").await;
    ns.store("vault", "{}").await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: taken }\nstringData: { a: b }\n")
        .await;
    let name = "x".repeat(64);
    let data = "{ value: { value: v } }";
    ns.apply(&manifest::secret_with(
        &name,
        "vault",
        data,
        "{ name: taken }",
    ))
    .await;
    let message = ns.problem(&name, Reason::TargetConflict).await;
    assert_eq!(
        message,
        "native secret `taken` exists and is not Coffer's, so it is left alone: delete it, or choose \
         another `spec.target.name`"
    );
}
