//! Pods in namespaces that let a scoped Secret be used inside its scopes only.

mod copies;
mod cost;
mod ends;
mod life;
mod order;
mod places;
mod rights;
mod slow;
mod versions;
mod ways;

use coffer::api::PodPolicy;
use kube::Api;
use kube::api::DynamicObject;
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Namespace, eventually};

/// What its scope lets use the Secrets, and what it does not.
const INSIDE: &str = "web";
const OUTSIDE: &str = "other";

/// A Secret of store `vault` for these scopes, with a target of its own.
fn scoped(name: &str, scopes: &str) -> String {
    format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {{ name: {name} }}\nspec:\n  storeRef: {{ name: vault \
         }}\n  scopes: {scopes}\n  data: {{ value: {{ value: v }} }}\n  target: {{}}\n"
    )
}

/// Sets the label by which a namespace restricts its pods; `-` takes it away.
async fn label(ns: &Namespace, value: &str) {
    let label = format!("coffer.dev/pod-policy{value}");
    let namespace = ["label", "namespace", &ns.name, &label, "--overwrite"];
    ns.kubectl(&namespace, "").await;
}

async fn account(ns: &Namespace, name: &str) {
    ns.apply(&format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{ name: {name} }}\n"
    ))
    .await;
}

/// With both accounts, and a store `vault` whose scope `checkout` is for one of them.
async fn furnish(ns: &Namespace) {
    for name in [INSIDE, OUTSIDE] {
        account(ns, name).await;
    }
    let scopes = "{ scopes: [{ name: checkout, consumers: [{ serviceAccounts: [web] }] }] }";
    ns.store("vault", scopes).await;
}

/// A furnished namespace with the label, where the Secret `stripe` is for the scope `checkout`, and delivered.
async fn restricted() -> Namespace {
    let ns = Cluster::namespace("pods").await;
    furnish(&ns).await;
    label(&ns, "=enforce").await;
    ns.apply(&scoped("stripe", "[checkout]")).await;
    ns.ready("stripe").await;
    is_judged(&ns).await;
    ns
}

/// Waits until the API server judges by what was just written: it reads it from a watch of its own.
async fn is_judged(ns: &Namespace) {
    refused(ns, &pod(OUTSIDE, &env("stripe"))).await;
    taken(ns, &pod(INSIDE, &env("stripe"))).await;
}

/// Someone who may make pods in the namespace, and nothing else.
async fn maker(ns: &Namespace) -> Namespace {
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["create"] }]);
    Namespace::existing(ns.cluster.someone(ns, &rules).await, &ns.name)
}

/// A pod that runs as an account, with these fields in its spec besides.
fn pod(account: &str, fields: &Json) -> Json {
    let mut spec = json!({
        "serviceAccountName": account,
        "containers": [{ "name": "main", "image": "none" }],
    });
    for (field, value) in fields.as_object().unwrap() {
        spec[field] = value.clone();
    }
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "pod" }, "spec": spec })
}

/// The same pod under another name.
fn named(name: &str, mut pod: Json) -> Json {
    pod["metadata"]["name"] = json!(name);
    pod
}

/// Fields by which the container of a pod has a Secret in its environment.
fn env(secret: &str) -> Json {
    let from = json!({ "secretKeyRef": { "name": secret, "key": "value" } });
    let env = json!([{ "name": "V", "valueFrom": from }]);
    json!({ "containers": [{ "name": "main", "image": "none", "env": env }] })
}

/// Waits until a pod would be refused by the policy; returns the message.
async fn refused(ns: &Namespace, pod: &Json) -> String {
    eventually("the pod is refused", async || match ns.judge(pod).await {
        Err(message) if message.contains("may not use Secret") => Ok(message),
        other => Err(format!("{other:?}")),
    })
    .await
}

/// Waits until a pod would be taken.
async fn taken(ns: &Namespace, pod: &Json) {
    eventually("the pod is taken", async || ns.judge(pod).await).await;
}

async fn make(ns: &Namespace, pod: Json) -> DynamicObject {
    ns.try_create(pod).await.unwrap()
}

fn policies(ns: &Namespace) -> Api<PodPolicy> {
    Api::namespaced(ns.cluster.client.clone(), &ns.name)
}

/// Waits until the PodPolicy is as asked, or for `None` is not there.
async fn policy(ns: &Namespace, what: &str, is_so: impl Fn(Option<&PodPolicy>) -> bool) {
    let policies = policies(ns);
    eventually(what, async || {
        let policy = policies.get_opt("coffer").await.unwrap();
        if is_so(policy.as_ref()) {
            Ok(())
        } else {
            Err(json!(policy).to_string())
        }
    })
    .await;
}

/// Waits until the PodPolicy lists just these native Secrets.
async fn lists(ns: &Namespace, secrets: &[&str]) {
    policy(ns, &format!("{secrets:?} are listed"), |policy| {
        policy.is_some_and(|it| it.spec.secrets.keys().eq(secrets))
    })
    .await;
}
