//! The tree of fixed objects.

use insta::assert_snapshot;
use serde_json::json;

use super::{drawing, node};
use crate::cli::fixtures::{CANARY, inventory};
use crate::cli::paint::Paint;

#[test]
fn what_belongs_together_stands_together_and_problems_are_marked() {
    assert_snapshot!(drawing::draw(&node::of(&inventory()), true, Paint::none()));
}

#[test]
fn a_target_that_is_not_the_delivered_one_is_told() {
    let mut inventory = inventory();
    inventory.secrets.truncate(1);
    let target = inventory.secrets[0].spec.target.as_mut().unwrap();
    target.name = Some("new-name".into());
    inventory.stores.truncate(1);
    assert_snapshot!(drawing::draw(&node::of(&inventory), false, Paint::none()));
}

#[test]
fn as_data_it_is_the_same() {
    let stores = json!(node::of(&inventory()));
    assert_eq!(stores[1]["name"], "payments");
    assert_eq!(
        stores[1]["children"][0]["children"][0]["state"],
        "delivered"
    );
    assert_eq!(stores[2]["problem"], "there is no such store: create it");
    assert!(!stores.to_string().contains(CANARY) && !stores.to_string().contains("coffer.v1"));
}
