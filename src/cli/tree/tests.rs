//! The tree of fixed objects.

use insta::assert_snapshot;
use serde_json::json;

use super::askers::Askers;
use super::{drawing, node};
use crate::cli::cluster::Inventory;
use crate::cli::fixtures::{CANARY, inventory};
use crate::cli::paint::Paint;

#[test]
fn what_belongs_together_stands_together_and_problems_are_marked() {
    assert_snapshot!(drawing::draw(
        &node::of(&inventory(), None),
        true,
        Paint::none()
    ));
}

#[test]
fn a_target_that_is_not_the_delivered_one_is_told() {
    let mut inventory = inventory();
    inventory.secrets.truncate(1);
    let target = inventory.secrets[0].spec.target.as_mut().unwrap();
    target.name = Some("new-name".into());
    inventory.stores.truncate(1);
    assert_snapshot!(drawing::draw(
        &node::of(&inventory, None),
        false,
        Paint::none()
    ));
}

#[test]
fn as_data_it_is_the_same() {
    let stores = json!(node::of(&inventory(), None));
    assert_eq!(stores[1]["name"], "payments");
    assert_eq!(
        stores[1]["children"][0]["children"][0]["state"],
        "delivered"
    );
    assert_eq!(stores[2]["problem"], "there is no such store: create it");
    assert!(!stores.to_string().contains(CANARY) && !stores.to_string().contains("coffer.v1"));
}

/// The Secret `stripe` names a scope for others, one for its own namespace, one for nobody, and one that there is not.
fn scoped() -> Inventory {
    let mut inventory = inventory();
    inventory.secrets.truncate(1);
    inventory.stores.truncate(1);
    let scopes = json!([
        { "name": "checkout", "consumers": [
            { "namespaces": { "names": ["shop"] }, "serviceAccounts": ["web"], "apiAccess": true },
            { "namespaces": { "selector": { "matchLabels": { "stage": "live" } } } },
        ] },
        { "name": "here", "consumers": [{ "serviceAccounts": ["cron"] }] },
        { "name": "nobody" },
    ]);
    inventory.stores[0].spec.scopes = serde_json::from_value(scopes).unwrap();
    let names = ["nobody", "here", "checkout", "unknown"].map(str::to_owned);
    inventory.secrets[0].spec.scopes = names.into();
    inventory
}

#[test]
fn below_a_scope_stands_who_has_it_by_that() {
    let askers = Askers::fixed(&[
        "shop/web team-a/payments",
        "batch/any team-a/payments/stripe",
        "batch/other team-a/payments/paypal",
        "batch/third team-b/payments",
    ]);
    let stores = node::of(&scoped(), Some(&askers));
    assert_snapshot!(drawing::draw(&stores, false, Paint::none()));
}

#[test]
fn where_nobody_knows_who_asks_it_says_so() {
    let stores = node::of(&scoped(), None);
    assert_snapshot!(drawing::draw(&stores, false, Paint::none()));
}

#[test]
fn copies_that_are_not_made_are_told_of_a_secret_that_is_active() {
    let mut inventory = scoped();
    let status = inventory.secrets[0].status.as_mut().unwrap();
    let mut copied = status.conditions[0].clone();
    copied.type_ = "Copied".to_owned();
    copied.status = "False".to_owned();
    copied.message = "native secret `team-a.stripe` in namespace `shop` is not Coffer's".to_owned();
    status.conditions.push(copied);
    let stores = node::of(&inventory, Some(&Askers::default()));
    let problem = stores[0].children[0].problem.as_deref();
    assert_eq!(
        problem,
        Some("native secret `team-a.stripe` in namespace `shop` is not Coffer's")
    );
}
