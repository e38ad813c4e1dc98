//! A Secret that comes to be of another store of its namespace: all that its store decides is then that of the other one.

use coffer::api::{ConditionType, Reason};
use serde_json::{Value as Json, json};

use super::access::{account, has_no_role, vault};
use crate::support::account::Account;
use crate::support::{Cluster, Namespace, bytes, condition, eventually};

/// A store that lets this account read what is for the scope `checkout`, and gives a target with this template.
async fn store(team: &Namespace, name: &str, account: &str, more: &str) {
    let scopes = format!(
        "scopes: [{{ name: checkout, consumers: [{{ serviceAccounts: [{account}], apiAccess: true }}] }}]"
    );
    let target = format!("defaultTarget: {{ template: {{ value: '{name} {{{{ value }}}}' }} }}");
    team.store(name, &format!("{{ {scopes}, {target}{more} }}"))
        .await;
}

fn secret(name: &str, store: &str) -> String {
    json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "metadata": { "name": name },
        "spec": {
            "name": "THE-NAME", "storeRef": { "name": store }, "scopes": ["checkout"],
            "data": { "value": { "value": "v" } },
        },
    })
    .to_string()
}

/// With the value anew: what was sealed for one store does not open in another.
async fn move_to(team: &Namespace, store: &str) {
    let spec = json!({ "storeRef": { "name": store }, "data": { "value": { "value": "v" } } });
    team.edit("stripe", json!({ "spec": spec })).await;
}

/// The Secret `stripe` of store `vault`, which the account `web` reads; `api` may read what store `other` lets be read.
async fn two_stores(more: &str) -> (Namespace, Account, Account) {
    two_stores_of(Cluster::namespace("team").await, more).await
}

async fn two_stores_of(team: Namespace, more: &str) -> (Namespace, Account, Account) {
    store(&team, "vault", "web", "").await;
    store(&team, "other", "api", more).await;
    team.apply(&secret("stripe", "vault")).await;
    team.ready("stripe").await;
    let web = account(&team, "web", &vault(&team)).await;
    let api = account(&team, "api", &format!("{}/other", team.name)).await;
    web.reads("stripe", b"vault v").await;
    api.may_not_read("stripe").await;
    (team, web, api)
}

#[tokio::test]
async fn target_scopes_and_roles_are_those_of_the_other_store() {
    let (team, web, api) = two_stores("").await;
    team.usage("vault", 1).await;
    move_to(&team, "other").await;
    team.ready("stripe").await;
    assert_eq!(team.bytes("stripe", "value").await, b"other v");
    api.reads("stripe", b"other v").await;
    web.reads_no_more("stripe").await;
    has_no_role(&team, "web").await;
    team.usage("vault", 0).await;
    team.usage("other", 1).await;
    // Neither store has a say in what is of the other.
    let none = r#"{"spec":{"defaultTarget":null}}"#;
    let patch = ["patch", "cstore", "vault", "--type=merge", "-p", none];
    team.kubectl(&patch, "").await;
    team.operator_caught_up().await;
    api.reads("stripe", b"other v").await;
    move_to(&team, "vault").await;
    team.native_gone("stripe").await;
    has_no_role(&team, "api").await;
}

#[tokio::test]
async fn without_a_place_in_the_other_store_it_is_for_nobody_new() {
    let (team, web, api) = two_stores(", quota: { secrets: 0 }").await;
    move_to(&team, "other").await;
    team.problem("stripe", Reason::QuotaExceeded).await;
    // What it delivered stays as it was, for pods; the scope of a store that it is not of any more lets nobody read.
    assert_eq!(team.bytes("stripe", "value").await, b"vault v");
    web.reads_no_more("stripe").await;
    team.operator_caught_up().await;
    // What was delivered before was for those of the former store.
    api.may_not_read("stripe").await;
    store(&team, "other", "api", ", quota: { secrets: 1 }").await;
    api.reads("stripe", b"other v").await;
    web.may_not_read("stripe").await;
}

#[tokio::test]
async fn with_a_value_that_does_not_open_there_it_is_for_nobody_new() {
    let (team, web, api) = two_stores_of(Cluster::unadvised_namespace("team").await, "").await;
    let spec = json!({ "storeRef": { "name": "other" } });
    team.edit("stripe", json!({ "spec": spec })).await;
    team.problem("stripe", Reason::EnvelopeMismatch).await;
    web.reads_no_more("stripe").await;
    team.operator_caught_up().await;
    api.may_not_read("stripe").await;
    move_to(&team, "other").await;
    api.reads("stripe", b"other v").await;
}

#[tokio::test]
async fn in_the_other_store_an_older_one_keeps_its_name() {
    let team = Cluster::namespace("team").await;
    for name in ["vault", "other"] {
        store(&team, name, "web", "").await;
    }
    team.apply(&secret("older", "other")).await;
    team.ready("older").await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    team.apply(&secret("stripe", "vault")).await;
    let named = async |name: &str, has_name: bool| {
        eventually(&format!("{name} has its name: {has_name}"), async || {
            let secret = team.secrets().get(name).await.unwrap();
            crate::support::settled(&secret)?;
            let taken = condition(&secret, ConditionType::Named).cloned();
            if taken.is_none() == has_name {
                Ok(())
            } else {
                Err(json!(taken).to_string())
            }
        })
        .await;
    };
    named("stripe", true).await;
    move_to(&team, "other").await;
    named("stripe", false).await;
    named("older", true).await;
    move_to(&team, "vault").await;
    named("stripe", true).await;
}

/// Turns the restriction of pods on.
async fn restrict(team: &Namespace) {
    let label = [
        "label",
        "namespace",
        &team.name,
        "coffer.dev/pod-policy=enforce",
    ];
    team.kubectl(&label, "").await;
}

/// Waits until the PodPolicy lists the target alone, for the scope of this store, and so for this account.
async fn is_for(team: &Namespace, store: &str, account: &str) {
    let scopes = format!("{}/{store}: checkout", team.name);
    let wanted: Json = json!({ "secrets": { "stripe": scopes }, "accounts": { &scopes: { account: "checkout" } } });
    eventually(&format!("it is for {account}"), async || {
        let told = ["get", "cpolicy", "coffer", "-o", "json"];
        let told = team.try_kubectl(&told, "").await?;
        let told: Json = serde_json::from_str(&told).unwrap();
        (told["spec"] == wanted)
            .then_some(())
            .ok_or_else(|| told["spec"].to_string())
    })
    .await;
}

/// Of the PodPolicy, too: which accounts the same scope is for follows the store.
#[tokio::test]
async fn the_pod_policy_has_the_scopes_of_the_other_store() {
    let (team, ..) = two_stores("").await;
    restrict(&team).await;
    is_for(&team, "vault", "web").await;
    move_to(&team, "other").await;
    team.ready("stripe").await;
    is_for(&team, "other", "api").await;
    team.native("stripe", "is that of the other", |native| {
        bytes(native, "value") == b"other v"
    })
    .await;
}

#[tokio::test]
async fn without_a_place_in_the_other_store_pods_of_the_former_one_have_what_is_there() {
    let (team, ..) = two_stores(", quota: { secrets: 0 }").await;
    restrict(&team).await;
    is_for(&team, "vault", "web").await;
    move_to(&team, "other").await;
    team.problem("stripe", Reason::QuotaExceeded).await;
    assert_eq!(team.bytes("stripe", "value").await, b"vault v");
    team.operator_caught_up().await;
    is_for(&team, "vault", "web").await;
    // And it is taken from those of the former store who lose it there.
    store(&team, "vault", "till", "").await;
    is_for(&team, "vault", "till").await;
    store(&team, "other", "api", ", quota: { secrets: 1 }").await;
    is_for(&team, "other", "api").await;
    assert_eq!(team.bytes("stripe", "value").await, b"other v");
}
