//! The keys that everything hangs on: made once, never made anew over old data, never shown.

use std::path::Path;
use std::time::{Duration, Instant};

use coffer::api::Reason;
use coffer::index::store_keys::{PUT_RIGHT, native_name};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt as _};
use serde_json::{Value as Json, json};
use xtask::operator::Operator;

use crate::support::audit::Call;
use crate::support::canary::assert_bytes_absent;
use crate::support::{Canary, Isolated, Options, manifest, within};

const KEYRING: &str = "coffer-keyring";

fn keys(isolated: &Isolated) -> Api<core::Secret> {
    Api::namespaced(isolated.cluster.client.clone(), "coffer-system")
}

async fn another_operator(isolated: &Isolated, name: &str) -> Operator {
    let binary = Path::new(env!("CARGO_BIN_EXE_coffer"));
    Operator::start(&isolated.control_plane, binary, name)
        .await
        .unwrap()
}

#[tokio::test]
async fn two_operators_that_start_at_once_share_one_keyring_and_do_not_fight() {
    let isolated = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("two").await;
    ns.apply(&manifest::store("vault", "{}")).await;
    let (mut one, mut two) = tokio::join!(
        another_operator(&isolated, "one"),
        another_operator(&isolated, "two")
    );
    one.ready().await.unwrap();
    two.ready().await.unwrap();
    ns.apply(&manifest::secret("plain", "v")).await;
    ns.ready("plain").await;
    let sealer = ns.sealer("vault").await;
    ns.crowd(&sealer, 0..100, str::to_owned).await;
    ns.delete("plain").await;
    ns.native_gone("plain").await;
    ns.crowd_delivered(100, str::to_owned).await;
    ns.usage("vault", 100).await;
    ns.edit_native("s7", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("s7", "is put back", |native| {
        manifest::bytes(native, "value") == b"s7"
    })
    .await;

    let mut tail = isolated.cluster.follow_api_calls();
    let mut quiet = (0, Instant::now());
    within(Duration::from_secs(30), "both are at rest", async || {
        let written = tail.count(Call::is_write);
        if written != quiet.0 {
            quiet = (written, Instant::now());
        }
        let lasted = quiet.1.elapsed();
        (lasted >= Duration::from_secs(5))
            .then_some(())
            .ok_or_else(|| format!("{written} writes, the last {lasted:?} ago"))
    })
    .await;
    let made = keys(&isolated).list(&ListParams::default()).await.unwrap();
    let mut names: Vec<_> = made.iter().map(kube::ResourceExt::name_any).collect();
    names.sort();
    let identity = "coffer-webhook-identity".to_owned();
    assert_eq!(
        names,
        [KEYRING.to_owned(), native_name(&ns.name, "vault"), identity]
    );
    for number in 0..100 {
        let name = crate::support::crowd::name(number);
        let mut events = ns.events(&name).await;
        events.retain(|(reason, ..)| reason != "TargetRepaired");
        assert_eq!(events, [], "{name}");
    }
    one.process.still_running().unwrap();
    two.process.still_running().unwrap();
}

/// Starts the operator, which is to end by itself; returns what it said.
async fn does_not_start(isolated: &mut Isolated) -> String {
    let before = isolated.cluster.operator_log().len();
    isolated.start_operator_unready().await;
    let operator = isolated.operator.as_mut().unwrap();
    let ended = operator
        .process
        .wait_at_most(Duration::from_secs(30))
        .await
        .unwrap();
    let said = isolated.cluster.operator_log().split_off(before);
    let ended = ended.unwrap_or_else(|| panic!("it runs: {said}"));
    assert!(!ended.success(), "{said}");
    isolated.operator = None;
    said
}

#[tokio::test]
async fn a_keyring_that_is_missing_or_damaged_stops_the_start_and_is_not_made_anew() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("keyring").await;
    ns.delivered("stripe", b"v").await;
    ns.usage("vault", 1).await;
    isolated.stop_operator().await;
    let keys = keys(&isolated);
    let good = keys.get(KEYRING).await.unwrap();
    let key = good.data.as_ref().unwrap()["root-1"].clone();
    let short = ByteString(key.0[1..].to_vec());
    let other = ByteString(key.0.iter().map(|byte| !byte).collect());

    let tail_of_message = "): keep a copy of this native Secret and delete it";
    let damages: [(Json, &str); 6] = [
        (json!({ "data": { "root-1": null } }), tail_of_message),
        (
            json!({ "data": { "purpose-fingerprint": null } }),
            tail_of_message,
        ),
        (json!({ "data": { "root-1": short } }), tail_of_message),
        (json!({ "data": { "root-1": other } }), tail_of_message),
        (json!({ "data": { "foreign": "AAAA" } }), tail_of_message),
        (json!({ "data": null }), tail_of_message),
    ];
    for (damage, wanted) in damages {
        let bad = keys
            .patch(KEYRING, &PatchParams::default(), &Patch::Merge(&damage))
            .await
            .unwrap();
        let said = does_not_start(&mut isolated).await;
        assert!(said.contains(wanted), "{said}");
        assert!(said.contains("coffer-system/coffer-keyring"), "{said}");
        assert_bytes_absent(&key.0, "what it said", &said);
        let left = keys.get(KEYRING).await.unwrap();
        assert_eq!(left.resource_version(), bad.resource_version());
        put(&keys, &good).await;
    }

    keys.delete(KEYRING, &DeleteParams::default())
        .await
        .unwrap();
    let said = does_not_start(&mut isolated).await;
    assert!(
        said.contains("is missing, but 1 store has keys that only it can unwrap. Bring it back with `coffer restore FILE` or `coffer keys import FILE`"),
        "{said}"
    );
    assert!(keys.get_opt(KEYRING).await.unwrap().is_none());

    put(&keys, &good).await;
    let mut tail = isolated.cluster.follow_api_calls();
    isolated.start_operator().await;
    ns.operator_caught_up().await;
    assert_eq!(Call::about(tail.calls(), &ns.name, "stripe"), [""; 0]);
}

/// Restores an object from a backup.
async fn put(api: &Api<core::Secret>, backup: &core::Secret) {
    let name = backup.name_any();
    if api.get_metadata_opt(&name).await.unwrap().is_some() {
        api.delete(&name, &DeleteParams::default()).await.unwrap();
    }
    let mut object = backup.clone();
    object.metadata.uid = None;
    object.metadata.resource_version = None;
    api.create(&PostParams::default(), &object).await.unwrap();
}

#[tokio::test]
async fn a_stores_damaged_keys_stop_that_store_only_and_are_not_overwritten() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("damaged").await;
    ns.delivered("stripe", b"v").await;
    ns.usage("vault", 1).await;
    let other = isolated.namespace("other").await;
    other.delivered("stripe", b"v").await;
    isolated.stop_operator().await;
    let keys = keys(&isolated);
    let name = native_name(&ns.name, "vault");
    let good = keys.get(&name).await.unwrap();
    let damage = json!({ "data": { "record.json": "AAAA" } });
    let bad = keys
        .patch(&name, &PatchParams::default(), &Patch::Merge(&damage))
        .await
        .unwrap();
    isolated.start_operator().await;

    let message = ns.store_problem("vault", Reason::KeysUnusable).await;
    assert_eq!(
        message,
        format!("native secret `{name}` does not hold a store's keys: {PUT_RIGHT}")
    );
    ns.apply(&manifest::secret("late", "v")).await;
    ns.problem("late", Reason::StoreNotReady).await;
    // What was delivered stays.
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
    let left = keys.get(&name).await.unwrap();
    assert_eq!(left.resource_version(), bad.resource_version());
    other.operator_caught_up().await;
    let sealed = other.sealer("vault").await.strict("second", "value", b"w");
    other.apply(&manifest::secret("second", &sealed)).await;
    other.ready("second").await;

    put(&keys, &good).await;
    ns.store_ready("vault").await;
    ns.ready("late").await;
    ns.ready("stripe").await;
}

#[tokio::test]
async fn no_key_shows_in_the_most_talkative_log() {
    let mut isolated = Isolated::start(Options {
        log: Some("trace"),
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("talkative").await;
    let canary = Canary::new();
    ns.delivered("stripe", canary.value().as_bytes()).await;
    ns.apply(&manifest::secret("plain", canary.value())).await;
    ns.ready("plain").await;
    // As it is made, and as it is read.
    isolated.restart().await;
    ns.operator_caught_up().await;
    let log = isolated.cluster.operator_log();
    let keyring = keys(&isolated).get(KEYRING).await.unwrap();
    for (entry, ByteString(bytes)) in keyring.data.unwrap() {
        assert_bytes_absent(&bytes, &format!("the operator's log ({entry})"), &log);
    }
    canary.assert_absent("the operator's log", &log);
}
