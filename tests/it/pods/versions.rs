//! Immutable targets: every version that is there is listed, before it is made and until it is gone.

use serde_json::json;

use super::{INSIDE, OUTSIDE, env, furnish, label, lists, pod, refused, scoped, taken};
use crate::support::audit::Call;
use crate::support::refusal::{REFUSED, Writes};
use crate::support::{Cluster, Isolated, Namespace, Options, eventually};

const WRITES: Writes = Writes {
    group: "coffer.dev",
    resource: "podpolicies",
    operation: "UPDATE",
};

/// The Secret `stripe`, whose target is immutable, by itself or by its store; the name of that.
async fn versioned(ns: &Namespace, by_default: bool) -> String {
    furnish(ns).await;
    label(ns, "=enforce").await;
    lists(ns, &[]).await;
    let target = "{ immutable: true, history: 1 }";
    let mut secret = scoped("stripe", "[checkout]");
    if by_default {
        let default = json!({ "spec": { "defaultTarget": { "immutable": true, "history": 1 } } });
        let patch = ["patch", "cstore", "vault", "--type=merge", "-p"];
        ns.kubectl(&[&patch[..], &[&default.to_string()]].concat(), "")
            .await;
        secret = secret.replace("  target: {}\n", "");
    } else {
        secret = secret.replace("target: {}", &format!("target: {target}"));
    }
    ns.apply(&secret).await;
    current(ns).await
}

async fn current(ns: &Namespace) -> String {
    let status = ns.ready("stripe").await.status.unwrap();
    status.target_name.unwrap()
}

async fn set(ns: &Namespace, value: &str) {
    let data = json!({ "value": { "value": value } });
    ns.edit("stripe", json!({ "spec": { "data": data } })).await;
}

async fn change(ns: &Namespace, value: &str) -> String {
    set(ns, value).await;
    current(ns).await
}

async fn list(ns: &Namespace, names: &[&str]) {
    let mut names = names.to_vec();
    names.sort_unstable();
    lists(ns, &names).await;
}

#[tokio::test]
async fn all_that_are_there_are_listed_and_none_that_is_gone() {
    for by_default in [false, true] {
        let ns = Cluster::namespace("pods").await;
        let one = versioned(&ns, by_default).await;
        list(&ns, &[&one]).await;
        let two = change(&ns, "two").await;
        list(&ns, &[&one, &two]).await;
        for version in [&one, &two] {
            refused(&ns, &pod(OUTSIDE, &env(version))).await;
            taken(&ns, &pod(INSIDE, &env(version))).await;
        }
        let three = change(&ns, "three").await;
        ns.native_gone(&one).await;
        list(&ns, &[&two, &three]).await;
        refused(&ns, &pod(OUTSIDE, &env(&two))).await;
        taken(&ns, &pod(OUTSIDE, &env(&one))).await;

        // The former version was made for the scope, and stays with it; none is listed without the target.
        ns.edit("stripe", json!({ "spec": { "scopes": [] } })).await;
        list(&ns, &[&two]).await;
        refused(&ns, &pod(OUTSIDE, &env(&two))).await;
        taken(&ns, &pod(OUTSIDE, &env(&three))).await;
        ns.edit("stripe", json!({ "spec": { "scopes": ["checkout"] } }))
            .await;
        list(&ns, &[&two, &three]).await;
        ns.delete("stripe").await;
        ns.native_gone(&two).await;
        ns.native_gone(&three).await;
        list(&ns, &[]).await;
    }
}

/// Nobody has it for the moment in between.
#[tokio::test]
async fn a_version_is_listed_before_it_is_made() {
    let isolated = Isolated::start(Options::default()).await;
    for by_default in [false, true] {
        let ns = isolated.namespace("pods").await;
        let one = versioned(&ns, by_default).await;
        list(&ns, &[&one]).await;
        let mut tail = ns.cluster.follow_api_calls();
        ns.cluster.refuse(&[WRITES], "true").await;
        set(&ns, "two").await;
        eventually("the policy is not written", async || {
            let refused = tail.count(|it| {
                it.resource.starts_with("podpol") && it.code == REFUSED && it.namespace == ns.name
            });
            (refused > 2).then_some(()).ok_or(refused)
        })
        .await;
        let made = |call: &Call| call.to_string() == "create secrets" && call.namespace == ns.name;
        let names: Vec<_> = tail.calls().iter().filter(|it| made(it)).collect();
        assert!(names.is_empty(), "{names:?}");
        list(&ns, &[&one]).await;
        ns.cluster.allow().await;
        let two = current_after(&ns, &one).await;
        list(&ns, &[&one, &two]).await;
        refused(&ns, &pod(OUTSIDE, &env(&two))).await;
    }
}

async fn current_after(ns: &Namespace, one: &str) -> String {
    let secrets = ns.secrets();
    eventually("there is another version", async || {
        let status = secrets.get("stripe").await.unwrap().status.unwrap();
        let name = status.target_name.clone();
        name.filter(|name| name != one)
            .ok_or_else(|| json!(status).to_string())
    })
    .await
}

/// A former version may be left alone by the API server; what is there is listed.
#[tokio::test]
async fn a_former_version_that_is_not_deleted_yet_stays_listed() {
    let ns = Cluster::namespace("pods").await;
    let one = versioned(&ns, false).await;
    let held = json!({ "metadata": { "finalizers": ["example.com/hold"] } });
    ns.edit_native(&one, held).await;
    let two = change(&ns, "two").await;
    let three = change(&ns, "three").await;
    ns.native(&one, "is to go", |native| {
        native.metadata.deletion_timestamp.is_some()
    })
    .await;
    ns.operator_caught_up().await;
    list(&ns, &[&one, &two, &three]).await;
    refused(&ns, &pod(OUTSIDE, &env(&one))).await;
    ns.edit_native(&one, json!({ "metadata": { "finalizers": null } }))
        .await;
    ns.native_gone(&one).await;
    list(&ns, &[&two, &three]).await;
}
