//! What an account is told that asks for what it is not given.

use serde_json::json;

use super::{account, ask_as, for_reading, grant, namespaces, offer, vault};
use crate::delivery::{is_copied, scoped};
use crate::support::{Cluster, eventually};

const REASON: &str = "RequestUnmet";

/// The store of others, one that is not there, and a Secret that no scope offers: nobody can tell them apart.
#[tokio::test]
async fn the_words_are_the_same_whether_the_store_exists_or_not() {
    let (team, shop) = namespaces().await;
    offer(&team, "{ serviceAccounts: [web], apiAccess: true }").await;
    let t = &team.name;
    let asked = [
        ("exists", format!("{t}/vault")),
        ("absent", format!("{t}/vaulx")),
        ("nowhere", "no-such-namespace/vault".to_owned()),
        ("secret", format!("{t}/vault/stripe")),
        ("none", format!("{t}/vault/none")),
    ];
    let mut told = Vec::new();
    for (name, asks) in &asked {
        ask_as(&shop, name, asks).await;
    }
    for (name, asks) in &asked {
        let note = shop.event(name, REASON).await;
        assert!(
            note.contains(&format!("nothing is delivered for `{asks}`:")),
            "{note}"
        );
        told.push(note.replace(asks.as_str(), "it"));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    for (name, _) in &asked {
        let events = shop.events(name).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0].2, 1, "{events:?}");
    }
}

#[tokio::test]
async fn only_what_is_not_met_is_told_and_of_what_is_malformed_how_much() {
    let (team, shop) = namespaces().await;
    offer(&team, &for_reading(&shop)).await;
    let asks = format!("{0}/vault, {0}/other, oops, {0}/*", team.name);
    account(&shop, "web", &asks).await;
    account(&shop, "met", "").await;
    let note = shop.event("web", REASON).await;
    assert!(
        note.contains(&format!("for `{}/other`: ", team.name)),
        "{note}"
    );
    assert!(note.contains("; 2 entries of"), "{note}");
    assert!(!note.contains("oops"), "{note}");
    assert_eq!(shop.events("met").await, []);
}

/// A scope without a Secret delivers nothing either; once there is one, nothing is told of it.
#[tokio::test]
async fn what_is_met_in_time_is_not_told() {
    let (team, shop) = namespaces().await;
    grant(&team, &for_reading(&shop)).await;
    ask_as(&shop, "web", &vault(&team)).await;
    team.apply(&scoped("stripe", "v", "[checkout]")).await;
    is_copied(&shop, &team, b"v").await;
    // Asks later, and is told, so that the other would have been.
    ask_as(&shop, "late", &vault(&team)).await;
    shop.event("late", REASON).await;
    assert_eq!(shop.events("web").await, []);
}

/// The accounts of one namespace have a budget together, and those of another one their own.
#[tokio::test]
async fn of_many_accounts_that_ask_in_vain_a_few_are_told() {
    let [shop, other] = [
        Cluster::namespace("shop").await,
        Cluster::namespace("other").await,
    ];
    let names: Vec<_> = (0..40).map(|n| format!("a{n}")).collect();
    for name in &names {
        ask_as(&shop, name, "no-such/store").await;
    }
    let told = async || {
        let events = shop.kubectl(&["get", "events.events.k8s.io", "-o", "json"], "");
        let events: serde_json::Value = serde_json::from_str(&events.await).unwrap();
        let all = events["items"].as_array().unwrap();
        all.iter()
            .filter(|it| it["reason"] == json!(REASON))
            .count()
    };
    eventually("ten are told", async || match told().await {
        10.. => Ok(()),
        few => Err(few),
    })
    .await;
    ask_as(&other, "web", "no-such/store").await;
    other.event("web", REASON).await;
    let told = told().await;
    assert!((10..=11).contains(&told), "{told} events");
}
