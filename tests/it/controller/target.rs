//! The target as its spec changes.

use coffer::api::Reason;
use kube::ResourceExt as _;
use serde_json::json;

use crate::support::{Cluster, bytes, manifest};

#[tokio::test]
async fn a_renamed_target_removes_the_old_one_and_makes_the_new() {
    let ns = Cluster::namespace("target").await;
    ns.delivered("stripe", b"v").await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "name": "other" } } }),
    )
    .await;
    let secret = ns.ready("stripe").await;
    assert_eq!(ns.bytes("other", "value").await, b"v");
    ns.native_gone("stripe").await;
    let deliveries = secret.status.unwrap().deliveries;
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].name, "other");
}

#[tokio::test]
async fn a_target_renamed_to_a_taken_name_keeps_the_old_one() {
    let ns = Cluster::namespace("target").await;
    ns.delivered("stripe", b"v").await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: taken }\n")
        .await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "name": "taken" } } }),
    )
    .await;
    ns.problem("stripe", Reason::TargetConflict).await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
    ns.edit("stripe", json!({ "spec": { "target": { "name": null } } }))
        .await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn a_changed_type_makes_the_native_secret_anew() {
    let ns = Cluster::namespace("target").await;
    let before = ns.delivered("stripe", b"v").await.status.unwrap();
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "type": "example.com/mine" } } }),
    )
    .await;
    let secret = ns.ready("stripe").await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.type_.as_deref(), Some("example.com/mine"));
    assert_eq!(bytes(&native, "value"), b"v");
    assert_ne!(native.uid(), Some(before.deliveries[0].uid.clone()));
    assert_eq!(secret.status.unwrap().version, before.version);
    assert_eq!(ns.events("stripe").await, []);
}

/// Whoever runs Helm would apply what is in them, with their own rights.
#[tokio::test]
async fn what_helm_would_take_for_a_release_is_not_made() {
    let (advised, ns) = (
        Cluster::namespace("target").await,
        Cluster::unadvised_namespace("target").await,
    );
    advised.store("vault", "{}").await;
    ns.store("vault", "{}").await;
    let data = "{ release: { value: v } }";
    for (name, target) in [
        ("sh.helm.release.v1.app.v3", "{}"),
        ("named", "{ name: sh.helm.release.v1.app.v4 }"),
        ("typed", "{ type: helm.sh/release.v1 }"),
        ("labelled", "{ labels: { owner: helm, name: app } }"),
    ] {
        let manifest = manifest::secret_with(name, "vault", data, target);
        let said = advised.try_apply(&manifest).await.unwrap_err();
        assert!(
            said.contains("would be taken for a release of Helm"),
            "{said}"
        );
        ns.apply(&manifest).await;
        ns.problem(name, Reason::TargetInvalid).await;
    }
    assert!(ns.natives().get_opt("labelled").await.unwrap().is_none());
}

/// Deleting first and finding out then would take a working Secret away.
#[tokio::test]
async fn a_type_that_the_values_do_not_fit_leaves_what_was_delivered() {
    let ns = Cluster::unadvised_namespace("target").await;
    let before = ns.delivered("stripe", b"v").await.status.unwrap();
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "type": "kubernetes.io/tls" } } }),
    )
    .await;
    let message = ns.problem("stripe", Reason::TargetInvalid).await;
    assert_eq!(
        message,
        "a native secret of type `kubernetes.io/tls` needs the keys `tls.crt` and `tls.key`: give it in `spec.data` \
         or `spec.target.template`, or choose another `spec.target.type`"
    );
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.uid(), Some(before.deliveries[0].uid.clone()));
    assert_eq!(bytes(&native, "value"), b"v");
}

#[tokio::test]
async fn a_removed_target_removes_the_native_secret() {
    let ns = Cluster::namespace("target").await;
    ns.delivered("stripe", b"v").await;
    ns.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    let secret = ns.ready("stripe").await;
    ns.native_gone("stripe").await;
    assert_eq!(secret.status.unwrap().deliveries, []);
}

#[tokio::test]
async fn labels_and_annotations_of_the_target_follow_the_spec() {
    let ns = Cluster::namespace("target").await;
    ns.delivered("stripe", b"v").await;
    let target = json!({
        "labels": { "team": "a", "app.kubernetes.io/name": "shop" },
        "annotations": { "note": "x" },
    });
    ns.edit("stripe", json!({ "spec": { "target": target } }))
        .await;
    ns.ready("stripe").await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.labels()["team"], "a");
    assert_eq!(native.labels()["app.kubernetes.io/name"], "shop");
    assert_eq!(native.labels()["app.kubernetes.io/managed-by"], "coffer");
    assert_eq!(native.annotations()["note"], "x");
    let target = json!({ "labels": { "team": null }, "annotations": null });
    ns.edit("stripe", json!({ "spec": { "target": target } }))
        .await;
    ns.ready("stripe").await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.labels().get("team"), None);
    assert_eq!(native.labels()["app.kubernetes.io/name"], "shop");
    assert_eq!(native.annotations().get("note"), None);
}

#[tokio::test]
async fn a_key_that_is_removed_goes_from_the_native_secret() {
    let ns = Cluster::namespace("target").await;
    ns.store("vault", "{}").await;
    let data = r#"{ a: { value: "1" }, b: { value: "2" } }"#;
    ns.apply(&manifest::secret_with("two", "vault", data, "{}"))
        .await;
    ns.ready("two").await;
    ns.edit("two", json!({ "spec": { "data": { "a": null } } }))
        .await;
    let secret = ns.ready("two").await;
    let native = ns.natives().get("two").await.unwrap();
    let keys: Vec<_> = native.data.unwrap().into_keys().collect();
    assert_eq!(keys, ["b"]);
    assert_eq!(secret.status.unwrap().version, Some(2));
}

#[tokio::test]
async fn a_quota_of_the_namespace_that_is_used_up_is_said() {
    let ns = Cluster::namespace("target").await;
    ns.apply(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: none }\nspec: { hard: { count/secrets: \"0\" } }\n",
    )
    .await;
    let author = ns.sealer_of_new_store("vault").await;
    ns.apply(&manifest::secret(
        "stripe",
        &author.strict("stripe", "value", b"v"),
    ))
    .await;
    let message = ns.problem("stripe", Reason::TargetRejected).await;
    assert_eq!(
        message,
        "the API server refuses native secret `stripe`: a ResourceQuota of the namespace is used up. \
         Correct `spec.target`, or what forbids it"
    );
}
