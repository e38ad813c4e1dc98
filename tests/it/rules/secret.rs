//! What a Secret may not be.

use serde_json::json;

use super::{are_refused, before_the_rules, item, many, object, secret, target};
use crate::support::Canary;

const NO_VALUE: &str = "spec.data[k]: Invalid value: encoding says how value is written: remove it, or \
                        give a value";
const TOO_LARGE: &str = "spec.data[k]: Invalid value: a value has at most 65536 bytes: keep larger files \
                         elsewhere, and their key here";
const DNS: &str = "Invalid value: must be a DNS subdomain: lower-case letters, digits, '-' and '.', \
                   beginning and ending with a letter or digit";
const TOKEN: &str = "spec.target: Forbidden: a target may not be a token of the cluster: choose another \
                     type, for example Opaque";
const LABELS: &str = "spec.target.labels: Invalid value: labels come without a prefix or from \
                      app.kubernetes.io/ (managed-by is Coffer's own): others make other controllers act";

const HISTORY: &str = "spec.target.history: Invalid value: history is how many former versions of an immutable target \
                       are kept: set immutable as well, or remove it";

fn no_text(field: &str, wanted: &str, given: &str) -> String {
    before_the_rules(&format!(
        "{field}: Invalid value: \"{given}\": {field} in body must be of type {wanted}: \"{given}\""
    ))
}

fn too_short(field: &str) -> String {
    format!("{field}: Invalid value: \"\": {field} in body should be at least 1 chars long")
}

/// The API server says bytes, and counts characters.
fn too_long(field: &str, most: usize) -> String {
    before_the_rules(&format!(
        "{field}: Too long: may not be more than {most} bytes"
    ))
}

fn too_many(field: &str, count: usize) -> String {
    let most = count - 1;
    before_the_rules(&format!(
        "{field}: Too many: {count}: must have at most {most} items"
    ))
}

#[tokio::test]
async fn a_value_that_cannot_be_meant_is_refused() {
    let canary = Canary::new();
    let value = canary.value();
    let source = json!({ "name": "legacy", "key": "pw" });
    let cases = vec![
        (
            "two sources",
            item(&json!({ "value": value, "fromSecret": source })),
            "spec.data[k]: Invalid value: give either value or fromSecret, not both".to_owned(),
        ),
        (
            "an encoding of nothing",
            item(&json!({ "encoding": "Base64" })),
            NO_VALUE.to_owned(),
        ),
        (
            "an encoding of what is copied",
            item(&json!({ "encoding": "Text", "fromSecret": source })),
            NO_VALUE.to_owned(),
        ),
        (
            "an unknown encoding",
            item(&json!({ "value": value, "encoding": "Hex" })),
            before_the_rules(
                r#"spec.data.k.encoding: Unsupported value: "Hex": supported values: "Text", "Base64""#,
            ),
        ),
        (
            "a number as value",
            item(&json!({ "value": 4_242_424_242_u64 })),
            no_text("spec.data.k.value", "string", "integer"),
        ),
        (
            "a list as value",
            item(&json!({ "value": [value] })),
            no_text("spec.data.k.value", "string", "array"),
        ),
        (
            "an object as value",
            item(&json!({ "value": { "value": value } })),
            no_text("spec.data.k.value", "string", "object"),
        ),
        (
            "a value in place of an item",
            item(&json!(value)),
            no_text("spec.data.k", "object", "string"),
        ),
        (
            "a source without a name",
            item(&json!({ "fromSecret": { "key": "k" } })),
            before_the_rules("spec.data.k.fromSecret.name: Required value"),
        ),
        (
            "a source with an empty name",
            item(&json!({ "fromSecret": { "name": "", "key": "k" } })),
            format!(
                "[{}, spec.data[k].fromSecret.name: {DNS}]",
                too_short("spec.data.k.fromSecret.name")
            ),
        ),
        (
            "a source with an empty key",
            item(&json!({ "fromSecret": { "name": "a", "key": "" } })),
            too_short("spec.data.k.fromSecret.key"),
        ),
        (
            "a source in another namespace",
            item(&json!({ "fromSecret": { "name": "other/legacy", "key": "k" } })),
            format!("spec.data[k].fromSecret.name: {DNS}"),
        ),
    ];
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn a_value_that_is_too_large_is_refused() {
    let canary = Canary::new();
    let filled =
        |length: usize| canary.value().to_owned() + &"x".repeat(length - canary.value().len());
    let sealed = |length: usize| format!("coffer.v1.0123456789abcdef.{}", "A".repeat(length - 27));
    let values = |count: usize, length: usize| many(count, &json!({ "value": filled(length) }));
    let cases = vec![
        (
            "65,537 characters",
            item(&json!({ "value": filled(65_537) })),
            TOO_LARGE.to_owned(),
        ),
        (
            "65,537 characters as text",
            item(&json!({ "value": filled(65_537), "encoding": "Text" })),
            TOO_LARGE.to_owned(),
        ),
        (
            "base64 of more",
            item(&json!({ "value": filled(87_385), "encoding": "Base64" })),
            TOO_LARGE.to_owned(),
        ),
        (
            "an envelope of more",
            item(&json!({ "value": sealed(90_001) })),
            TOO_LARGE.to_owned(),
        ),
        (
            "together more",
            secret(&json!({ "data": values(13, 65_000) })),
            "spec.data: Invalid value: the values of a secret together have at most 512 KiB: split it into several secrets".to_owned(),
        ),
        (
            "65 keys",
            secret(&json!({ "data": values(65, 60) })),
            before_the_rules("spec.data: Too many: 65: must have at most 64 items"),
        ),
    ];
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn a_key_that_a_native_secret_cannot_have_is_refused() {
    let canary = Canary::new();
    let message = || {
        "spec.data: Invalid value: a key has 1 to 253 letters, digits, '-', '_' or '.', and is not '.' nor begins with '..', as the keys of a native Secret".to_owned()
    };
    let keys = [
        "",
        " ",
        "a b",
        "a/b",
        "ключ",
        "a\n",
        ".",
        "..",
        "..data",
        &"k".repeat(254),
    ];
    let cases = keys
        .map(|key| {
            let data = json!({ key: { "value": canary.value() } });
            ("such a key", secret(&json!({ "data": data })), message())
        })
        .into();
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn what_surrounds_the_values_has_limits() {
    let canary = Canary::new();
    let cases = vec![
        (
            "no spec",
            {
                let mut object = object("Secret", &json!({}));
                object.as_object_mut().unwrap().remove("spec");
                object
            },
            before_the_rules("spec: Required value"),
        ),
        (
            "no store",
            object("Secret", &json!({})),
            before_the_rules("spec.storeRef: Required value"),
        ),
        (
            "an empty store",
            object("Secret", &json!({ "storeRef": { "name": "" } })),
            format!(
                "[{}, spec.storeRef.name: {DNS}]",
                too_short("spec.storeRef.name")
            ),
        ),
        (
            "a store in another namespace",
            object("Secret", &json!({ "storeRef": { "name": "other/vault" } })),
            format!("spec.storeRef.name: {DNS}"),
        ),
        (
            "a long store",
            object(
                "Secret",
                &json!({ "storeRef": { "name": "s".repeat(254) } }),
            ),
            too_long("spec.storeRef.name", 253),
        ),
        (
            "a long comment",
            secret(&json!({ "comment": "x".repeat(1025) })),
            too_long("spec.comment", 1024),
        ),
    ];
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn a_target_that_would_act_on_others_is_refused() {
    let canary = Canary::new();
    let foreign = [
        "coffer.dev/source",
        "coffer.dev/adopt",
        "coffer.dev/origin",
        "coffer.dev/part",
        "kubernetes.io/x",
        "argocd.argoproj.io/secret-type",
        "app.kubernetes.io.evil/x",
        "x.app.kubernetes.io/y",
    ];
    let mut cases = vec![
        (
            "a token of a service account",
            target(&json!({ "type": "kubernetes.io/service-account-token" })),
            TOKEN.to_owned(),
        ),
        (
            "a token of the cluster",
            target(&json!({ "type": "bootstrap.kubernetes.io/token" })),
            TOKEN.to_owned(),
        ),
        (
            "the label of the manager",
            target(&json!({ "labels": { "app.kubernetes.io/managed-by": "me" } })),
            LABELS.to_owned(),
        ),
    ];
    for key in foreign {
        cases.push((
            "a label of others",
            target(&json!({ "labels": { key: "true" } })),
            LABELS.to_owned(),
        ));
        cases.push((
            "an annotation of others",
            target(&json!({ "annotations": { key: "true" } })),
            "spec.target.annotations: Invalid value: annotations come without a prefix or from app.kubernetes.io/: others make other controllers act".to_owned(),
        ));
    }
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn a_target_that_kubernetes_would_refuse_is_refused_at_once() {
    let canary = Canary::new();
    let mut cases = vec![
        (
            "an empty name",
            target(&json!({ "name": "" })),
            format!(
                "[{}, spec.target.name: {DNS}]",
                too_short("spec.target.name")
            ),
        ),
        (
            "a long name",
            target(&json!({ "name": "n".repeat(254) })),
            too_long("spec.target.name", 253),
        ),
        (
            "an empty type",
            target(&json!({ "type": "" })),
            too_short("spec.target.type"),
        ),
        (
            "a long type",
            target(&json!({ "type": "t".repeat(254) })),
            too_long("spec.target.type", 253),
        ),
        (
            "an unknown policy",
            target(&json!({ "deletionPolicy": "Orphan" })),
            before_the_rules(
                r#"spec.target.deletionPolicy: Unsupported value: "Orphan": supported values: "Delete", "Retain""#,
            ),
        ),
        (
            "33 labels",
            target(&json!({ "labels": many(33, &json!("x")) })),
            too_many("spec.target.labels", 33),
        ),
        (
            "33 annotations",
            target(&json!({ "annotations": many(33, &json!("x")) })),
            too_many("spec.target.annotations", 33),
        ),
        (
            "65 templates",
            target(&json!({ "template": many(65, &json!("x")) })),
            too_many("spec.target.template", 65),
        ),
        (
            "a long value of a label",
            target(&json!({ "labels": { "a": "x".repeat(64) } })),
            too_long("spec.target.labels.a", 63),
        ),
    ];
    for name in ["Stripe", "a_b", "-a", "a-", "a..b", ".a", "a/b", "../a"] {
        cases.push((
            "such a name",
            target(&json!({ "name": name })),
            format!("spec.target.name: {DNS}"),
        ));
    }
    for key in ["a/b", "", "..", "."] {
        cases.push((
            "such a template",
            target(&json!({ "template": { key: "x" } })),
            "spec.target.template: Invalid value: a key of a native Secret has 1 to 253 letters, digits, '-', '_' or '.', and is not '.' nor begins with '..'".to_owned(),
        ));
    }
    for value in ["a b", "-a", "a-", "é"] {
        cases.push((
            "such a label",
            target(&json!({ "labels": { "a": value } })),
            "spec.target.labels: Invalid value: a label's value has at most 63 letters, digits, '-', '_' or '.', beginning and ending with a letter or digit".to_owned(),
        ));
    }
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn versions_that_cannot_be_kept_are_refused() {
    let cases = vec![
        (
            "a history of what is changed",
            target(&json!({ "history": 2 })),
            HISTORY.to_owned(),
        ),
        (
            "a history of what is not immutable",
            target(&json!({ "history": 2, "immutable": false })),
            HISTORY.to_owned(),
        ),
        (
            "no history",
            target(&json!({ "history": 0, "immutable": true })),
            "spec.target.history: Invalid value: 0: spec.target.history in body should be greater than or equal to 1"
                .to_owned(),
        ),
        (
            "a long history",
            target(&json!({ "history": 11, "immutable": true })),
            "spec.target.history: Invalid value: 11: spec.target.history in body should be less than or equal to 10"
                .to_owned(),
        ),
        (
            "a name without room for a version",
            target(&json!({ "name": "n".repeat(243), "immutable": true })),
            "spec.target.name: Invalid value: the name of an immutable target has at most 242 characters: a dash and \
             ten digits follow it"
                .to_owned(),
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn workloads_that_cannot_be_restarted_are_refused() {
    let restart = |of: serde_json::Value| target(&json!({ "restart": of }));
    let many: Vec<_> = (0..17)
        .map(|at| json!({ "kind": "Deployment", "name": format!("w{at}") }))
        .collect();
    let web = json!({ "kind": "Deployment", "name": "web" });
    let cases = vec![
        (
            "17 workloads",
            restart(json!(many)),
            too_many("spec.target.restart", 17),
        ),
        (
            "a kind without pods that are replaced",
            restart(json!([{ "kind": "CronJob", "name": "web" }])),
            before_the_rules(
                r#"spec.target.restart[0].kind: Unsupported value: "CronJob": supported values: "Deployment", "StatefulSet", "DaemonSet""#,
            ),
        ),
        (
            "a name that is none",
            restart(json!([{ "kind": "Deployment", "name": "other/web" }])),
            format!("spec.target.restart[0].name: {DNS}"),
        ),
        (
            "a workload twice",
            restart(json!([web, web])),
            r#"spec.target.restart[1]: Duplicate value: {"kind":"Deployment","name":"web"}"#
                .to_owned(),
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}
