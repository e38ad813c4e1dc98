//! The types of Kubernetes, which ask for certain keys.

use std::collections::BTreeMap;

use coffer::api::Reason;
use serde_json::{Value as Json, json};

use crate::support::{Cluster, manifest};

/// A Secret of this type with these values.
fn typed(name: &str, type_: &str, data: &Json) -> String {
    let data = data.as_object().unwrap().iter();
    let data: BTreeMap<_, _> = data
        .map(|(key, value)| (key, json!({ "value": value })))
        .collect();
    let target = json!({ "type": type_ });
    manifest::secret_with(name, "vault", &json!(data).to_string(), &target.to_string())
}

fn native(type_: &str, data: &Json) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "judged" },
        "type": type_, "stringData": data,
    })
}

#[tokio::test]
async fn what_has_the_keys_of_its_type_is_delivered() {
    let ns = Cluster::namespace("types").await;
    ns.store("vault", "{}").await;
    let config = r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#;
    let cases = [
        (
            "kubernetes.io/tls",
            json!({ "tls.crt": "c", "tls.key": "k", "ca.crt": "a" }),
        ),
        ("kubernetes.io/basic-auth", json!({ "username": "u" })),
        (
            "kubernetes.io/basic-auth",
            json!({ "password": "p", "more": "m" }),
        ),
        ("kubernetes.io/ssh-auth", json!({ "ssh-privatekey": "k" })),
        (
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": config }),
        ),
        (
            "kubernetes.io/dockercfg",
            json!({ ".dockercfg": r#"{"ghcr.io":{"username":"u","password":"p"}}"# }),
        ),
        ("example.com/mine", json!({ "any": "v" })),
    ];
    for (at, (type_, data)) in cases.iter().enumerate() {
        let name = format!("s{at}");
        ns.apply(&typed(&name, type_, data)).await;
        ns.ready(&name).await;
        let native = ns.natives().get(&name).await.unwrap();
        assert_eq!(native.type_.as_deref(), Some(*type_));
        assert_eq!(native.data.unwrap().len(), data.as_object().unwrap().len());
    }
}

/// Also where the API server would take it, and the kubelet would leave it out.
#[tokio::test]
async fn what_lacks_a_key_of_its_type_is_told_and_nothing_is_made() {
    let ns = Cluster::unadvised_namespace("types").await;
    ns.store("vault", "{}").await;
    let other = "and the JSON there has another form";
    let cases = [
        (
            "kubernetes.io/tls",
            json!({ "tls.crt": "c", "tls_key": "k" }),
            "needs the key `tls.key`",
            true,
        ),
        (
            "kubernetes.io/tls",
            json!({ "x": "y" }),
            "needs the keys `tls.crt` and `tls.key`",
            true,
        ),
        (
            "kubernetes.io/basic-auth",
            json!({ "user": "u" }),
            "needs the key `username` or `password`",
            true,
        ),
        (
            "kubernetes.io/ssh-auth",
            json!({ "id_ed25519": "k" }),
            "needs the key `ssh-privatekey`",
            true,
        ),
        (
            "kubernetes.io/ssh-auth",
            json!({ "ssh-privatekey": "" }),
            "which is missing or empty",
            true,
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({ "config.json": "{}" }),
            "needs the key `.dockerconfigjson`",
            true,
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": "no json" }),
            "what is there is none",
            true,
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": "[]" }),
            other,
            true,
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": r#"{"ghcr.io":{}}"# }),
            other,
            false,
        ),
        (
            "kubernetes.io/dockerconfigjson",
            json!({ ".dockerconfigjson": r#"{"auths":{"r":{"auth":"u:p"}}}"# }),
            other,
            false,
        ),
        (
            "kubernetes.io/dockercfg",
            json!({ ".dockerconfigjson": "{}" }),
            "needs the key `.dockercfg`",
            true,
        ),
        (
            "kubernetes.io/dockercfg",
            json!({ ".dockercfg": r#"{"r":5}"# }),
            other,
            false,
        ),
    ];
    for (at, (type_, data, what, refused)) in cases.iter().enumerate() {
        let name = format!("s{at}");
        ns.apply(&typed(&name, type_, data)).await;
        let message = ns.problem(&name, Reason::TargetInvalid).await;
        let begin = format!("a native secret of type `{type_}` ");
        assert!(
            message.starts_with(&begin) && message.contains(what),
            "{message}"
        );
        assert!(
            message.ends_with("or choose another `spec.target.type`"),
            "{message}"
        );
        assert!(ns.natives().get_opt(&name).await.unwrap().is_none());
        let judged = ns.judge(&native(type_, data)).await;
        assert_eq!(judged.is_err(), *refused, "{type_} {data}: {judged:?}");
    }
}

#[tokio::test]
async fn a_value_that_no_longer_fits_its_type_leaves_what_was_delivered() {
    let ns = Cluster::unadvised_namespace("types").await;
    ns.store("vault", "{}").await;
    let data = json!({ "tls.crt": "c", "tls.key": "k" });
    ns.apply(&typed("tls", "kubernetes.io/tls", &data)).await;
    ns.ready("tls").await;
    let before = ns.natives().get("tls").await.unwrap();
    ns.edit("tls", json!({ "spec": { "data": { "tls.key": null } } }))
        .await;
    ns.problem("tls", Reason::TargetInvalid).await;
    assert_eq!(ns.natives().get("tls").await.unwrap(), before);
}

#[tokio::test]
async fn a_template_may_give_the_key_that_its_type_asks_for() {
    let ns = Cluster::namespace("types").await;
    ns.store("vault", "{}").await;
    let template =
        r#"{"auths": {"ghcr.io": {"auth": {{ ("ci:" ~ token) | b64encode | tojson }} }}}"#;
    let target = json!({
        "type": "kubernetes.io/dockerconfigjson",
        "template": { ".dockerconfigjson": template },
    });
    let data = "{ token: { value: 't\"o' } }";
    ns.apply(&manifest::secret_with(
        "pull",
        "vault",
        data,
        &target.to_string(),
    ))
    .await;
    ns.ready("pull").await;
    let config: Json =
        serde_json::from_slice(&ns.bytes("pull", ".dockerconfigjson").await).unwrap();
    assert_eq!(config["auths"]["ghcr.io"]["auth"], "Y2k6dCJv");
}
