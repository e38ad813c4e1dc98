//! What may be handed over, and the write that does it.

use k8s_openapi::api::core::v1 as core;
use serde_json::{Value as Json, json};

use super::compare;
use super::handover::{self, Handover};
use super::owners::{self, Kinds};
use super::refusal::Refusal;
use crate::api::Secret;

fn native(change: &Json) -> core::Secret {
    let mut object = json!({
        "metadata": {
            "name": "card", "namespace": "shop", "uid": "u-1", "resourceVersion": "7",
            "ownerReferences": [{
                "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "card",
                "uid": "u-2", "controller": true,
            }],
        },
        "type": "Opaque",
        "data": { "password": "aHVudGVyMg==" },
    });
    json_patch::merge(&mut object, change);
    serde_json::from_value(object).unwrap()
}

fn secret(change: &Json) -> Secret {
    let mut object = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
        "metadata": { "name": "card", "namespace": "shop", "uid": "u-3", "generation": 1 },
        "spec": { "storeRef": { "name": "payments" }, "target": {} },
        "status": { "observedGeneration": 1, "conditions": [{
            "type": "Ready", "status": "False", "reason": "TargetConflict", "message": "taken",
            "lastTransitionTime": "2026-11-01T00:00:00Z",
        }] },
    });
    json_patch::merge(&mut object, change);
    serde_json::from_value(object).unwrap()
}

fn delivering(uid: &str) -> Secret {
    secret(&json!({ "status": {
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "Delivered", "message": "",
            "lastTransitionTime": "2026-11-01T00:00:00Z",
        }],
        "deliveries": [{ "namespace": "shop", "name": "card", "uid": uid, "resourceVersion": "7" }],
    } }))
}

fn judge(native: &core::Secret, secret: &Secret) -> Result<Handover, Refusal> {
    handover::judge(native, secret, &Kinds::with(&[]))
}

fn refused(native: &Json, secret: &Secret) -> Refusal {
    judge(&self::native(native), secret).unwrap_err()
}

fn operations(handover: &Handover) -> Json {
    json!(handover.patch.as_ref().unwrap())
}

#[test]
fn consent_is_given_in_the_write_that_takes_the_ownership_away() {
    let handover = judge(&native(&json!({})), &secret(&json!({}))).unwrap();
    assert_eq!(
        operations(&handover),
        json!([
            { "op": "test", "path": "/metadata/uid", "value": "u-1" },
            { "op": "test", "path": "/metadata/resourceVersion", "value": "7" },
            { "op": "add", "path": "/metadata/ownerReferences", "value": [] },
            { "op": "add", "path": "/metadata/labels", "value": {} },
            { "op": "add", "path": "/metadata/labels/coffer.dev~1adopt", "value": "card" },
            { "op": "add", "path": "/metadata/annotations", "value": {} },
            { "op": "add", "path": "/metadata/annotations/coffer.dev~1adopt-if", "value": "same-content" },
        ])
    );
    assert_eq!(
        owners::deletion(&handover.former[0], "shop"),
        "kubectl delete sealedsecret.bitnami.com card -n shop --cascade=orphan"
    );
}

#[test]
fn marks_of_the_old_tool_go_and_helm_is_told_to_keep_it() {
    let native = native(&json!({ "metadata": {
        "labels": { "app": "shop", "reconcile.external-secrets.io/managed": "true" },
        "annotations": {
            "sealedsecrets.bitnami.com/managed": "true", "meta.helm.sh/release-name": "shop",
        },
    } }));
    let handover = judge(&native, &secret(&json!({}))).unwrap();
    assert_eq!(handover.release.as_deref(), Some("shop"));
    let all = operations(&handover);
    assert_eq!(
        all.as_array().unwrap()[3..],
        [
            json!({ "op": "add", "path": "/metadata/labels/coffer.dev~1adopt", "value": "card" }),
            json!({ "op": "add", "path": "/metadata/annotations/coffer.dev~1adopt-if", "value": "same-content" }),
            json!({ "op": "add", "path": "/metadata/annotations/helm.sh~1resource-policy", "value": "keep" }),
            json!({ "op": "remove", "path": "/metadata/annotations/sealedsecrets.bitnami.com~1managed" }),
            json!({ "op": "remove", "path": "/metadata/labels/reconcile.external-secrets.io~1managed" }),
        ]
    );
}

#[test]
fn one_that_coffer_has_already_only_loses_its_former_owner() {
    let ours = json!({ "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "name": "card", "uid": "u-3" });
    let mut owned = native(&json!({}));
    let ours = serde_json::from_value(ours).unwrap();
    owned.metadata.owner_references.as_mut().unwrap().push(ours);
    let handover = judge(&owned, &delivering("u-1")).unwrap();
    let all = operations(&handover);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[2]["value"][0]["uid"], "u-3");
}

#[test]
fn once_all_is_done_nothing_is_written() {
    let mut native = native(&json!({ "metadata": { "labels": { "coffer.dev/origin": "u-3" } } }));
    native.metadata.owner_references = None;
    let handover = judge(&native, &delivering("u-1")).unwrap();
    assert!(handover.patch.is_none() && handover.former.is_empty());
}

#[test]
fn what_coffer_would_make_anew_is_refused() {
    assert!(matches!(
        refused(&json!({ "immutable": true }), &secret(&json!({}))),
        Refusal::Immutable { .. }
    ));
    assert_eq!(
        refused(&json!({ "type": "kubernetes.io/tls" }), &secret(&json!({}))),
        Refusal::OtherType {
            native: "kubernetes.io/tls".to_owned(),
            target: "Opaque".to_owned()
        }
    );
    let going = json!({ "metadata": { "deletionTimestamp": "2026-11-01T00:00:00Z" } });
    assert_eq!(refused(&going, &secret(&json!({}))), Refusal::Terminating);
}

#[test]
fn while_anything_but_consent_is_missing_the_old_tool_stays_in_charge() {
    let secret = secret(&json!({ "status": { "conditions": [{
        "type": "Ready", "status": "False", "reason": "EnvelopeMismatch", "message": "seal it again",
        "lastTransitionTime": "2026-11-01T00:00:00Z",
    }] } }));
    assert_eq!(
        refused(&json!({}), &secret).to_string(),
        "Coffer cannot deliver Coffer Secret `card` yet (EnvelopeMismatch): seal it again"
    );
}

#[test]
fn what_another_tool_goes_on_writing_is_refused_until_the_user_says_otherwise() {
    let owner = json!({ "metadata": { "ownerReferences": [{
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": "web", "uid": "u-9",
    }] } });
    let refusal = refused(&owner, &secret(&json!({})));
    assert!(
        refusal
            .to_string()
            .ends_with("`--from Certificate.cert-manager.io`"),
        "{refusal}"
    );
    let from = ["Certificate.cert-manager.io".to_owned()];
    let handover = handover::judge(&native(&owner), &secret(&json!({})), &Kinds::with(&from));
    assert_eq!(handover.unwrap().former.len(), 1);
    let alike = json!({ "metadata": { "ownerReferences": [{
        "apiVersion": "bitnami.com.evil/v1", "kind": "SealedSecret", "name": "card", "uid": "u-9",
    }] } });
    assert!(matches!(
        refused(&alike, &secret(&json!({}))),
        Refusal::Owner { .. }
    ));
}

#[test]
fn one_that_another_coffer_secret_delivers_is_refused() {
    let labels = json!({ "metadata": { "labels": { "coffer.dev/origin": "u-8" } } });
    assert_eq!(
        refused(&labels, &secret(&json!({}))),
        Refusal::DeliveredByAnother
    );
}

#[test]
fn a_name_that_no_label_can_hold_is_refused() {
    let name = "x".repeat(64);
    let secret =
        secret(&json!({ "metadata": { "name": name }, "spec": { "target": { "name": "card" } } }));
    assert_eq!(refused(&json!({}), &secret), Refusal::NameTooLong(name));
}

#[test]
fn the_origin_is_the_one_secret_with_that_target() {
    let named = |name: &str, target: Json| {
        secret(&json!({ "metadata": { "name": name }, "spec": { "target": target } }))
    };
    let all = [
        named("card", json!({ "name": "other" })),
        named("b", json!({ "name": "card" })),
        named("c", json!(null)),
    ];
    let found = handover::origin(&all, "card").unwrap();
    assert_eq!(found.metadata.name.as_deref(), Some("b"));
    assert_eq!(handover::origin(&all, "c").unwrap_err(), Refusal::NoSecret);
    let two = [
        named("card", json!({})),
        named("b", json!({ "name": "card" })),
    ];
    assert_eq!(
        handover::origin(&two, "card").unwrap_err(),
        Refusal::Several("card, b".to_owned())
    );
}

#[test]
fn a_status_of_a_former_spec_delivers_nothing() {
    assert!(handover::delivers(&delivering("u-1"), "u-1"));
    assert!(!handover::delivers(&delivering("u-1"), "u-2"));
    let mut changed = delivering("u-1");
    changed.metadata.generation = Some(2);
    assert!(!handover::delivers(&changed, "u-1") && !handover::is_settled(&changed));
    assert!(!handover::is_settled(&secret(&json!({ "status": null }))));
}

#[test]
fn what_is_not_as_it_was_is_said() {
    let compared = |change: Json| {
        let mut after = native(&json!({}));
        after.metadata.owner_references = None;
        let mut after = json!(after);
        json_patch::merge(&mut after, &change);
        let after = serde_json::from_value(after).unwrap();
        compare::run(&native(&json!({})), &after, &Kinds::with(&[]))
    };
    assert_eq!(compared(json!({})), Ok(()));
    let anew = json!({ "metadata": { "uid": "u-7" } });
    assert_eq!(compared(anew), Err(Refusal::MadeAnew));
    let owners =
        json!({ "metadata": { "ownerReferences": native(&json!({})).metadata.owner_references } });
    let back = Refusal::PutBack("SealedSecret card".to_owned());
    assert_eq!(compared(owners), Err(back));
    let data = json!({ "data": { "password": "eA==", "more": "eA==" } });
    let differs = Refusal::Differs("`more`, `password`".to_owned());
    assert_eq!(compared(data), Err(differs));
}
