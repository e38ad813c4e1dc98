//! What a tenant can write, tried to read what is not given: every field and annotation of either side.

use kube::api::PostParams;
use serde_json::json;

use super::{account, ask_as, for_reading, has_no_role, namespaces, offer, reading, vault};
use crate::delivery::{copy_of, scoped};
use crate::support::account::Account;
use crate::support::{Cluster, Namespace};

/// Another Secret of the team, which nothing keeps from the account, can be read; this one cannot.
async fn reads_all_but(team: &Namespace, web: &Account, kept: &str) {
    team.apply(&scoped("granted", "g", "[checkout]")).await;
    web.reads(&copy_of(team, "granted"), b"g").await;
    team.operator_caught_up().await;
    let read = web.try_read(kept).await;
    assert!(read == Err(403) || read == Err(404), "{kept}: {read:?}");
}

/// Requests of every form for the Secret `kept`, which no scope offers, and for what is a store's of others.
#[tokio::test]
async fn no_request_reads_what_is_not_offered() {
    let (team, shop) = namespaces().await;
    offer(&team, &for_reading(&shop)).await;
    team.apply(&scoped("kept", "k", "[]")).await;
    let others = Cluster::namespace("others").await;
    offer(&others, "{ serviceAccounts: [web], apiAccess: true }").await;
    let (t, o) = (&team.name, &others.name);
    let homoglyph = t.replace('a', "\u{430}");
    let forms = [
        format!("{t}/vault/kept"),
        format!("{t}/*"),
        format!("*/{t}/vault"),
        format!("{t}/vault/*"),
        format!("{t}//kept"),
        format!("{t}/vault/../kept"),
        format!("{homoglyph}/vault/kept"),
        format!("{o}/vault"),
        format!("{o}/vault/stripe"),
        format!("{}/vault", shop.name),
        format!("{t}/vault"),
    ];
    let web = account(&shop, "web", &forms.join(", ")).await;
    reads_all_but(&team, &web, &copy_of(&team, "kept")).await;
    web.may_not_read(&copy_of(&others, "stripe")).await;
    web.may_not_read("kept").await;
    assert!(
        shop.natives()
            .get_opt(&copy_of(&team, "kept"))
            .await
            .unwrap()
            .is_none()
    );
}

/// Names that look like the account's or the namespace's, patterns, and accounts that do not ask.
#[tokio::test]
async fn no_grant_of_a_look_alike_or_a_pattern_lets_anyone_read() {
    let (team, shop) = namespaces().await;
    let cyrillic = shop.name.replace('o', "\u{43e}");
    let consumers = [
        format!(
            "{{ namespaces: {{ names: ['{cyrillic}', '*', '{}*'] }}, apiAccess: true }}",
            shop.name
        ),
        format!(
            "{{ namespaces: {{ names: [{}] }}, serviceAccounts: ['w\u{435}b', 'we*', 'WEB', 'system:serviceaccounts'], \
             apiAccess: true }}",
            shop.name
        ),
        "{ namespaces: { selector: { matchLabels: { none: such } } }, apiAccess: true }".to_owned(),
        "{ serviceAccounts: [web], apiAccess: true }".to_owned(),
        super::super::for_namespace(&shop),
    ];
    offer(&team, &consumers.join(", ")).await;
    let web = account(&shop, "web", &vault(&team)).await;
    shop.native(&copy_of(&team, "stripe"), "is there", |_| true)
        .await;
    team.operator_caught_up().await;
    web.may_not_read(&copy_of(&team, "stripe")).await;
    has_no_role(&shop, "web").await;
}

/// The receiver's own Secret, which takes the name of the copy.
#[tokio::test]
async fn a_target_that_takes_the_name_of_a_copy_is_not_to_be_read() {
    let (team, shop) = namespaces().await;
    let copy = copy_of(&team, "stripe");
    shop.store("vault", "{}").await;
    let own =
        scoped("own", "own", "[]").replace("target: {}", &format!("target: {{ name: {copy} }}"));
    shop.apply(&own).await;
    shop.ready("own").await;
    offer(&team, &for_reading(&shop)).await;
    let web = account(&shop, "web", &vault(&team)).await;
    reads_all_but(&team, &web, &copy).await;
}

/// The author's, which takes the name of a native Secret that is not Coffer's: he may not be one who reads it.
#[tokio::test]
async fn a_native_secret_that_a_target_wants_to_be_is_not_to_be_read() {
    let team = Cluster::namespace("team").await;
    let precious = json!({
        "metadata": { "name": "precious" }, "stringData": { "value": "p" },
    });
    let precious = serde_json::from_value(precious).unwrap();
    team.natives()
        .create(&PostParams::default(), &precious)
        .await
        .unwrap();
    offer(&team, "{ serviceAccounts: [web], apiAccess: true }").await;
    let greedy =
        scoped("greedy", "v", "[checkout]").replace("target: {}", "target: { name: precious }");
    team.apply(&greedy).await;
    team.problem("greedy", coffer::api::Reason::TargetConflict)
        .await;
    let web = account(&team, "web", &vault(&team)).await;
    web.reads("stripe", b"v").await;
    team.operator_caught_up().await;
    web.may_not_read("precious").await;
}

#[tokio::test]
async fn in_a_namespace_that_is_made_anew_nothing_is_read_before_it_is_asked_for() {
    let (team, shop, _) = reading().await;
    shop.delete_whole().await;
    shop.create_again().await;
    let web = account(&shop, "web", "").await;
    team.operator_caught_up().await;
    web.may_not_read(&copy_of(&team, "stripe")).await;
    ask_as(&shop, "web", &vault(&team)).await;
    web.reads(&copy_of(&team, "stripe"), b"v").await;
}
