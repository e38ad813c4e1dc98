//! The operator is frozen, or the API server goes away, while the cluster changes.

use std::time::Duration;

use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use crate::support::audit::Call;
use crate::support::{Isolated, Namespace, Options, eventually, manifest, within};

/// What a write gets whose object is no longer what it was.
const CONFLICT: u16 = 409;

const CROWD: usize = 200;

fn old(name: &str) -> String {
    format!("old {name}")
}

fn new(name: &str) -> String {
    format!("new {name}")
}

#[tokio::test]
async fn a_frozen_operator_that_wakes_up_to_other_specs_writes_nothing_stale() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("freeze").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let mut tail = isolated.cluster.follow_api_calls();
    let made = |call: &Call| call.to_string() == "create secrets" && call.namespace == ns.name;
    tokio::join!(ns.crowd(&sealer, 0..CROWD, old), async {
        eventually("it is in the middle", async || {
            let count = tail.count(made);
            (count >= CROWD / 3).then_some(()).ok_or(count)
        })
        .await;
        isolated.freeze();
    });
    assert!(tail.count(made) < CROWD, "it was frozen too late");
    ns.change_crowd(&sealer, 0..CROWD, new).await;
    // The last ones go altogether.
    let left = CROWD - 10;
    for number in left..CROWD {
        ns.delete(&crate::support::crowd::name(number)).await;
    }
    isolated.thaw();
    ns.crowd_delivered(left, new).await;
    let stale = tail.count(|call| call.namespace == ns.name && call.code == CONFLICT);
    assert!(stale > 0, "no write was under way when it was frozen");
    for number in 0..left {
        let name = crate::support::crowd::name(number);
        assert_eq!(ns.events(&name).await, [], "{name}");
    }
}

/// Kills the API server, starts it again, and waits until it answers.
async fn restart_api_server(isolated: &mut Isolated) {
    isolated.control_plane.apiserver.restart().unwrap();
    let client = isolated.control_plane.client();
    within(
        Duration::from_mins(1),
        "the API server answers",
        async || {
            let namespaces: Api<core::Namespace> = Api::all(client.clone());
            namespaces.get("default").await.map(drop)
        },
    )
    .await;
}

/// Waits until the operator has its watches back.
async fn served_again(ns: &Namespace, name: &str) {
    ns.apply(&manifest::secret(name, "v")).await;
    within(
        Duration::from_secs(90),
        "the operator goes on",
        async || {
            let secret = ns
                .secrets()
                .get(name)
                .await
                .map_err(|error| error.to_string())?;
            crate::support::settled(&secret)
        },
    )
    .await;
}

#[tokio::test]
async fn an_api_server_that_comes_back_costs_no_write() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("return").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    ns.crowd(&sealer, 0..50, old).await;
    ns.crowd_delivered(50, old).await;
    ns.usage("vault", 50).await;
    let mut tail = isolated.cluster.follow_api_calls();
    restart_api_server(&mut isolated).await;
    served_again(&ns, "later").await;
    ns.operator_caught_up().await;
    let operator = isolated.operator.as_mut().unwrap();
    operator.process.still_running().unwrap();
    for number in 0..50 {
        let name = crate::support::crowd::name(number);
        assert_eq!(Call::about(tail.calls(), &ns.name, &name), [""; 0]);
    }
}

#[tokio::test]
async fn what_changed_while_nobody_could_watch_is_noticed() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("gap").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let names = ["edited", "changed", "removed", "deleted"];
    for name in names {
        ns.apply(&manifest::secret(name, &sealer.strict(name, "value", b"v")))
            .await;
        ns.ready(name).await;
    }
    let follow = "{ value: { fromSecret: { name: source, key: k } } }";
    ns.apply(&manifest::secret_with("following", "vault", follow, "{}"))
        .await;
    ns.problem("following", coffer::api::Reason::SourceNotFound)
        .await;
    ns.apply(&manifest::secret_with(
        "waiting",
        "later",
        "{ value: { value: v } }",
        "{}",
    ))
    .await;
    ns.problem("waiting", coffer::api::Reason::StoreNotFound)
        .await;

    isolated.freeze();
    ns.edit_native("edited", json!({ "data": { "value": "AAAA" } }))
        .await;
    let value = sealer.strict("changed", "value", b"w");
    ns.edit(
        "changed",
        json!({ "spec": { "data": { "value": { "value": value } } } }),
    )
    .await;
    ns.natives()
        .delete("removed", &DeleteParams::default())
        .await
        .unwrap();
    ns.delete("deleted").await;
    ns.native_gone("deleted").await;
    ns.apply(&manifest::secret(
        "new",
        &sealer.strict("new", "value", b"v"),
    ))
    .await;
    let source = json!({
        "metadata": { "name": "source", "labels": { "coffer.dev/source": "true" } },
        "stringData": { "k": "followed" },
    });
    let source = serde_json::from_value(source).unwrap();
    ns.natives()
        .create(&PostParams::default(), &source)
        .await
        .unwrap();
    ns.apply(&manifest::store("later", "{}")).await;
    let keys: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let keys_name = native_name(&ns.name, "vault");
    keys.delete(&keys_name, &DeleteParams::default())
        .await
        .unwrap();
    // A new API server does not remember what the watches missed.
    restart_api_server(&mut isolated).await;
    let mut tail = isolated.cluster.follow_api_calls();
    isolated.thaw();
    served_again(&ns, "last").await;

    for name in ["changed", "new", "following", "waiting"] {
        ns.ready(name).await;
    }
    for (name, value) in [
        ("edited", "v"),
        ("changed", "w"),
        ("removed", "v"),
        ("new", "v"),
        ("following", "followed"),
    ] {
        ns.native(name, "is right", |native| {
            manifest::bytes(native, "value") == value.as_bytes()
        })
        .await;
    }
    eventually("the keys are put back", async || {
        keys.get_opt(&keys_name)
            .await
            .unwrap()
            .map(drop)
            .ok_or("they are gone")
    })
    .await;
    ns.usage("vault", 6).await;
    let listed = tail.count(|call| call.verb == "list");
    assert!(listed >= 4, "the watches could go on: {listed} lists");
}
