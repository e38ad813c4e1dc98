//! Whatever is changed in whatever order: in the end the native Secrets and the Roles are just those that the pure functions
//! name, and nothing else was touched. `COFFER_TEST_SEED` gives another sequence; a failure names its own.

mod change;
mod expect;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use coffer::api::Secret;
use kube::ResourceExt as _;
use kube::api::{ListParams, PostParams};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use crate::support::{Cluster, Namespace, within};
use change::{Change, STORES, change};
use world::World;

const CHANGES: usize = 60;
/// At the end of each, all is to be as the plan says.
const STAGES: usize = 10;
/// More than what is asked for has to wait where accounts take back again and again, which the plan knows nothing of.
const DEADLINE: Duration = Duration::from_secs(90);

fn changes(seed: u64) -> Vec<Change> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let changes = prop::collection::vec(change(), CHANGES);
    changes.new_tree(&mut runner).unwrap().current()
}

/// Looks several times on the way. Returns how many Roles there were to be then.
async fn ends_as_the_plan_says(seed: u64) -> usize {
    let world = World {
        team: Cluster::namespace("team").await,
        shops: [
            Cluster::namespace("shop").await,
            Cluster::namespace("shop").await,
        ],
    };
    for ns in world.places() {
        foreign(ns).await;
    }
    // Without its store a Secret keeps what it has.
    for store in STORES {
        world.team.store(store, "{}").await;
    }
    let (mut values, mut roles) = (BTreeMap::new(), 0);
    let what = format!("what the plan says, with COFFER_TEST_SEED={seed}");
    let mut expected = BTreeMap::new();
    for changes in changes(seed).chunks(CHANGES / STAGES) {
        for change in changes {
            if let Change::Secret { secret, value, .. } = change {
                values.insert(*secret, *value);
            }
            world.make(change).await;
        }
        expected = world.expected(&values).await;
        roles += expected.keys().filter(|it| it.contains("/coffer:")).count();
        within(DEADLINE, &what, async || {
            let found = world.found().await;
            if found == expected {
                Ok(())
            } else {
                Err(format!("{found:?}\nexpected {expected:?}"))
            }
        })
        .await;
    }
    world.team.operator_caught_up().await;
    let secrets: Vec<Secret> = world
        .team
        .secrets()
        .list(&ListParams::default())
        .await
        .unwrap()
        .items;
    let mut found = world.found().await;
    found.retain(|place, _| !place.contains("/probe-"));
    assert_eq!(found, expected, "{what}: {secrets:?}");
    for ns in world.places() {
        let theirs = ns.natives().get("theirs").await.unwrap();
        assert_eq!(
            theirs.managed_fields().len(),
            1,
            "{what}: only who made it wrote it"
        );
    }
    roles
}

/// A native Secret that is not Coffer's.
async fn foreign(ns: &Namespace) {
    let theirs = json!({ "metadata": { "name": "theirs" }, "stringData": { "value": "kept" } });
    let theirs = serde_json::from_value(theirs).unwrap();
    let natives = ns.natives();
    natives
        .create(&PostParams::default(), &theirs)
        .await
        .unwrap();
}

#[tokio::test]
async fn any_sequence_of_changes_ends_as_the_plan_says() {
    let given = std::env::var("COFFER_TEST_SEED").ok();
    if let Some(seed) = given {
        ends_as_the_plan_says(seed.parse().unwrap()).await;
        return;
    }
    let mut roles = 0;
    for seed in [1, 2, 3] {
        roles += ends_as_the_plan_says(seed).await;
    }
    assert!(
        roles > 2,
        "{roles} Roles in all: the sequences tell nothing of them"
    );
}

#[tokio::test]
async fn the_sequences_are_not_all_alike_and_deliver_something() {
    assert_ne!(format!("{:?}", changes(1)), format!("{:?}", changes(2)));
    let is_secret =
        |change: &Change| matches!(change, Change::Secret { scopes, .. } if !scopes.is_empty());
    assert!(changes(1).iter().any(is_secret));
}
