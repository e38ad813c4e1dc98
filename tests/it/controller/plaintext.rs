//! Without webhooks: plaintext is sealed in the field in which it came, and leaves no trace.

use coffer::api::{ConditionType, Reason};
use coffer::crypto::Envelope;
use serde_json::json;

use xtask::operator::Admission;

use crate::support::{Canary, Cluster, Isolated, Namespace, Options, bytes, condition, manifest};

/// Fails when the value shows anywhere but in the native Secret.
async fn assert_no_trace(ns: &Namespace, name: &str, canary: &Canary) {
    let object = ns.secrets().get(name).await.unwrap();
    canary.assert_absent("the object", &json!(object).to_string());
    let raw = ns
        .kubectl(
            &["get", "csec", name, "-o", "json", "--show-managed-fields"],
            "",
        )
        .await;
    canary.assert_absent("the object with its managed fields", &raw);
    let events = ns.events(name).await;
    canary.assert_absent("the events", &format!("{events:?}"));
    canary.assert_absent("the operator's log", &ns.cluster.operator_log());
    let audit = std::fs::read_to_string(&ns.cluster.audit_log).unwrap();
    canary.assert_absent("the audit log", &audit);
}

#[tokio::test]
async fn plaintext_is_sealed_in_place_and_the_condition_says_so() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    ns.store("vault", "{}").await;
    let manifest = manifest::secret("stripe", canary.value());
    ns.kubectl(&["apply", "-f", "-"], &manifest).await;
    let secret = ns.ready("stripe").await;
    let value = secret.spec.data["value"].value.as_ref().unwrap();
    assert!(Envelope::parse(value.expose()).is_ok());
    let sealed = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(
        (sealed.status.as_str(), sealed.reason.as_str()),
        ("True", "SealedByController")
    );
    assert_eq!(
        sealed.message,
        "a value was stored in plaintext until the controller sealed it: if etcd, a backup or an audit \
         log may have kept it, change it, and seal it with `coffer seal` before applying"
    );
    assert_eq!(ns.bytes("stripe", "value").await, canary.value().as_bytes());
    assert_no_trace(&ns, "stripe", &canary).await;
}

#[tokio::test]
async fn the_copy_in_the_last_applied_annotation_is_scrubbed() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    ns.store("vault", "{}").await;
    ns.kubectl(
        &["apply", "-f", "-"],
        &manifest::secret("stripe", "hunter2"),
    )
    .await;
    let secret = ns.ready("stripe").await;
    let annotation =
        &secret.metadata.annotations.unwrap()["kubectl.kubernetes.io/last-applied-configuration"];
    let copy: serde_json::Value = serde_json::from_str(annotation).unwrap();
    assert_eq!(copy["spec"]["data"]["value"]["value"], "[sealed by coffer]");
    assert_eq!(copy["spec"]["storeRef"]["name"], "vault");
}

#[tokio::test]
async fn the_same_plaintext_applied_again_is_no_new_version() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    ns.store("vault", "{}").await;
    let manifest = manifest::secret("stripe", canary.value());
    ns.kubectl(&["apply", "-f", "-"], &manifest).await;
    let before = ns.ready("stripe").await;
    ns.kubectl(&["apply", "-f", "-"], &manifest).await;
    ns.operator_caught_up().await;
    let after = ns.ready("stripe").await;
    let (before, after) = (before.status.unwrap(), after.status.unwrap());
    assert_eq!((before.version, after.version), (Some(1), Some(1)));
    assert_eq!(before.modified, after.modified);
    assert_no_trace(&ns, "stripe", &canary).await;
}

#[tokio::test]
async fn a_changed_plaintext_is_sealed_and_delivered() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    ns.delivered("stripe", b"sealed by the author").await;
    let edit = json!({ "spec": { "data": { "value": { "value": canary.value() } } } });
    ns.edit("stripe", edit).await;
    let secret = ns.ready("stripe").await;
    let sealed = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(sealed.reason, Reason::SealedByController.as_str());
    assert_eq!(ns.bytes("stripe", "value").await, canary.value().as_bytes());
    assert_no_trace(&ns, "stripe", &canary).await;
}

#[tokio::test]
async fn a_value_sealed_by_its_author_afterwards_clears_the_condition() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let author = ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("stripe", "hunter2")).await;
    ns.ready("stripe").await;
    let sealed = crate::support::Sealer::of(&author).strict("stripe", "value", b"new");
    let edit = json!({ "spec": { "data": { "value": { "value": sealed } } } });
    ns.edit("stripe", edit).await;
    let secret = ns.ready("stripe").await;
    let sealed = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(sealed.reason, Reason::SealedByAuthor.as_str());
}

#[tokio::test]
async fn one_value_that_cannot_be_sealed_does_not_leave_the_others_in_plaintext() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    ns.store("vault", "{}").await;
    let data = json!({
        "bad": { "value": "not base64!", "encoding": "Base64" },
        "good": { "value": canary.value() },
    });
    let manifest = manifest::secret_with("mixed", "vault", &data.to_string(), "{}");
    ns.kubectl(&["apply", "-f", "-"], &manifest).await;
    ns.problem("mixed", Reason::EncodingInvalid).await;
    assert_no_trace(&ns, "mixed", &canary).await;
}

/// The field is pruned from the stored object, but the annotation keeps the manifest as it was.
#[tokio::test]
async fn a_value_under_a_misspelt_field_leaves_no_trace() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    ns.store("vault", "{}").await;
    let data = format!("{{ value: {{ vaule: {} }} }}", canary.value());
    let manifest = manifest::secret_with("typo", "vault", &data, "{}");
    ns.kubectl(&["apply", "--validate=false", "-f", "-"], &manifest)
        .await;
    ns.problem("typo", Reason::ValueMissing).await;
    assert_no_trace(&ns, "typo", &canary).await;
}

/// In the spec there was no plaintext, but in the copy that kubectl keeps.
#[tokio::test]
async fn plaintext_under_a_misspelt_field_beside_a_sealed_value_is_told() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    let sealed = ns.sealer_of_new_store("vault").await;
    let sealed = sealed.strict("typo", "value", b"v");
    let data = format!("{{ value: {{ value: {sealed} }} }}");
    let manifest = manifest::secret_with("typo", "vault", &data, "{}");
    let misspelt = format!("\n  dta: {{ k: {{ value: {} }} }}\n  data:", canary.value());
    let manifest = manifest.replace("\n  data:", &misspelt);
    ns.kubectl(&["apply", "--validate=false", "-f", "-"], &manifest)
        .await;
    let secret = ns.ready("typo").await;
    let told = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(told.reason, Reason::SealedByController.as_str());
    assert_no_trace(&ns, "typo", &canary).await;
}

#[tokio::test]
async fn a_value_that_waits_for_its_store_does_not_show_in_what_is_said_about_it() {
    let ns = Cluster::namespace_in_controller_mode("plaintext").await;
    let canary = Canary::new();
    ns.apply(&manifest::secret("early", canary.value())).await;
    let message = ns.problem("early", Reason::StoreNotFound).await;
    canary.assert_absent("the message", &message);
    canary.assert_absent("the operator's log", &ns.cluster.operator_log());
}

/// What an administrator turns on at three in the morning must not print values.
#[tokio::test]
async fn no_value_shows_in_the_most_talkative_log() {
    let isolated = Isolated::start(Options {
        log: Some("trace"),
        admission: Admission::Controller,
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("talkative").await;
    let canary = Canary::new();
    ns.delivered("sealed", canary.value().as_bytes()).await;
    ns.apply(&manifest::secret("plain", canary.value())).await;
    ns.ready("plain").await;
    ns.edit_native("plain", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("plain", "is repaired", |native| {
        bytes(native, "value") == canary.value().as_bytes()
    })
    .await;
    let template = json!({ "bad": format!("{{{{ {} | nope }}}}", "value") });
    ns.edit(
        "plain",
        json!({ "spec": { "target": { "template": template } } }),
    )
    .await;
    ns.problem("plain", Reason::TemplateFailed).await;
    canary.assert_absent("the operator's log", &ns.cluster.operator_log());
}
