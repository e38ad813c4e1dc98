//! Copies for those who are granted them, are named, and ask.

mod access;
mod forged;
mod hostile;
mod many;
mod model;
mod moved;
mod restart;
mod trouble;
mod withdrawn;

use coffer::api::{ConditionType, Reason};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::json;

use crate::support::{Cluster, Namespace, bytes, condition, eventually, settled};

/// A store `vault` with the scope `checkout` for these consumers, and the Secret `stripe` for it.
async fn offer(team: &Namespace, consumers: &str) {
    let store = format!("{{ scopes: [{{ name: checkout, consumers: [{consumers}] }}] }}");
    team.store("vault", &store).await;
    team.apply(&scoped("stripe", "v", "[checkout]")).await;
    team.ready("stripe").await;
}

/// The store's spec for a namespace by its name.
fn for_namespace(shop: &Namespace) -> String {
    format!(
        "{{ namespaces: {{ names: [{}] }}, serviceAccounts: [web] }}",
        shop.name
    )
}

/// A Secret of store `vault` for these scopes, with a target of its own.
fn scoped(name: &str, value: &str, scopes: &str) -> String {
    format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {{ name: {name} }}\nspec:\n  storeRef: {{ name: vault \
         }}\n  scopes: {scopes}\n  data: {{ value: {{ value: {value} }} }}\n  target: {{}}\n"
    )
}

/// A service account `web` that asks for all of the team's store.
async fn ask(shop: &Namespace, team: &Namespace) {
    ask_for(shop, &format!("{}/vault", team.name)).await;
}

async fn ask_for(shop: &Namespace, what: &str) {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": "web", "annotations": { "coffer.dev/consume": what } },
    });
    shop.apply(&account.to_string()).await;
}

fn copy_of(team: &Namespace, name: &str) -> String {
    format!("{}.{name}", team.name)
}

async fn is_copied(shop: &Namespace, team: &Namespace, value: &[u8]) {
    shop.native(&copy_of(team, "stripe"), "has the value", |native| {
        bytes(native, "value") == value
    })
    .await;
}

/// Of the team that keeps a store, and of one that may have something of it.
async fn namespaces() -> (Namespace, Namespace) {
    (
        Cluster::namespace("team").await,
        Cluster::namespace("shop").await,
    )
}

/// Another Secret of the team, which nothing keeps from the shop, has its copy; and there is no other.
async fn has_nothing_else(shop: &Namespace, team: &Namespace) {
    let store = format!(
        "{{ scopes: [{{ name: checkout, consumers: [{}] }}] }}",
        for_namespace(shop)
    );
    team.store("open", &store).await;
    let granted = scoped("granted", "v", "[checkout]").replace("name: vault", "name: open");
    team.apply(&granted).await;
    let account = shop
        .kubectl(&["get", "serviceaccount", "web", "-o", "json"], "")
        .await;
    let account: serde_json::Value = serde_json::from_str(&account).unwrap();
    let asks = account["metadata"]["annotations"]["coffer.dev/consume"]
        .as_str()
        .unwrap();
    ask_for(shop, &format!("{asks}, {}/open", team.name)).await;
    let only = copy_of(team, "granted");
    shop.native(&only, "is there", |_| true).await;
    team.operator_caught_up().await;
    let natives = shop.natives().list(&ListParams::default()).await.unwrap();
    let names: Vec<_> = natives.items.iter().map(ResourceExt::name_any).collect();
    assert_eq!(names, [only]);
}

/// Waits until the status says that a copy is not made, for this reason; returns the message. The Secret itself is ready.
async fn not_copied(team: &Namespace, reason: Reason) -> String {
    eventually(&format!("Copied says {reason}"), async || {
        let secret = team.secrets().get("stripe").await.unwrap();
        let told = condition(&secret, ConditionType::Copied);
        match told.filter(|told| told.status == "False" && told.reason == reason.as_str()) {
            Some(told) => settled(&secret).map(|()| told.message.clone()),
            None => Err(json!(secret.status).to_string()),
        }
    })
    .await
}

/// The two, and a copy that was made.
async fn copied() -> (Namespace, Namespace) {
    let (team, shop) = namespaces().await;
    offer(&team, &for_namespace(&shop)).await;
    ask(&shop, &team).await;
    is_copied(&shop, &team, b"v").await;
    (team, shop)
}

/// Waits until the status tells of so many native Secrets.
async fn is_told(team: &Namespace, count: i64) {
    eventually(&format!("{count} are told"), async || {
        let status = team.secrets().get("stripe").await.unwrap().status.unwrap();
        if status.delivery_count == Some(count) {
            Ok(())
        } else {
            Err(json!(status).to_string())
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_granted_and_asks_has_a_copy_that_follows_the_value() {
    let (team, shop) = copied().await;
    let copy = shop.natives().get(&copy_of(&team, "stripe")).await.unwrap();
    assert_eq!(copy.type_.as_deref(), Some("Opaque"));
    assert!(copy.metadata.owner_references.is_none());
    let origin = &copy.annotations()["coffer.dev/origin-name"];
    assert_eq!(*origin, format!("{}/stripe", team.name));
    is_told(&team, 2).await;
    let secret = team.ready("stripe").await;
    let status = secret.status.unwrap();
    assert_eq!(status.deliveries[1].namespace, shop.name);
    let ready = status
        .conditions
        .iter()
        .find(|it| it.type_ == "Ready")
        .unwrap();
    assert_eq!(
        ready.message,
        "native secret `stripe` and 1 copy in another namespace have the values"
    );
    team.apply(&scoped("stripe", "changed", "[checkout]")).await;
    is_copied(&shop, &team, b"changed").await;
}

#[tokio::test]
async fn a_copy_has_the_targets_type_where_someone_there_takes_it() {
    let (team, shop) = copied().await;
    let basic = scoped("stripe", "v", "[checkout]")
        .replace("value: { value", "password: { value")
        .replace("target: {}", "target: { type: kubernetes.io/basic-auth }");
    team.apply(&basic).await;
    let name = copy_of(&team, "stripe");
    let is = async |wanted: &str| {
        shop.native(&name, wanted, |native| {
            native.type_.as_deref() == Some(wanted)
        })
        .await
    };
    team.ready("stripe").await;
    is("Opaque").await;
    let types = |types: &str| format!("coffer.dev/consume-types{types}");
    for (annotation, wanted) in [
        (
            types("=kubernetes.io/tls, kubernetes.io/basic-auth"),
            "kubernetes.io/basic-auth",
        ),
        (types("-"), "Opaque"),
    ] {
        shop.kubectl(&["annotate", "serviceaccount", "web", &annotation], "")
            .await;
        let copy = is(wanted).await;
        assert_eq!(bytes(&copy, "password"), b"v");
    }
}

#[tokio::test]
async fn the_order_does_not_matter() {
    let (team, shop) = namespaces().await;
    ask(&shop, &team).await;
    team.apply(&scoped("stripe", "v", "[checkout]")).await;
    let store = format!(
        "{{ scopes: [{{ name: checkout, consumers: [{}] }}] }}",
        for_namespace(&shop)
    );
    team.store("vault", &store).await;
    is_copied(&shop, &team, b"v").await;
}

#[tokio::test]
async fn a_secret_without_a_target_of_its_own_has_copies_only() {
    let (team, shop) = namespaces().await;
    offer(&team, &for_namespace(&shop)).await;
    ask(&shop, &team).await;
    is_copied(&shop, &team, b"v").await;
    team.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    team.native_gone("stripe").await;
    is_told(&team, 1).await;
    is_copied(&shop, &team, b"v").await;
}

/// Each lacks one of the three that have to agree.
#[tokio::test]
async fn a_grant_a_name_or_a_request_alone_delivers_nothing() {
    let (team, shop) = namespaces().await;
    offer(&team, &for_namespace(&shop)).await;
    // Named and granted; nobody asks.
    let ready = team.ready("stripe").await.status.unwrap().conditions;
    let ready = ready.iter().find(|it| it.type_ == "Ready").unwrap();
    assert!(
        ready
            .message
            .ends_with("; nobody of scope `checkout` asks for them"),
        "{}",
        ready.message
    );
    // Granted and asked for; not named.
    team.apply(&scoped("paypal", "v", "[]")).await;
    // Named and asked for; granted to nobody.
    team.apply(&scoped("bait", "v", "[nobody]")).await;
    ask_for(
        &shop,
        &format!("{0}/vault/paypal, {0}/vault/bait", team.name),
    )
    .await;
    let other = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {
            "name": "other",
            "annotations": { "coffer.dev/consume": format!("{}/vault", team.name) },
        },
    });
    shop.apply(&other.to_string()).await;
    team.ready("paypal").await;
    team.problem("bait", Reason::ScopeUnknown).await;
    has_nothing_else(&shop, &team).await;
}
