//! Copies of other namespaces' Secrets.

use serde_json::json;

use super::{INSIDE, OUTSIDE, account, env, label, lists, pod, refused, scoped, taken};
use crate::support::{Cluster, Namespace, eventually};

/// Of a team whose scope `checkout` is for one account of the other namespace, which asks and restricts its pods.
async fn copied() -> (Namespace, Namespace) {
    let [team, shop] = [
        Cluster::namespace("team").await,
        Cluster::namespace("shop").await,
    ];
    grant(&team, &shop, INSIDE).await;
    account(&shop, OUTSIDE).await;
    ask(&shop, &format!("{}/vault", team.name)).await;
    label(&shop, "=enforce").await;
    team.apply(&scoped("stripe", "[checkout]")).await;
    shop.native(&copy(&team), "is there", |_| true).await;
    (team, shop)
}

fn copy(team: &Namespace) -> String {
    format!("{}.stripe", team.name)
}

async fn grant(team: &Namespace, shop: &Namespace, account: &str) {
    let consumer = format!(
        "{{ namespaces: {{ names: [{}] }}, serviceAccounts: [{account}] }}",
        shop.name
    );
    let scopes = format!("{{ scopes: [{{ name: checkout, consumers: [{consumer}] }}] }}");
    team.store("vault", &scopes).await;
}

async fn ask(shop: &Namespace, what: &str) {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": INSIDE, "annotations": { "coffer.dev/consume": what } },
    });
    shop.apply(&account.to_string()).await;
}

#[tokio::test]
async fn a_copy_is_for_those_whom_the_other_team_lets_have_it() {
    let (team, shop) = copied().await;
    lists(&shop, &[&copy(&team)]).await;
    let told = refused(&shop, &pod(OUTSIDE, &env(&copy(&team)))).await;
    assert!(
        told.contains(&format!("SecretStore {}/vault: checkout", team.name)),
        "{told}"
    );
    taken(&shop, &pod(INSIDE, &env(&copy(&team)))).await;
    // The team did not ask for its own pods to be restricted.
    account(&team, OUTSIDE).await;
    team.judge(&pod(OUTSIDE, &env("stripe"))).await.unwrap();
}

/// It never asked, but it is meant; who asks, and is meant no more, has to go.
#[tokio::test]
async fn an_account_is_inside_by_the_grant_whether_it_asked_or_not() {
    let (team, shop) = copied().await;
    let [inside, outside] = [INSIDE, OUTSIDE].map(|account| pod(account, &env(&copy(&team))));
    grant(&team, &shop, &format!("{INSIDE}, {OUTSIDE}")).await;
    taken(&shop, &outside).await;
    grant(&team, &shop, INSIDE).await;
    refused(&shop, &outside).await;
    taken(&shop, &inside).await;
}

#[tokio::test]
async fn a_copy_that_is_asked_for_no_more_is_listed_until_it_is_gone() {
    let (team, shop) = copied().await;
    lists(&shop, &[&copy(&team)]).await;
    ask(&shop, "nothing/there").await;
    shop.native_gone(&copy(&team)).await;
    lists(&shop, &[]).await;
}

/// Nothing that a team writes restricts, or opens, what it does not deliver.
#[tokio::test]
async fn a_team_that_nobody_asks_restricts_nothing_elsewhere() {
    let (team, shop) = copied().await;
    let stranger = Cluster::namespace("stranger").await;
    grant(&stranger, &shop, OUTSIDE).await;
    let bait = format!("{}.stripe", team.name);
    let target =
        scoped("bait", "[checkout]").replace("target: {}", &format!("target: {{ name: {bait} }}"));
    stranger.apply(&target).await;
    stranger.ready("bait").await;
    stranger.operator_caught_up().await;
    lists(&shop, &[&copy(&team)]).await;
    refused(&shop, &pod(OUTSIDE, &env(&copy(&team)))).await;
    let theirs = format!("{}.{bait}", stranger.name);
    eventually("it is not restricted", async || {
        shop.judge(&pod(OUTSIDE, &env(&theirs))).await
    })
    .await;
}
