//! What authors get wrong: told with field and remedy, and never with the value, neither in the reply nor
//! in the audit log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{stored, stripe};
use crate::support::{Canary, Cluster, Namespace, manifest};

/// What kubectl says to a manifest with this `data`, which is refused; without a trace of the value.
async fn refused(ns: &Namespace, canary: &Canary, way: &[&str], data: &str) -> String {
    let manifest = manifest::secret_with("stripe", "vault", data, "{}");
    let said = ns.try_kubectl(way, &manifest).await.unwrap_err();
    canary.assert_absent("what kubectl says", &said);
    said
}

fn no_trace_in_the_logs(ns: &Namespace, canary: &Canary) {
    let audit = std::fs::read_to_string(&ns.cluster.audit_log).unwrap();
    canary.assert_absent("the audit log", &audit);
    canary.assert_absent("the operator's log", &ns.cluster.operator_log());
}

const APPLY: &[&str] = &["apply", "-f", "-"];
const UNCHECKED: &[&str] = &["create", "--validate=false", "-f", "-"];

#[tokio::test]
async fn a_value_that_is_not_what_its_encoding_says() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let data = json!({ "token": { "value": canary.value(), "encoding": "Base64" } });
    let said = refused(&ns, &canary, APPLY, &data.to_string()).await;
    let told = "`spec.data.token.value` is not base64: correct it, or set `encoding: Text`";
    assert!(said.contains(told), "{said}");
    no_trace_in_the_logs(&ns, &canary);
}

#[tokio::test]
async fn a_value_that_is_too_large() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let large = canary.value().repeat(2000);
    let data = json!({ "token": { "value": large } }).to_string();
    let said = refused(&ns, &canary, UNCHECKED, &data).await;
    assert!(
        said.contains("`spec.data.token` has more than 65536 bytes"),
        "{said}"
    );
    no_trace_in_the_logs(&ns, &canary);
}

/// The copy has no value, only what stands for one.
#[tokio::test]
async fn kubectls_copy_of_the_manifest_applied_again() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    ns.store("vault", "{}").await;
    ns.kubectl(APPLY, &stripe(&canary)).await;
    let before = stored(&ns, "stripe").await;
    let copy = ["apply", "view-last-applied", "csec/stripe"];
    let copy = ns.kubectl(&copy, "").await;
    assert!(copy.contains("[sealed by coffer]"), "{copy}");
    for way in [APPLY, &["replace", "-f", "-"]] {
        let said = ns.try_kubectl(way, &copy).await.unwrap_err();
        let told = "`spec.data.value.value` is what stands for a value in the copy";
        assert!(said.contains(told), "{said}");
        assert!(said.contains("take the value from your manifest"), "{said}");
    }
    assert_eq!(stored(&ns, "stripe").await, before);
}

/// Sealed as it stands, its consumers would have the envelope for a password.
#[tokio::test]
async fn an_envelope_with_something_around_it() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let author = ns.sealer_of_new_store("vault").await;
    let envelope = author.strict("stripe", "token", canary.value().as_bytes());
    for (value, encoding) in [
        (format!(" {envelope}"), "Text"),
        (format!("'{envelope}'"), "Text"),
        (STANDARD.encode(&envelope), "Base64"),
    ] {
        let data = json!({ "token": { "value": value, "encoding": encoding } }).to_string();
        let said = refused(&ns, &canary, APPLY, &data).await;
        let told = "`spec.data.token.value` is sealed already, but has blanks, quotes or base64 around its envelope";
        assert!(said.contains(told), "{said}");
    }
}

/// Also by those who may restore: a backup brings what was generated sealed.
#[tokio::test]
async fn a_value_in_clear_where_coffer_makes_it() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    ns.store("vault", "{}").await;
    let generate = json!({ "kind": "Uuid" });
    let made = json!({ "id": { "generate": generate } }).to_string();
    let made = manifest::secret_with("stripe", "vault", &made, "{}");
    ns.kubectl(APPLY, &made).await;
    ns.ready("stripe").await;
    let before = ns.bytes("stripe", "id").await;
    let given = json!({ "id": { "generate": generate, "value": canary.value() } }).to_string();
    // Not client-side: kubectl itself shows the patch that was refused.
    for way in [
        &["apply", "--server-side", "--force-conflicts", "-f", "-"][..],
        &["replace", "-f", "-"],
    ] {
        let said = refused(&ns, &canary, way, &given).await;
        let told = "`spec.data.id` has a `value` in clear beside `generate`: remove `value`";
        assert!(said.contains(told), "{said}");
    }
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "id").await, before);
    no_trace_in_the_logs(&ns, &canary);
}

#[tokio::test]
async fn values_that_are_not_text() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let list = json!({ "token": { "value": [canary.value()] } });
    let object = json!({ "token": { "value": { "secret": canary.value() } } });
    for data in [list, object] {
        let said = refused(&ns, &canary, UNCHECKED, &data.to_string()).await;
        assert!(
            said.contains("`spec.data.token.value` is not a string: quote it"),
            "{said}"
        );
    }
    let number = "{ token: { value: 4815162342 } }";
    let said = refused(&ns, &canary, UNCHECKED, number).await;
    assert!(
        said.contains("`spec.data.token.value` is not a string: quote it"),
        "{said}"
    );
    assert!(!said.contains("4815162342"), "{said}");
    no_trace_in_the_logs(&ns, &canary);
}

/// The value beside it is what keeps the API server from being asked first.
#[tokio::test]
async fn a_field_beside_a_value_that_is_misspelt_is_named() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let value = canary.value();
    for (item, words) in [
        (
            json!({ "encoding": "base64" }),
            "encoding` is none of `Text`, `Base64`",
        ),
        (
            json!({ "encoding": value }),
            "encoding` is none of `Text`, `Base64`",
        ),
        (
            json!({ "generate": { "kind": "password" } }),
            "generate` is not as it should be",
        ),
        (
            json!({ "fromSecret": { "name": "legacy" } }),
            "fromSecret` needs a `name` and a `key`",
        ),
    ] {
        let mut item = item;
        item["value"] = json!(value);
        let data = json!({ "token": item }).to_string();
        let said = refused(&ns, &canary, UNCHECKED, &data).await;
        assert!(
            said.contains(&format!("`spec.data.token.{words}")),
            "{said}"
        );
    }
    no_trace_in_the_logs(&ns, &canary);
}

#[tokio::test]
async fn values_in_places_that_are_not_theirs() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    ns.store("vault", "{}").await;
    // Without the object around it, or one too deep.
    let bare = json!({ "token": canary.value() }).to_string();
    refused(&ns, &canary, UNCHECKED, &bare).await;
    let listed = json!({ "token": [{ "value": canary.value() }] }).to_string();
    refused(&ns, &canary, UNCHECKED, &listed).await;
    let twice = json!({ "token": {
        "value": canary.value(), "fromSecret": { "name": "a", "key": "b" },
    } });
    let said = refused(&ns, &canary, UNCHECKED, &twice.to_string()).await;
    assert!(
        said.contains("give either value or fromSecret, not both"),
        "{said}"
    );
    let strict = json!({ "token": { "vaule": canary.value() } }).to_string();
    let said = refused(&ns, &canary, APPLY, &strict).await;
    assert!(
        said.contains("unknown field \"spec.data.token.vaule\""),
        "{said}"
    );
    no_trace_in_the_logs(&ns, &canary);
}

/// Pruned from the spec, but not from the copy that kubectl keeps.
#[tokio::test]
async fn a_value_under_a_misspelt_field_is_not_kept_in_the_copy() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("stripe", "token", b"v");
    let data = json!({ "token": { "value": sealed, "vaule": canary.value() } }).to_string();
    let manifest = manifest::secret_with("stripe", "vault", &data, "{}");
    ns.kubectl(&["apply", "--validate=false", "-f", "-"], &manifest)
        .await;
    let raw = ns
        .kubectl(&["get", "csec", "stripe", "-o", "json"], "")
        .await;
    canary.assert_absent("the object", &raw);
    no_trace_in_the_logs(&ns, &canary);
}

#[tokio::test]
async fn a_key_that_cannot_be_one() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    for key in ["a/b", "a~1b", "..", "ü", "a b"] {
        let data = json!({ key: { "value": canary.value() } }).to_string();
        let said = refused(&ns, &canary, UNCHECKED, &data).await;
        assert!(said.contains("a key has 1 to 253 letters"), "{key}: {said}");
    }
    no_trace_in_the_logs(&ns, &canary);
}

/// The webhook comes before the API server's own rules: nothing is made for what those refuse.
#[tokio::test]
async fn names_that_cannot_be() {
    let (ns, canary) = (Cluster::namespace("mistakes").await, Canary::new());
    let keys = || async {
        let natives: kube::Api<k8s_openapi::api::core::v1::Secret> =
            kube::Api::namespaced(ns.cluster.client.clone(), "coffer-system");
        let all = natives
            .list(&kube::api::ListParams::default())
            .await
            .unwrap();
        let about = format!("{}/", ns.name);
        let is_about = |annotations: &std::collections::BTreeMap<String, String>| {
            annotations
                .get("coffer.dev/store")
                .is_some_and(|store| store.starts_with(&about))
        };
        all.iter()
            .filter(|s| s.metadata.annotations.as_ref().is_some_and(is_about))
            .count()
    };
    let long = "s".repeat(200_000);
    for (name, store) in [
        ("Bad_Name", "vault"),
        ("good", ""),
        ("good", "Ghost/../../coffer-system x"),
        ("good", &long),
    ] {
        let object = json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "metadata": { "name": name },
            "spec": { "storeRef": { "name": store }, "data": { "k": { "value": canary.value() } } },
        });
        let said = ns.try_create(object).await.unwrap_err();
        assert!(
            said.contains("lower-case letters") && said.len() < 1000,
            "{said}"
        );
        canary.assert_absent("the message", &said);
    }
    assert_eq!(keys().await, 0);
    no_trace_in_the_logs(&ns, &canary);
}
