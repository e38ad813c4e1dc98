//! An object that the API server stores and that does not read: neither it nor its watch may keep anyone
//! else from being served, nor an operator from starting.

use serde_json::{Value as Json, json};

use crate::support::{Isolated, Namespace, Options, eventually, manifest};

/// What the API server takes, and stores in UTC: in managed fields as of the year 10000.
const TOO_LATE: &str = "9999-12-31T23:59:59-23:00";

/// As it is stored; the typed client could not read it.
async fn stored(ns: &Namespace, kind: &str, name: &str) -> Json {
    let get = ["get", kind, name, "-o", "json", "--show-managed-fields"];
    serde_json::from_str(&ns.kubectl(&get, "").await).unwrap()
}

/// Makes the managed fields of a native Secret unreadable.
async fn poison(ns: &Namespace, name: &str) {
    let mut object = stored(ns, "secret", name).await;
    // What changes nothing else is not stored.
    object["metadata"]["annotations"]["team"] = json!("a");
    object["metadata"]["managedFields"][0]["time"] = json!(TOO_LATE);
    let replace = ["replace", "--field-manager=third", "-f", "-"];
    ns.kubectl(&replace, &object.to_string()).await;
    let text = stored(ns, "secret", name).await.to_string();
    assert!(text.contains("10000-01-01T22:59:59Z"), "{text}");
    assert!(
        ns.natives().get(name).await.is_err(),
        "it reads: nothing is tested here"
    );
}

/// Waits until a native Secret has this value (in base64) under the key `value`.
async fn has_value(ns: &Namespace, name: &str, base64: &str) {
    eventually(&format!("{name} has {base64}"), async || {
        let value = stored(ns, "secret", name).await["data"]["value"].clone();
        (value == base64).then_some(()).ok_or(value)
    })
    .await;
}

/// Waits until a Secret made now is served.
async fn serves_others(ns: &Namespace, name: &str) {
    ns.apply(&manifest::secret(name, "v")).await;
    ns.ready(name).await;
}

#[tokio::test]
async fn a_source_with_unreadable_managed_fields_stops_nobody_before_and_after_a_restart() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("poison").await;
    ns.store("vault", "{}").await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: source, labels: { coffer.dev/source: \"true\" } }\nstringData: { k: one }\n")
        .await;
    let follow = "{ value: { fromSecret: { name: source, key: k } } }";
    ns.apply(&manifest::secret_with("copy", "vault", follow, "{}"))
        .await;
    ns.ready("copy").await;

    poison(&ns, "source").await;
    serves_others(&ns, "other").await;

    isolated.restart().await;
    serves_others(&ns, "later").await;
    has_value(&ns, "copy", "b25l").await;
    assert!(!isolated.cluster.operator_log().contains("decoded"));
}

#[tokio::test]
async fn a_delivered_secret_with_unreadable_managed_fields_stops_nobody_and_goes_with_its_secret() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("poison").await;
    ns.delivered("stripe", b"v").await;
    poison(&ns, "stripe").await;
    serves_others(&ns, "other").await;

    isolated.restart().await;
    serves_others(&ns, "later").await;
    has_value(&ns, "stripe", "dg==").await;
    ns.delete("stripe").await;
    eventually("the delivered secret goes with its Secret", async || {
        let all = ns.kubectl(&["get", "secrets", "-o", "name"], "").await;
        (!all.contains("stripe")).then_some(()).ok_or(all)
    })
    .await;
}

#[tokio::test]
async fn a_foreign_secret_with_unreadable_managed_fields_and_coffers_label_stops_no_start() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("poison").await;
    ns.store("vault", "{}").await;
    ns.apply(
        "apiVersion: v1\nkind: Secret\nmetadata: { name: x, labels: { coffer.dev/origin: x } }\n",
    )
    .await;
    poison(&ns, "x").await;
    isolated.restart().await;
    serves_others(&ns, "other").await;
    // The name is not Coffer's: a condition says so, and nothing is tried again and again.
    ns.apply(&manifest::secret("x", "v")).await;
    ns.problem("x", coffer::api::Reason::TargetConflict).await;
}

#[tokio::test]
async fn a_status_that_does_not_read_stops_nobody() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("poison").await;
    ns.delivered("stripe", b"v").await;
    let write = async |status: Json| {
        let patch = json!({ "status": status }).to_string();
        ns.try_kubectl(
            &[
                "patch",
                "csec",
                "stripe",
                "--subresource=status",
                "--type=merge",
                "-p",
                &patch,
            ],
            "",
        )
        .await
    };
    write(json!({ "version": -1 })).await.unwrap_err();
    isolated.stop_operator().await;
    write(json!({ "created": TOO_LATE })).await.unwrap();
    let read = ns.secrets().get("stripe").await;
    assert!(read.is_err(), "it reads: nothing is tested here");

    isolated.start_operator().await;
    serves_others(&ns, "other").await;
}
