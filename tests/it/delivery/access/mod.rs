//! What service accounts can read through the Kubernetes API, each by requests of its own.

mod hostile;
mod many;
mod names;
mod refused;
mod restart;
mod tenant;
mod unmet;
mod versions;
mod withdrawn;

use k8s_openapi::api::rbac::v1 as rbac;
use kube::{Api, ResourceExt};
use serde_json::json;

use super::{copy_of, is_copied, namespaces, scoped};
use crate::support::account::Account;
use crate::support::{Cluster, Namespace, eventually};

/// Whom the store lets read: account `web` of the shop.
fn for_reading(shop: &Namespace) -> String {
    format!(
        "{{ namespaces: {{ names: [{}] }}, serviceAccounts: [web], apiAccess: true }}",
        shop.name
    )
}

/// A store `vault` with the scope `checkout` for these consumers, and the Secret `stripe` for it.
async fn offer(team: &Namespace, consumers: &str) {
    grant(team, consumers).await;
    team.apply(&scoped("stripe", "v", "[checkout]")).await;
    team.ready("stripe").await;
}

async fn grant(team: &Namespace, consumers: &str) {
    let store = format!("{{ scopes: [{{ name: checkout, consumers: [{consumers}] }}] }}");
    team.store("vault", &store).await;
}

/// A service account that asks for this; for nothing where it is empty.
pub(super) async fn account(ns: &Namespace, name: &str, asks: &str) -> Account {
    ask_as(ns, name, asks).await;
    Account::of(ns, name).await
}

async fn ask_as(ns: &Namespace, name: &str, asks: &str) {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": name, "annotations": { "coffer.dev/consume": asks } },
    });
    ns.apply(&account.to_string()).await;
}

pub(super) fn vault(team: &Namespace) -> String {
    format!("{}/vault", team.name)
}

fn roles(ns: &Namespace) -> Api<rbac::Role> {
    Api::namespaced(ns.cluster.client.clone(), &ns.name)
}

fn bindings(ns: &Namespace) -> Api<rbac::RoleBinding> {
    Api::namespaced(ns.cluster.client.clone(), &ns.name)
}

/// Waits until neither Role nor RoleBinding is there.
pub(super) async fn has_no_role(ns: &Namespace, account: &str) {
    let name = format!("coffer:{account}");
    eventually(&format!("{name} is gone"), async || {
        let role = roles(ns).get_opt(&name).await.unwrap();
        let binding = bindings(ns).get_opt(&name).await.unwrap();
        match (role, binding) {
            (None, None) => Ok(()),
            (role, binding) => Err(json!([role, binding]).to_string()),
        }
    })
    .await;
}

/// The two, and an account `web` that reads its copy.
async fn reading() -> (Namespace, Namespace, Account) {
    let (team, shop) = namespaces().await;
    offer(&team, &for_reading(&shop)).await;
    let web = account(&shop, "web", &vault(&team)).await;
    web.reads(&copy_of(&team, "stripe"), b"v").await;
    (team, shop, web)
}

#[tokio::test]
async fn who_is_granted_and_asks_reads_its_copy_and_nothing_else() {
    let (team, shop, web) = reading().await;
    let copy = copy_of(&team, "stripe");
    // Named and asked for; delivered by a scope that lets nobody read.
    let closed = format!(
        "{{ scopes: [{{ name: checkout, consumers: [{}] }}] }}",
        super::for_namespace(&shop)
    );
    team.store("closed", &closed).await;
    let paypal = scoped("paypal", "v", "[checkout]").replace("name: vault", "name: closed");
    team.apply(&paypal).await;
    ask_as(&shop, "web", &format!("{0}/vault, {0}/closed", team.name)).await;
    let unread = copy_of(&team, "paypal");
    shop.native(&unread, "is there", |_| true).await;
    let neighbour = account(&shop, "neighbour", "").await;
    let asking = account(&shop, "asking", &vault(&team)).await;
    let someone = json!({ "metadata": { "name": "own" }, "stringData": { "value": "w" } });
    let someone = serde_json::from_value(someone).unwrap();
    shop.natives()
        .create(&kube::api::PostParams::default(), &someone)
        .await
        .unwrap();
    team.operator_caught_up().await;
    for other in [&unread, "own", "stripe"] {
        web.may_not_read(other).await;
    }
    web.may_not_list().await;
    for other in [&neighbour, &asking] {
        for native in [&copy, &unread] {
            other.may_not_read(native).await;
        }
    }
    let role = roles(&shop).get("coffer:web").await.unwrap();
    assert_eq!(
        json!(role.rules),
        json!([{ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": [copy] }])
    );
    let all = roles(&shop).list(&kube::api::ListParams::default()).await;
    let all: Vec<_> = all
        .unwrap()
        .items
        .iter()
        .map(ResourceExt::name_any)
        .collect();
    assert_eq!(all, ["coffer:web"]);
    web.reads(&copy, b"v").await;
}

/// There it is the Secret's own target, and the account has to ask as anywhere.
#[tokio::test]
async fn an_account_of_the_stores_own_namespace_reads_the_target_if_it_asks() {
    let team = Cluster::namespace("team").await;
    offer(&team, "{ serviceAccounts: [web, mute], apiAccess: true }").await;
    team.apply(&scoped("other", "v", "[]")).await;
    let mute = account(&team, "mute", "").await;
    let web = account(&team, "web", &vault(&team)).await;
    web.reads("stripe", b"v").await;
    team.ready("other").await;
    web.may_not_read("other").await;
    mute.may_not_read("stripe").await;
    team.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    team.native_gone("stripe").await;
    has_no_role(&team, "web").await;
}

#[tokio::test]
async fn one_secret_that_is_asked_for_is_the_one_that_may_be_read() {
    let (team, shop, web) = reading().await;
    team.apply(&scoped("paypal", "p", "[checkout]")).await;
    let paypal = copy_of(&team, "paypal");
    web.reads(&paypal, b"p").await;
    ask_as(&shop, "web", &format!("{}/vault/paypal", team.name)).await;
    web.reads_no_more(&copy_of(&team, "stripe")).await;
    web.reads(&paypal, b"p").await;
}

#[tokio::test]
async fn a_name_that_is_too_long_for_a_role_has_another_one() {
    let (team, shop) = namespaces().await;
    let longest = "a".repeat(253);
    let consumers = for_reading(&shop).replace("[web]", &format!("[{longest}]"));
    offer(&team, &consumers).await;
    let reader = account(&shop, &longest, &vault(&team)).await;
    reader.reads(&copy_of(&team, "stripe"), b"v").await;
}

/// What is not delivered is not to be read, whoever has the name.
#[tokio::test]
async fn what_someone_else_has_under_the_name_of_the_copy_is_not_to_be_read() {
    let (team, shop) = namespaces().await;
    let copy = copy_of(&team, "stripe");
    let theirs = json!({ "metadata": { "name": copy }, "stringData": { "value": "theirs" } });
    let theirs = serde_json::from_value(theirs).unwrap();
    let created = kube::api::PostParams::default();
    shop.natives().create(&created, &theirs).await.unwrap();
    offer(&team, &for_reading(&shop)).await;
    let web = account(&shop, "web", &vault(&team)).await;
    team.apply(&scoped("paypal", "p", "[checkout]")).await;
    web.reads(&copy_of(&team, "paypal"), b"p").await;
    super::not_copied(&team, coffer::api::Reason::TargetConflict).await;
    web.may_not_read(&copy).await;
    // And once it has gone to someone else, it is not to be read any more.
    let paypal = copy_of(&team, "paypal");
    let nothing = json!({ "metadata": {
        "labels": { "coffer.dev/origin": null },
        "annotations": { "coffer.dev/mark": null, "coffer.dev/fingerprint": null },
    }, "data": { "value": "AAAA" } });
    let gone = kube::api::DeleteParams::default();
    shop.natives().delete(&copy, &gone).await.unwrap();
    web.reads(&copy, b"v").await;
    is_copied(&shop, &team, b"v").await;
    shop.edit_native(&paypal, nothing).await;
    web.reads(&paypal, b"p").await;
}
