//! What belongs together, as nodes: each knows how it is, and nothing of how it is drawn.

use std::collections::{BTreeMap, HashMap};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::askers::Askers;
use super::scopes;
use crate::api::{ConditionType, Secret, SecretStore};
use crate::cli::cluster::Inventory;
use crate::cli::paint::Tone;
use crate::cli::summary::Summary;

/// One object and what depends on it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    pub(super) kind: &'static str,
    pub(super) namespace: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// What is not well, and the remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    #[serde(skip)]
    pub(super) tone: Tone,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) children: Vec<Self>,
}

/// The stores with what belongs to them, by namespace and name. Secrets whose store is not there
/// stand below a store that says so. Without `askers` nobody knows who asks for something.
pub(super) fn of(inventory: &Inventory, askers: Option<&Askers>) -> Vec<Node> {
    let mut stores: BTreeMap<(String, String), Node> = BTreeMap::new();
    for store in &inventory.stores {
        let node = of_store(store);
        stores.insert((node.namespace.clone(), node.name.clone()), node);
    }
    let by_key: HashMap<_, _> = inventory.stores.iter().map(|it| (key(it), it)).collect();
    for secret in &inventory.secrets {
        let summary = Summary::of(secret, &inventory.stores);
        let store = by_key.get(&(&*summary.namespace, &*summary.store));
        let receivers = store.map(|store| scopes::of(secret, store, askers));
        let node = stores
            .entry((summary.namespace.clone(), summary.store.clone()))
            .or_insert_with(|| missing_store(&summary));
        let mut secret = of_secret(summary, copies_problem(secret));
        secret.children.extend(receivers.into_iter().flatten());
        node.children.push(secret);
    }
    stores.into_values().collect()
}

fn key(store: &SecretStore) -> (&str, &str) {
    let ObjectMeta {
        namespace, name, ..
    } = &store.metadata;
    (
        namespace.as_deref().unwrap_or_default(),
        name.as_deref().unwrap_or_default(),
    )
}

fn of_store(store: &SecretStore) -> Node {
    let conditions = store.status.iter().flat_map(|status| &status.conditions);
    let ready = conditions
        .into_iter()
        .find(|condition| condition.type_ == ConditionType::Ready.as_str());
    let is_ready = ready.is_some_and(|condition| condition.status == "True");
    Node {
        kind: "SecretStore",
        namespace: store.metadata.namespace.clone().unwrap_or_default(),
        name: store.metadata.name.clone().unwrap_or_default(),
        state: None,
        reason: ready.map(|condition| condition.reason.clone()),
        problem: match ready {
            _ if is_ready => None,
            Some(condition) => Some(condition.message.clone()),
            None => Some("the operator has not looked at it yet".into()),
        },
        tone: if is_ready { Tone::Good } else { Tone::Bad },
        children: Vec::new(),
    }
}

fn missing_store(secret: &Summary) -> Node {
    Node {
        kind: "SecretStore",
        namespace: secret.namespace.clone(),
        name: secret.store.clone(),
        state: None,
        reason: None,
        problem: Some("there is no such store: create it".into()),
        tone: Tone::Bad,
        children: Vec::new(),
    }
}

/// What is wrong with copies in other namespaces, which leaves the Secret active.
fn copies_problem(secret: &Secret) -> Option<String> {
    let conditions = secret.status.iter().flat_map(|status| &status.conditions);
    let mut copied = conditions.filter(|it| it.type_ == ConditionType::Copied.as_str());
    let copied = copied.find(|it| it.status == "False")?;
    Some(copied.message.clone())
}

fn of_secret(secret: Summary, copies_problem: Option<String>) -> Node {
    let tone = secret.tone();
    let children = targets(&secret);
    let problem = match secret.state {
        "active" => copies_problem,
        "pending" => secret.message,
        "deleted" => Some("it is deleted, and goes when its finalizers let it".into()),
        _ => Some("the operator has not looked at it yet".into()),
    };
    Node {
        kind: "Secret",
        namespace: secret.namespace,
        name: secret.name,
        state: Some(secret.state.to_owned()),
        reason: secret.reason,
        problem,
        tone,
        children,
    }
}

/// What was delivered, and what is asked for and was not.
fn targets(secret: &Summary) -> Vec<Node> {
    let native = |namespace: &str, name: &str, state: &str, tone| Node {
        kind: "native Secret",
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        state: Some(state.to_owned()),
        reason: None,
        problem: None,
        tone,
        children: Vec::new(),
    };
    let delivered_tone = secret.tone();
    let delivered_state = if secret.state == "active" {
        "delivered"
    } else {
        "as it was before"
    };
    let mut nodes: Vec<Node> = secret
        .deliveries
        .iter()
        .map(|made| native(&made.namespace, &made.name, delivered_state, delivered_tone))
        .collect();
    if let Some(target) = &secret.target
        && !nodes
            .iter()
            .any(|node| node.name == target.name && node.namespace == secret.namespace)
    {
        let tone = secret.tone();
        nodes.push(native(
            &secret.namespace,
            &target.name,
            "not delivered",
            tone,
        ));
    }
    nodes
}
