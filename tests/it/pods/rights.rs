//! What people may do about it who may do everything in their namespace.

use serde_json::{Value as Json, json};

use super::{INSIDE, OUTSIDE, env, label, pod, policy, refused, restricted, taken};
use crate::support::{Cluster, Namespace};

/// Whoever has these rights everywhere, in this namespace.
async fn someone(ns: &Namespace, rules: Json) -> Namespace {
    Namespace::existing(ns.cluster.someone(ns, &rules).await, &ns.name)
}

fn rule(group: &str, resource: &str, verb: &str) -> Json {
    json!({ "apiGroups": [group], "resources": [resource], "verbs": [verb] })
}

#[tokio::test]
async fn nobody_but_coffer_writes_what_pods_are_judged_by() {
    let ns = restricted().await;
    let all = someone(&ns, json!([rule("*", "*", "*")])).await;
    let told = "a PodPolicy is written by Coffer alone";
    let patch = r#"{"spec":{"secrets":null}}"#;
    for arguments in [
        &["patch", "cpolicy", "coffer", "--type=merge", "-p", patch][..],
        &["label", "cpolicy", "coffer", "a=b"],
        &["delete", "cpolicy", "coffer"],
        &["delete", "cpolicy", "--all"],
    ] {
        for who in [&all, &ns] {
            let refused = who.try_kubectl(arguments, "").await.unwrap_err();
            assert!(refused.contains(told), "{arguments:?}: {refused}");
        }
    }
    let other = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "PodPolicy",
        "metadata": { "name": "other" }, "spec": {},
    });
    let refused_ = all.try_create(other).await.unwrap_err();
    assert!(refused_.contains(told), "{refused_}");
    refused(&ns, &pod(OUTSIDE, &env("stripe"))).await;
}

/// By the roles of Kubernetes, `admin` of a namespace comes to nothing of it.
#[tokio::test]
async fn an_admin_of_the_namespace_can_turn_nothing_off() {
    let ns = restricted().await;
    ns.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: someone }\n")
        .await;
    let bind = ["create", "rolebinding", "someone", "--clusterrole=admin"];
    let to = format!("--serviceaccount={}:someone", ns.name);
    ns.kubectl(&[&bind[..], &[&to]].concat(), "").await;
    // With no rights of its own besides.
    let admin = someone(&ns, json!([])).await;
    let word = "coffer.dev/pod-policy=disabled";
    for arguments in [
        &["label", "namespace", &ns.name, word, "--overwrite"][..],
        &["label", "namespace", &ns.name, "coffer.dev/pod-policy-"],
        &["delete", "cpolicy", "coffer"],
        &["get", "cpolicy", "coffer"],
    ] {
        let told = admin.try_kubectl(arguments, "").await.unwrap_err();
        assert!(told.contains("orbidden"), "{arguments:?}: {told}");
    }
    let outside = pod(OUTSIDE, &env("stripe"));
    let told = admin.judge(&outside).await.unwrap_err();
    assert!(told.contains("may not use Secret"), "{told}");
    admin.judge(&pod(INSIDE, &env("stripe"))).await.unwrap();
}

/// The one right that it takes.
#[tokio::test]
async fn who_may_label_the_namespace_turns_it_off() {
    let ns = restricted().await;
    let rules = json!([
        rule("", "namespaces", "patch"),
        rule("", "namespaces", "get")
    ]);
    let labeller = someone(&ns, rules).await;
    label(&labeller, "=disabled").await;
    policy(&ns, "the policy is gone", |policy| policy.is_none()).await;
    taken(&ns, &pod(OUTSIDE, &env("stripe"))).await;
}

/// It must not get stuck on what nobody may delete.
#[tokio::test]
async fn a_namespace_goes_with_its_policy() {
    let ns = restricted().await;
    ns.delete_whole().await;
    let ns = Cluster::namespace("pods").await;
    label(&ns, "=enforce").await;
    policy(&ns, "it is there", |policy| policy.is_some()).await;
    ns.delete_whole().await;
    ns.create_again().await;
    ns.operator_caught_up().await;
    policy(&ns, "it is not there", |policy| policy.is_none()).await;
}
