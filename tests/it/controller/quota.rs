//! Stores with a quota: the oldest Secrets are served, whatever comes first.

use std::collections::BTreeSet;
use std::time::Duration;

use coffer::api::{Reason, Secret, SecretState};
use futures::future::join_all;
use kube::ResourceExt as _;
use kube::api::{ListParams, PostParams};
use serde_json::json;

use crate::admission::replicas::another;
use crate::support::{Cluster, Isolated, Namespace, Options, eventually, manifest, within};

const CLIENTS: usize = 20;
const EACH: usize = 10;
const QUOTA: usize = 50;

/// Enough for two hundred on a machine that is busy with something else.
const DEADLINE: Duration = Duration::from_secs(90);

/// All Secrets, from old to young: by creation, then by UID.
async fn by_age(ns: &Namespace) -> Vec<Secret> {
    let mut secrets = ns
        .secrets()
        .list(&ListParams::default())
        .await
        .unwrap()
        .items;
    secrets.sort_by_key(|secret| (secret.creation_timestamp(), secret.uid()));
    secrets
}

fn state(secret: &Secret) -> Option<SecretState> {
    secret.status.as_ref()?.state
}

/// Waits until the oldest `count` are active, and all others told that there is no place; and then for it to stay so.
async fn the_oldest_are_active(ns: &Namespace, count: usize) {
    let is_so = async || {
        let secrets = by_age(ns).await;
        for (number, secret) in secrets.iter().enumerate() {
            let wanted = if number < count {
                SecretState::Active
            } else {
                SecretState::Pending
            };
            if state(secret) != Some(wanted) {
                let (name, state) = (secret.name_any(), state(secret));
                return Err(format!("number {number}, {name}, is {state:?}"));
            }
        }
        let natives = ns.natives().list_metadata(&ListParams::default()).await;
        let natives: BTreeSet<_> = natives.unwrap().iter().map(|it| it.name_any()).collect();
        let active: BTreeSet<_> = secrets.iter().take(count).map(|it| it.name_any()).collect();
        if natives == active {
            Ok(())
        } else {
            Err("not just those have native Secrets".to_owned())
        }
    };
    within(DEADLINE, "the oldest are active", is_so).await;
    ns.operator_caught_up().await;
    is_so().await.unwrap();
}

#[tokio::test]
async fn of_many_at_once_the_oldest_are_served_and_the_next_when_places_come() {
    let isolated = Isolated::start(Options::default()).await;
    let mut second = another(&isolated, "second").await;
    let ns = isolated.namespace("quota").await;
    ns.store("vault", &format!("{{ quota: {{ secrets: {QUOTA} }} }}"))
        .await;
    let clients = (0..CLIENTS).map(|client| {
        let secrets = ns.secrets();
        async move {
            for number in 0..EACH {
                let object = json!({
                    "metadata": { "name": format!("s{client}-{number}") },
                    "spec": {
                        "storeRef": { "name": "vault" },
                        "data": { "value": { "value": "v" } },
                        "target": {},
                    },
                });
                let object = serde_json::from_value(object).unwrap();
                secrets
                    .create(&PostParams::default(), &object)
                    .await
                    .unwrap();
            }
        }
    });
    join_all(clients).await;
    the_oldest_are_active(&ns, QUOTA).await;

    let all = by_age(&ns).await;
    let gone = all.iter().take(QUOTA).step_by(5);
    join_all(gone.map(|secret| async { ns.delete(&secret.name_any()).await })).await;
    the_oldest_are_active(&ns, QUOTA).await;
    second.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_quota_that_is_lowered_withdraws_nothing_and_one_that_is_raised_serves_the_next() {
    let ns = Cluster::namespace("quota").await;
    ns.store("vault", "{ quota: { secrets: 2 } }").await;
    for name in ["a", "b"] {
        ns.apply(&manifest::secret(name, "v")).await;
        ns.ready(name).await;
    }
    ns.store("vault", "{ quota: { secrets: 1 } }").await;
    ns.apply(&manifest::secret("c", "v")).await;
    let message = ns.problem("c", Reason::QuotaExceeded).await;
    assert_eq!(
        message,
        "SecretStore `vault` has a quota of 1 Secrets, and older ones have all places: delete one of them, or raise \
         `spec.quota.secrets`"
    );
    ns.operator_caught_up().await;
    for name in ["a", "b"] {
        ns.ready(name).await;
    }
    // One too many is one place fewer to become free.
    ns.delete("a").await;
    ns.operator_caught_up().await;
    ns.problem("c", Reason::QuotaExceeded).await;
    ns.store("vault", "{ quota: { secrets: 2 } }").await;
    ns.ready("c").await;
    ns.store("vault", "{ description: open to all }").await;
    ns.apply(&manifest::secret("d", "v")).await;
    ns.ready("d").await;
}

/// It has no place in the other store before it is served there.
#[tokio::test]
async fn a_secret_that_moves_to_a_full_store_waits_and_what_it_delivered_stays() {
    let ns = Cluster::namespace("quota").await;
    ns.store("full", "{ quota: { secrets: 1 } }").await;
    ns.store("vault", "{}").await;
    let data = "{ value: { value: v } }";
    ns.apply(&manifest::secret_with("first", "full", data, "{}"))
        .await;
    ns.ready("first").await;
    ns.apply(&manifest::secret("moved", "v")).await;
    ns.ready("moved").await;
    ns.apply(&manifest::secret_with("moved", "full", data, "{}"))
        .await;
    ns.problem("moved", Reason::QuotaExceeded).await;
    assert_eq!(ns.bytes("moved", "value").await, b"v");
    ns.delete("first").await;
    ns.ready("moved").await;
}

#[tokio::test]
async fn who_waits_for_a_place_costs_nothing_and_is_told_when_the_quota_changes() {
    let ns = Cluster::namespace("quota").await;
    ns.store("vault", "{ quota: { secrets: 0 } }").await;
    ns.apply(&manifest::secret("a", "v")).await;
    ns.problem("a", Reason::QuotaExceeded).await;
    ns.operator_caught_up().await;
    let before = ns.api_calls().len();
    // Wakes it up.
    ns.store("vault", "{ quota: { secrets: 0 }, description: closed }")
        .await;
    ns.operator_caught_up().await;
    let calls = ns.api_calls().split_off(before);
    let of_secrets = calls.iter().filter(|call| call.resource == "secrets");
    assert_eq!(of_secrets.count(), 0, "{calls:?}");
    for name in ["b", "c"] {
        ns.apply(&manifest::secret(name, "v")).await;
    }
    ns.store("vault", "{ quota: { secrets: 1 } }").await;
    the_oldest_are_active(&ns, 1).await;
    let secrets = by_age(&ns).await;
    for secret in secrets.iter().skip(1) {
        let message = ns.problem(&secret.name_any(), Reason::QuotaExceeded).await;
        assert!(message.contains("a quota of 1 Secrets"), "{message}");
    }
}

#[tokio::test]
async fn a_store_shows_its_quota_and_what_is_none_is_refused() {
    let ns = Cluster::namespace("quota").await;
    ns.store("vault", "{ quota: { secrets: 7 } }").await;
    eventually("the status shows it", async || {
        let table = ns.kubectl(&["get", "cstore", "vault"], "").await;
        let shown = table.lines().last().unwrap().split_whitespace().nth(2) == Some("7");
        shown.then_some(()).ok_or(table)
    })
    .await;
    for quota in ["-1", "1.5", "many", "1000001"] {
        let manifest = manifest::store("wrong", &format!("{{ quota: {{ secrets: {quota} }} }}"));
        let said = ns.try_apply(&manifest).await.unwrap_err();
        assert!(said.contains("spec.quota.secrets"), "{said}");
    }
}
