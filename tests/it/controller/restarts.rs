//! Workloads that are restarted when the content changes.

mod by_default;
mod consent;
mod crash;
mod entries;
mod owed;

use coffer::api::{ConditionType, SecretStatus};
use k8s_openapi::api::apps::v1 as apps;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value as Json, json};

use crate::support::audit::Call;
use crate::support::{Cluster, Namespace, condition, eventually, manifest};

/// A workload whose owner agrees or not, without pods: there is no node to run them.
fn workload(kind: &str, name: &str, labels: &Json) -> String {
    let mut spec = json!({
        "selector": { "matchLabels": { "app": name } },
        "template": {
            "metadata": { "labels": { "app": name } },
            "spec": { "containers": [{ "name": "c", "image": "example.com/none" }] },
        },
    });
    if kind != "DaemonSet" {
        spec["replicas"] = json!(0);
    }
    if kind == "StatefulSet" {
        spec["serviceName"] = json!(name);
    }
    json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": { "name": name, "labels": labels }, "spec": spec,
    })
    .to_string()
}

async fn deploy(ns: &Namespace, name: &str) {
    let agrees = json!({ "coffer.dev/restart": "true" });
    ns.apply(&workload("Deployment", name, &agrees)).await;
}

/// A Secret of store `vault` that restarts these.
async fn secret(ns: &Namespace, name: &str, restart: &Json) {
    ns.store("vault", "{}").await;
    let target = json!({ "restart": restart });
    let data = "{ value: { value: one } }";
    ns.apply(&manifest::secret_with(
        name,
        "vault",
        data,
        &target.to_string(),
    ))
    .await;
    ns.ready(name).await;
}

fn deployment(name: &str) -> Json {
    json!({ "kind": "Deployment", "name": name })
}

async fn change(ns: &Namespace, name: &str, value: &str) -> SecretStatus {
    let data = json!({ "value": { "value": value } });
    ns.edit(name, json!({ "spec": { "data": data } })).await;
    ns.ready(name).await.status.unwrap()
}

async fn live(ns: &Namespace, kind: &str, name: &str) -> Json {
    let printed = ns.kubectl(&["get", kind, name, "-o", "json"], "").await;
    serde_json::from_str(&printed).unwrap()
}

/// How often the spec of a workload was written.
async fn generation(ns: &Namespace, kind: &str, name: &str) -> i64 {
    live(ns, kind, name).await["metadata"]["generation"]
        .as_i64()
        .unwrap()
}

async fn annotations(ns: &Namespace, name: &str) -> Vec<String> {
    let live = live(ns, "Deployment", name).await;
    let annotations = live["spec"]["template"]["metadata"]["annotations"].as_object();
    annotations
        .into_iter()
        .flat_map(|it| it.keys().cloned())
        .collect()
}

/// What the condition says of the last change.
async fn told(ns: &Namespace, name: &str) -> Option<(String, String, String)> {
    let secret = ns.ready(name).await;
    let told = condition(&secret, ConditionType::Restarted)?;
    Some((
        told.status.clone(),
        told.reason.clone(),
        told.message.clone(),
    ))
}

#[tokio::test]
async fn a_changed_content_rolls_each_workload_once_and_nothing_else_does() {
    let ns = Cluster::namespace("restarts").await;
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    let agrees = json!({ "coffer.dev/restart": "true" });
    for kind in kinds {
        ns.apply(&workload(kind, "web", &agrees)).await;
    }
    let restart: Vec<_> = kinds
        .map(|kind| json!({ "kind": kind, "name": "web" }))
        .into();
    secret(&ns, "stripe", &json!(restart)).await;
    assert_eq!(told(&ns, "stripe").await, None);
    let generations = async |expected: i64| {
        for kind in kinds {
            assert_eq!(generation(&ns, kind, "web").await, expected, "{kind}");
        }
    };
    generations(1).await;

    change(&ns, "stripe", "two").await;
    generations(2).await;
    let (status, reason, message) = told(&ns, "stripe").await.unwrap();
    assert_eq!((status.as_str(), reason.as_str()), ("True", "Restarted"));
    assert!(
        message.ends_with("Deployment `web`, StatefulSet `web`, DaemonSet `web`"),
        "{message}"
    );
    // The controllers of Kubernetes have seen it.
    let sets = Api::<apps::ReplicaSet>::namespaced(ns.cluster.client.clone(), &ns.name);
    eventually("there is a second ReplicaSet", async || {
        let count = sets.list(&ListParams::default()).await.unwrap().items.len();
        (count == 2).then_some(()).ok_or_else(|| count.to_string())
    })
    .await;

    for edit in [
        json!({ "comment": "live" }),
        json!({ "target": { "labels": { "a": "b" }, "annotations": { "c": "d" } } }),
        json!({ "target": { "name": "other" } }),
        json!({ "target": { "template": { "value": "{{ value }}" } } }),
    ] {
        ns.edit("stripe", json!({ "spec": edit })).await;
        ns.ready("stripe").await;
    }
    ns.edit_native("other", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.event("stripe", "TargetRepaired").await;
    ns.operator_caught_up().await;
    generations(2).await;
    assert!(told(&ns, "stripe").await.is_some());

    // The template changes what is delivered, and no value.
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "template": { "value": "<{{ value }}>" } } } }),
    )
    .await;
    ns.ready("stripe").await;
    generations(3).await;
    change(&ns, "stripe", "one").await;
    generations(4).await;
}

#[tokio::test]
async fn secrets_of_one_workload_do_not_fight() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    let long = format!("long-{}", "x".repeat(200));
    for name in ["stripe", &long] {
        secret(&ns, name, &json!([deployment("web")])).await;
    }
    for (at, name) in [(2, "stripe"), (3, &long), (4, "stripe")] {
        change(&ns, name, &format!("v{at}")).await;
        assert_eq!(generation(&ns, "Deployment", "web").await, at);
    }
    ns.operator_caught_up().await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 4);
    let written = annotations(&ns, "web").await;
    assert_eq!(written.len(), 2);
    assert!(
        written
            .iter()
            .all(|it| it.starts_with("restart.coffer.dev/")),
        "{written:?}"
    );
}

#[tokio::test]
async fn a_change_costs_one_look_and_one_patch_for_each_and_nothing_else_costs_any() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    let mut tail = ns.cluster.follow_api_calls();
    secret(&ns, "stripe", &json!([deployment("web")])).await;
    ns.edit("stripe", json!({ "spec": { "comment": "live" } }))
        .await;
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(Call::about(tail.calls(), &ns.name, "web"), [""; 0]);
    change(&ns, "stripe", "two").await;
    ns.operator_caught_up().await;
    let calls = Call::about(tail.calls(), &ns.name, "web");
    assert_eq!(calls, ["get deployments.apps", "patch deployments.apps"]);
}

#[tokio::test]
async fn who_is_named_later_is_restarted_from_the_next_change_on() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    secret(&ns, "stripe", &json!([])).await;
    change(&ns, "stripe", "two").await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "restart": [deployment("web")] } } }),
    )
    .await;
    ns.ready("stripe").await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 1);
    change(&ns, "stripe", "three").await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 2);
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "restart": null } } }),
    )
    .await;
    let status = change(&ns, "stripe", "four").await;
    assert_eq!(
        (status.restarted_for, told(&ns, "stripe").await),
        (None, None)
    );
    assert_eq!(generation(&ns, "Deployment", "web").await, 2);
}
