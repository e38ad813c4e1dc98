//! Changes that come faster than the operator looks: it follows the last one, and leaves nothing of
//! the others behind.

use std::time::{Duration, Instant};

use coffer::api::Reason;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::support::audit::Call;
use crate::support::{Cluster, Namespace, eventually, manifest};

/// The names of all native Secrets of a namespace.
async fn natives(ns: &Namespace) -> Vec<String> {
    let natives = ns.natives().list(&ListParams::default()).await.unwrap();
    natives.iter().map(kube::ResourceExt::name_any).collect()
}

#[tokio::test]
async fn fifty_changes_of_value_and_target_at_once_end_with_the_last() {
    let ns = Cluster::namespace("races").await;
    ns.delivered("stripe", b"first").await;
    let sealer = ns.sealer("vault").await;
    for number in 0..50 {
        let envelope = sealer.strict("stripe", "value", format!("v{number}").as_bytes());
        let change = json!({ "spec": {
            "data": { "value": { "value": envelope } },
            "target": { "name": format!("target-{}", number % 7) },
        } });
        ns.edit("stripe", change).await;
    }
    ns.ready("stripe").await;
    eventually("only the last target is there", async || {
        let names = natives(&ns).await;
        (names == ["target-0"])
            .then_some(())
            .ok_or_else(|| names.join(", "))
    })
    .await;
    assert_eq!(ns.bytes("target-0", "value").await, b"v49");
    // Nobody but Coffer touched anything.
    assert_eq!(ns.events("stripe").await, []);
}

#[tokio::test]
async fn a_value_changed_to_and_fro_is_no_repair() {
    let ns = Cluster::namespace("races").await;
    ns.delivered("stripe", b"v0").await;
    let sealer = ns.sealer("vault").await;
    let envelopes = [b"v0", b"v1"].map(|value| sealer.strict("stripe", "value", value));
    for number in 1..=40 {
        let change = json!({ "spec": { "data": { "value": { "value": envelopes[number % 2] } } } });
        ns.edit("stripe", change).await;
    }
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v0");
    assert_eq!(ns.events("stripe").await, []);
}

#[tokio::test]
async fn a_native_secret_that_is_deleted_as_soon_as_it_is_there_is_made_again() {
    let ns = Cluster::namespace("races").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    for number in 0..10 {
        let name = format!("s{number}");
        let envelope = sealer.strict(&name, "value", b"v");
        ns.apply(&manifest::secret(&name, &envelope)).await;
        let first = ns.native(&name, "is there", |_| true).await;
        ns.natives()
            .delete(&name, &DeleteParams::default())
            .await
            .unwrap();
        let second = ns
            .native(&name, "is made again", |native| native.uid() != first.uid())
            .await;
        eventually("the status names it", async || {
            let status = ns.ready(&name).await.status.unwrap();
            let recorded = status
                .deliveries
                .into_iter()
                .next()
                .map(|delivery| delivery.uid);
            (recorded == second.uid())
                .then_some(())
                .ok_or_else(|| format!("{recorded:?}"))
        })
        .await;
    }
}

/// As many edits of each as are repaired at once, of so many that some come between a look and a repair.
#[tokio::test]
async fn a_native_secret_edited_while_it_is_repaired_is_no_refusal() {
    let ns = Cluster::namespace("races").await;
    let names: Vec<_> = (0..12).map(|number| format!("stripe-{number}")).collect();
    for name in &names {
        ns.delivered(name, b"v").await;
    }
    futures::future::join_all(names.iter().map(async |name| {
        for number in 0..10 {
            let edit = json!({ "stringData": { "value": number.to_string() } });
            ns.edit_native(name, edit).await;
        }
    }))
    .await;
    for name in &names {
        ns.native(name, "is put back", |native| {
            manifest::bytes(native, "value") == b"v"
        })
        .await;
    }
    ns.operator_caught_up().await;
    for name in &names {
        let mut events = ns.events(name).await;
        events.retain(|(reason, ..)| reason != "TargetRepaired");
        assert_eq!(events, []);
    }
    let stale = ns.api_calls().iter().any(|call| call.code == 422);
    assert!(stale, "no edit came between a read and a repair");
}

#[tokio::test]
async fn a_secret_deleted_and_made_anew_again_and_again_is_delivered_within_a_moment() {
    let ns = Cluster::namespace("races").await;
    ns.delivered("stripe", b"v").await;
    let sealer = ns.sealer("vault").await;
    for number in 0..10 {
        let value = format!("v{number}");
        let envelope = sealer.strict("stripe", "value", value.as_bytes());
        let began = Instant::now();
        ns.delete("stripe").await;
        ns.apply(&manifest::secret("stripe", &envelope)).await;
        let uid = ns.ready("stripe").await.uid().unwrap();
        let native = ns
            .native("stripe", "is the new one's", |native| {
                let owners = native.owner_references();
                owners.iter().map(|owner| &owner.uid).eq([&uid])
            })
            .await;
        assert_eq!(manifest::bytes(&native, "value"), value.as_bytes());
        let took = began.elapsed();
        assert!(took < Duration::from_secs(8), "delivered after {took:?}");
    }
    // The garbage collector has nothing against it: it stays.
    ns.operator_caught_up().await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v9");
    assert_eq!(ns.events("stripe").await, []);
}

#[tokio::test]
async fn what_a_former_secret_retained_is_not_taken_over_without_consent() {
    let ns = Cluster::namespace("races").await;
    ns.delivered("stripe", b"v").await;
    let retain = json!({ "spec": { "target": { "deletionPolicy": "Retain" } } });
    ns.edit("stripe", retain).await;
    ns.native("stripe", "has no owner", |native| {
        native.owner_references().is_empty()
    })
    .await;
    ns.ready("stripe").await;
    ns.delete("stripe").await;
    let envelope = ns.sealer("vault").await.strict("stripe", "value", b"w");
    ns.apply(&manifest::secret("stripe", &envelope)).await;
    ns.problem("stripe", Reason::TargetConflict).await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn a_store_deleted_and_made_anew_at_once_serves_what_was_sealed_for_the_former() {
    let ns = Cluster::namespace("races").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    let mut tail = ns.cluster.follow_api_calls();
    for number in 0..5 {
        ns.stores()
            .delete("vault", &DeleteParams::default())
            .await
            .unwrap();
        ns.apply(&manifest::store("vault", "{}")).await;
        let name = format!("s{number}");
        ns.apply(&manifest::secret(
            &name,
            &sealer.strict(&name, "value", b"v"),
        ))
        .await;
        ns.ready(&name).await;
        ns.delete(&name).await;
        ns.usage("vault", 0).await;
    }
    // The keys are the first ones.
    assert_eq!(ns.sealer("vault").await.key.id(), sealer.key.id());
    let keys = coffer::index::store_keys::native_name(&ns.name, "vault");
    let made = Call::about(tail.calls(), "coffer-system", &keys);
    assert!(
        !made.iter().any(|call| call.starts_with("create")),
        "{made:?}"
    );
}

/// What is sealed must be sealed with the keys of the store that the very same spec names.
#[tokio::test]
async fn a_value_that_moves_to_another_store_while_its_target_is_repaired_is_not_lost() {
    let ns = Cluster::namespace("races").await;
    ns.store("other", "{}").await;
    let names: Vec<_> = (0..20).map(|number| format!("stripe-{number}")).collect();
    for name in &names {
        ns.delivered(name, b"v").await;
    }
    futures::future::join_all(names.iter().map(async |name| {
        ns.edit_native(name, json!({ "data": { "value": "AAAA" } }))
            .await;
        let moved = json!({ "spec": {
            "storeRef": { "name": "other" },
            "data": { "value": { "value": "moved" } },
        } });
        ns.edit(name, moved).await;
    }))
    .await;
    for name in &names {
        ns.native(name, "has the new value", |native| {
            manifest::bytes(native, "value") == b"moved"
        })
        .await;
        ns.ready(name).await;
    }
}
