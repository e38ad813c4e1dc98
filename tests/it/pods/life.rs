//! Labels, scopes and accounts that come and go.

use coffer::api::Reason;
use serde_json::json;

use super::{
    INSIDE, OUTSIDE, env, furnish, label, lists, make, maker, named, pod, policies, policy,
    refused, restricted, scoped, taken,
};
use crate::support::{Cluster, eventually};

#[tokio::test]
async fn without_the_label_nothing_is_restricted_and_nothing_is_written() {
    let ns = Cluster::namespace("pods").await;
    furnish(&ns).await;
    ns.apply(&scoped("stripe", "[checkout]")).await;
    ns.ready("stripe").await;
    label(&ns, "=disabled").await;
    ns.operator_caught_up().await;
    let maker = maker(&ns).await;
    maker.judge(&pod(OUTSIDE, &env("stripe"))).await.unwrap();
    let about_pods = |call: &crate::support::audit::Call| call.resource.starts_with("podpolicies");
    assert!(!ns.api_calls().iter().any(about_pods));
}

#[tokio::test]
async fn a_secret_without_scopes_and_one_that_is_not_coffers_are_for_every_pod() {
    let ns = restricted().await;
    ns.apply(&scoped("open", "[]")).await;
    ns.ready("open").await;
    ns.kubectl(&["create", "secret", "generic", "foreign"], "")
        .await;
    lists(&ns, &["stripe"]).await;
    for secret in ["open", "foreign", "missing", "stripe.x", "strip"] {
        ns.judge(&pod(OUTSIDE, &env(secret))).await.unwrap();
    }
}

/// A misspelt word must not turn it off; `warn` and `audit` do not refuse.
#[tokio::test]
async fn the_word_of_the_label_says_what_becomes_of_a_pod() {
    let ns = restricted().await;
    let outside = pod(OUTSIDE, &env("stripe"));
    for word in ["=enfroce", "="] {
        label(&ns, word).await;
        refused(&ns, &outside).await;
    }
    label(&ns, "=audit").await;
    taken(&ns, &outside).await;
    label(&ns, "=warn").await;
    let create = ["create", "--dry-run=server", "-f", "-"];
    let create = [&["--namespace", &ns.name][..], &create].concat();
    eventually("it is warned of", async || {
        let output = ns.cluster.kubectl(&create, &outside.to_string()).await;
        let told = String::from_utf8(output.stderr).unwrap();
        let is_warned = output.status.success() && told.contains("may not use Secret \"stripe\"");
        is_warned.then_some(()).ok_or(told)
    })
    .await;
    label(&ns, "=disabled").await;
    policy(&ns, "the policy is gone", |policy| policy.is_none()).await;
    taken(&ns, &outside).await;
    label(&ns, "=enforce").await;
    refused(&ns, &outside).await;
    taken(&ns, &pod(INSIDE, &env("stripe"))).await;
    label(&ns, "-").await;
    policy(&ns, "the policy is gone", |policy| policy.is_none()).await;
}

#[tokio::test]
async fn a_pod_from_before_its_secret_was_scoped_stays_as_it_is_and_has_no_successor() {
    let ns = restricted().await;
    ns.apply(&scoped("later", "[]")).await;
    ns.ready("later").await;
    make(&ns, pod(OUTSIDE, &env("later"))).await;
    ns.apply(&scoped("later", "[checkout]")).await;
    let successor = named("successor", pod(OUTSIDE, &env("later")));
    refused(&ns, &successor).await;
    ns.kubectl(&["label", "pod", "pod", "touched=yes"], "")
        .await;
    ns.apply(&scoped("later", "[]")).await;
    taken(&ns, &successor).await;
}

#[tokio::test]
async fn an_account_that_is_withdrawn_makes_no_more_pods_and_one_that_is_granted_does() {
    let ns = restricted().await;
    let [inside, outside] = [INSIDE, OUTSIDE].map(|account| pod(account, &env("stripe")));
    let consumers = |names: &str| {
        json!({ "spec": { "scopes": [
            { "name": "checkout", "consumers": [{ "serviceAccounts": [names] }] },
        ] } })
        .to_string()
    };
    let patch = |patch: String| async {
        let patch = patch;
        ns.kubectl(
            &["patch", "cstore", "vault", "--type=merge", "-p", &patch],
            "",
        )
        .await;
    };
    patch(consumers(OUTSIDE)).await;
    refused(&ns, &inside).await;
    taken(&ns, &outside).await;
    // An account of this name is none, and does not mean everyone.
    patch(consumers("*")).await;
    refused(&ns, &outside).await;
    refused(&ns, &inside).await;
    // A store without the scope, and none at all: nobody is inside.
    patch(json!({ "spec": { "scopes": null } }).to_string()).await;
    refused(&ns, &inside).await;
    patch(consumers(INSIDE)).await;
    taken(&ns, &inside).await;
    refused(&ns, &outside).await;
}

#[tokio::test]
async fn every_account_of_the_namespace_is_inside_where_a_scope_means_the_namespace() {
    let ns = restricted().await;
    let scope = json!({ "spec": { "scopes": [{ "name": "checkout", "consumers": [
        { "namespaces": { "selector": { "matchLabels": { "stage": "live" } } } },
    ] }] } });
    let patch = [
        "patch",
        "cstore",
        "vault",
        "--type=merge",
        "-p",
        &scope.to_string(),
    ];
    ns.kubectl(&patch, "").await;
    let outside = pod(OUTSIDE, &env("stripe"));
    refused(&ns, &pod(INSIDE, &env("stripe"))).await;
    let label = ["label", "namespace", &ns.name];
    ns.kubectl(&[&label[..], &["stage=live"]].concat(), "")
        .await;
    taken(&ns, &outside).await;
    ns.kubectl(&[&label[..], &["stage-"]].concat(), "").await;
    refused(&ns, &outside).await;
}

/// The former name is restricted for as long as it is there, and a name that is someone else's is not.
#[tokio::test]
async fn a_target_that_is_renamed_is_listed_under_the_name_that_it_has() {
    let ns = restricted().await;
    ns.kubectl(&["create", "secret", "generic", "taken"], "")
        .await;
    ns.edit(
        "stripe",
        json!({ "spec": { "target": { "name": "taken" } } }),
    )
    .await;
    ns.problem("stripe", Reason::TargetConflict).await;
    refused(&ns, &pod(OUTSIDE, &env("stripe"))).await;
    ns.edit("stripe", json!({ "spec": { "target": { "name": "new" } } }))
        .await;
    ns.native_gone("stripe").await;
    lists(&ns, &["new"]).await;
    refused(&ns, &pod(OUTSIDE, &env("new"))).await;
    ns.delete("stripe").await;
    ns.native_gone("new").await;
    lists(&ns, &[]).await;
}

/// Who may write Coffer's Secrets must not keep others' pods from what Coffer did not make, not even for a moment.
#[tokio::test]
async fn a_secret_that_asks_for_the_name_of_what_others_have_restricts_nothing() {
    let ns = restricted().await;
    ns.kubectl(&["create", "secret", "generic", "foreign"], "")
        .await;
    lists(&ns, &["stripe"]).await;
    let before = policies(&ns).get("coffer").await.unwrap().metadata;
    for (name, target) in [("a", "foreign"), ("b", "foreign"), ("c", "stripe")] {
        let bait = scoped(name, "[nobody]");
        let bait = bait.replace("target: {}", &format!("target: {{ name: {target} }}"));
        ns.apply(&bait).await;
        ns.problem(name, Reason::TargetConflict).await;
    }
    // Open to no more than before, and to no fewer.
    let after = policies(&ns).get("coffer").await.unwrap().metadata;
    assert_eq!(after.resource_version, before.resource_version);
    taken(&ns, &pod(INSIDE, &env("stripe"))).await;
    taken(&ns, &pod(OUTSIDE, &env("foreign"))).await;
    // It is restricted once it is Coffer's.
    let adopt = ["label", "secret", "foreign", "coffer.dev/adopt=a"];
    ns.kubectl(&adopt, "").await;
    refused(&ns, &pod(INSIDE, &env("foreign"))).await;
}

/// That is where it is seen.
#[tokio::test]
async fn a_deployment_is_taken_and_the_events_of_its_replica_set_tell_why_it_has_no_pod() {
    let ns = restricted().await;
    let template = json!({
        "metadata": { "labels": { "app": "till" } },
        "spec": pod(OUTSIDE, &env("stripe"))["spec"],
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "till" },
        "spec": { "selector": { "matchLabels": { "app": "till" } }, "template": template },
    });
    make(&ns, deployment).await;
    let events = [
        "get",
        "events",
        "--field-selector=reason=FailedCreate",
        "-o",
    ];
    let told = "jsonpath={range .items[*]}{.involvedObject.kind}: {.message}{end}";
    eventually("it is told", async || {
        let told = ns.kubectl(&[&events[..], &[told]].concat(), "").await;
        let is_told = told.starts_with("ReplicaSet: ") && told.contains("may not use Secret");
        is_told.then_some(()).ok_or(told)
    })
    .await;
}

/// Someone who may do that knows what is in it; others must not have it by that.
#[tokio::test]
async fn a_native_secret_that_loses_coffers_label_stays_listed() {
    let ns = restricted().await;
    let before = policies(&ns).get("coffer").await.unwrap().metadata;
    for _ in 0..3 {
        let bare = json!({ "metadata": { "labels": null, "annotations": null } });
        ns.edit_native("stripe", bare).await;
        ns.native("stripe", "is put back", |native| {
            native.metadata.labels.is_some()
        })
        .await;
    }
    ns.operator_caught_up().await;
    let after = policies(&ns).get("coffer").await.unwrap().metadata;
    assert_eq!(after.resource_version, before.resource_version);
}
