//! Two Secrets that want one native Secret: what one of them delivers is not the other's to give.

use coffer::api::Reason;
use serde_json::json;

use super::{account, for_reading, namespaces, offer, vault};
use crate::delivery::{copy_of, scoped};
use crate::support::account::Account;
use crate::support::{Namespace, condition, eventually};

/// Waits until the conditions of the Secret `thief` tell that it has not got the name, and all that follows is done.
async fn is_refused(ns: &Namespace) {
    eventually("the other has the name", async || {
        let secret = ns.secrets().get("thief").await.unwrap();
        let told = condition(&secret, coffer::api::ConditionType::Ready);
        match told.filter(|it| it.reason == Reason::TargetConflict.as_str()) {
            Some(_) => Ok(()),
            None => Err(json!(secret.status).to_string()),
        }
    })
    .await;
    ns.operator_caught_up().await;
    // A Role is written at most once in a second.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
}

async fn each_reads_its_own(web: &Account, evil: &Account, copy: &str) {
    evil.may_not_read(copy).await;
    web.reads(copy, b"v").await;
}

#[tokio::test]
async fn a_scope_of_the_same_store_for_someone_else() {
    let (team, shop) = namespaces().await;
    let consumers = |account: &str| {
        format!(
            "[{{ namespaces: {{ names: [{}] }}, serviceAccounts: [{account}], apiAccess: true }}]",
            shop.name
        )
    };
    let (checkout, reports) = (consumers("web"), consumers("evil"));
    let scopes = format!(
        "[{{ name: checkout, consumers: {checkout} }}, {{ name: reports, consumers: {reports} }}]"
    );
    team.store("vault", &format!("{{ scopes: {scopes} }}"))
        .await;
    team.apply(&scoped("stripe", "v", "[checkout]")).await;
    team.ready("stripe").await;
    let web = account(&shop, "web", &vault(&team)).await;
    let evil = account(&shop, "evil", &vault(&team)).await;
    let copy = copy_of(&team, "stripe");
    web.reads(&copy, b"v").await;
    let thief = scoped("thief", "t", "[reports]");
    team.apply(&thief.replace("target: {}", "target: { name: stripe }"))
        .await;
    is_refused(&team).await;
    each_reads_its_own(&web, &evil, &copy).await;
}

#[tokio::test]
async fn a_target_of_the_receivers_own_with_the_name_of_the_copy() {
    let (team, shop) = namespaces().await;
    offer(&team, &for_reading(&shop)).await;
    let web = account(&shop, "web", &vault(&team)).await;
    let evil = account(&shop, "evil", &vault(&shop)).await;
    let copy = copy_of(&team, "stripe");
    web.reads(&copy, b"v").await;
    let consumers = "[{ serviceAccounts: [evil], apiAccess: true }]";
    let mine = format!("{{ scopes: [{{ name: mine, consumers: {consumers} }}] }}");
    shop.store("vault", &mine).await;
    let thief = scoped("thief", "t", "[mine]");
    shop.apply(&thief.replace("target: {}", &format!("target: {{ name: {copy} }}")))
        .await;
    is_refused(&shop).await;
    each_reads_its_own(&web, &evil, &copy).await;
}
