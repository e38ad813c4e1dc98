//! What comes first, on a control plane of its own.

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{OUTSIDE, env, furnish, label, lists, pod, policies, policy, refused, scoped, taken};
use crate::support::audit::Call;
use crate::support::refusal::{REFUSED, Writes};
use crate::support::{Isolated, Namespace, Options, eventually, within};

/// How long an API server may take until it judges by a kind that it has just been told of.
const DISCOVERY: std::time::Duration = std::time::Duration::from_secs(90);

const WRITES: Writes = Writes {
    group: "coffer.dev",
    resource: "podpolicies",
    operation: "UPDATE",
};

#[tokio::test]
async fn a_scoped_secret_is_listed_before_it_is_there_and_holds_nothing_else_up() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("pods").await;
    furnish(&ns).await;
    label(&ns, "=enforce").await;
    lists(&ns, &[]).await;
    let mut tail = ns.cluster.follow_api_calls();
    ns.cluster.refuse(&[WRITES], "true").await;
    ns.apply(&scoped("stripe", "[checkout]")).await;
    eventually("the policy is not written", async || {
        let refused = tail.count(|it| it.resource.starts_with("podpol") && it.code == REFUSED);
        (refused > 2).then_some(()).ok_or(refused)
    })
    .await;
    // Neither what is not scoped, nor another namespace.
    ns.apply(&scoped("open", "[]")).await;
    ns.ready("open").await;
    let other = isolated.namespace("pods").await;
    furnish(&other).await;
    other.apply(&scoped("stripe", "[checkout]")).await;
    other.ready("stripe").await;
    assert!(ns.natives().get_opt("stripe").await.unwrap().is_none());
    let made = |call: &Call| call.to_string() == "create secrets" && call.namespace == ns.name;
    let names: Vec<_> = tail.calls().iter().filter(|it| made(it)).collect();
    assert!(names.iter().all(|call| call.name == "open"), "{names:?}");
    ns.cluster.allow().await;
    ns.ready("stripe").await;
    lists(&ns, &["stripe"]).await;
}

#[tokio::test]
async fn before_the_operator_has_written_the_policy_there_are_no_pods() {
    let options = Options {
        without_operator: true,
        ..Options::default()
    };
    let mut isolated = Isolated::start(options).await;
    let ns = isolated.namespace("pods").await;
    for name in [super::INSIDE, OUTSIDE] {
        super::account(&ns, name).await;
    }
    let innocent = pod(OUTSIDE, &json!({}));
    taken(&ns, &innocent).await;
    label(&ns, "=enforce").await;
    within(DISCOVERY, "no pod is taken", async || {
        match ns.judge(&innocent).await {
            Err(told) if told.contains("no params found") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    isolated.start_operator().await;
    taken(&ns, &innocent).await;
}

/// Also: what is written there decides, and without the operator as well.
#[tokio::test]
async fn of_a_namespace_that_is_closed_no_pod_uses_anything() {
    let options = Options {
        without_operator: true,
        ..Options::default()
    };
    let isolated = Isolated::start(options).await;
    let ns = isolated.namespace("pods").await;
    super::account(&ns, OUTSIDE).await;
    anyone_may_write(&ns).await;
    label(&ns, "=enforce").await;
    let write = async |spec: serde_json::Value| {
        let policy = json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "PodPolicy",
            "metadata": { "name": "coffer" }, "spec": spec,
        });
        ns.apply(&policy.to_string()).await;
    };
    let uses = |secret: &str| pod(OUTSIDE, &env(secret));
    write(json!({
        "secrets": { "team-a.open": "team-a/s: x" },
        "accounts": { "team-a/s: x": { "*": "x" } },
        "closed": ["team-a", "team-b"],
    }))
    .await;
    let told = within(DISCOVERY, "pods are judged", async || {
        match ns.judge(&uses("team-a.n")).await {
            Err(told) if told.contains("may not use Secret") => Ok(told),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert!(told.contains("too many to be listed"), "{told}");
    refused(&ns, &uses("team-b.n.m")).await;
    for secret in ["team-a.open", "team-a", "team-ab.n", "xteam-a.n", "n"] {
        taken(&ns, &uses(secret)).await;
    }
    write(json!({ "closed": [ns.name] })).await;
    refused(&ns, &uses("n")).await;
    taken(&ns, &pod(OUTSIDE, &json!({}))).await;
    // Half of an entry lets nobody in.
    write(json!({ "secrets": { "n": "team-a/s: x" } })).await;
    eventually("it is refused", async || match ns.judge(&uses("n")).await {
        Err(told) if told.contains("no such key") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

/// Takes away what keeps others than Coffer from it.
async fn anyone_may_write(ns: &Namespace) {
    let binding = [
        "delete",
        "validatingadmissionpolicybinding",
        "coffer-pod-policy-writer",
    ];
    ns.kubectl(&binding, "").await;
    let policy = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "PodPolicy",
        "metadata": { "name": "probe" }, "spec": {},
    });
    eventually("anyone may write", async || ns.judge(&policy).await).await;
}

/// By someone who took the policy away that keeps others from it.
#[tokio::test]
async fn a_policy_that_is_edited_or_deleted_is_put_back() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("pods").await;
    furnish(&ns).await;
    label(&ns, "=enforce").await;
    ns.apply(&scoped("stripe", "[checkout]")).await;
    lists(&ns, &["stripe"]).await;
    anyone_may_write(&ns).await;
    let policies = policies(&ns);
    let before = policies.get("coffer").await.unwrap();
    let open = json!({ "spec": { "secrets": null, "accounts": null } });
    let patch = Patch::Merge(&open);
    policies
        .patch("coffer", &PatchParams::default(), &patch)
        .await
        .unwrap();
    let is_back = |policy: Option<&coffer::api::PodPolicy>| {
        policy.is_some_and(|policy| policy.spec == before.spec)
    };
    policy(&ns, "it is put back", is_back).await;
    policies
        .delete("coffer", &DeleteParams::default())
        .await
        .unwrap();
    policy(&ns, "it is put back", is_back).await;
    within(DISCOVERY, "pods are judged", async || {
        match ns.judge(&pod(OUTSIDE, &env("stripe"))).await {
            Err(told) if told.contains("may not use Secret") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    refused(&ns, &pod(OUTSIDE, &env("stripe"))).await;
}
