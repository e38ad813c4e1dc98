//! What is in its way does not stop it, and it is not in the way of others.

use std::time::Duration;

use coffer::api::Reason;
use tokio::time::Instant;

use super::{
    all_settled, keys, own, plain_crowd, rotate, sealed_again, sealed_with, secrets, versions,
};
use crate::key_life::until_store;
use crate::support::audit::Call;
use crate::support::refusal::Writes;
use crate::support::{Cluster, Isolated, Namespace, Options, bytes, manifest, within};

#[tokio::test]
async fn one_that_is_refused_does_not_keep_the_others_from_it() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("reseal").await;
    ns.store("vault", "{}").await;
    plain_crowd(&ns, 60).await;
    let updates = Writes {
        group: "coffer.dev",
        resource: "secrets",
        operation: "UPDATE",
    };
    let cluster = &isolated.cluster;
    cluster
        .refuse(&[updates], "object.metadata.name == 's0'")
        .await;
    rotate(&ns, "vault", "1").await;
    until_store(&ns, "vault", "has one left", |store| {
        keys(store)[0].secrets == Some(1)
    })
    .await;
    cluster.allow().await;
    sealed_again(&ns, "vault").await;
    all_settled(&ns).await;
}

#[tokio::test]
async fn killed_in_the_middle_it_goes_on_after_the_restart() {
    let mut isolated = Isolated::start(Options {
        arguments: vec!["--reseal-rate", "20"],
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("reseal").await;
    ns.store("vault", "{}").await;
    plain_crowd(&ns, 200).await;
    let natives = versions(&ns).await;
    let store = rotate(&ns, "vault", "1").await;
    let own = own(&store);
    let done = async |ns: &Namespace| {
        let secrets = secrets(ns).await;
        secrets.iter().filter(|it| sealed_with(it) == own).count()
    };
    let limit = Duration::from_secs(30);
    within(limit, "some are sealed again", async || {
        let done = done(&ns).await;
        if done > 10 {
            Ok(())
        } else {
            Err(done.to_string())
        }
    })
    .await;
    isolated.kill9();
    let before = done(&ns).await;
    assert!(before < 200, "{before}");
    isolated.start_operator().await;
    sealed_again(&ns, "vault").await;
    all_settled(&ns).await;
    assert_eq!(done(&ns).await, 200);
    assert_eq!(versions(&ns).await, natives);
}

/// A queue would serve what is new after all that waits in it: here that takes 20 seconds.
#[tokio::test]
async fn at_its_own_rate_it_keeps_nobody_waiting_and_what_changes_meanwhile_is_served() {
    let isolated = Isolated::start(Options {
        arguments: vec!["--reseal-rate", "3"],
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("reseal").await;
    ns.store("vault", "{}").await;
    plain_crowd(&ns, 80).await;
    let store = rotate(&ns, "vault", "1").await;
    let began = Instant::now();
    let own = own(&store);
    let left = async || {
        let secrets = secrets(&ns).await;
        secrets.iter().filter(|it| sealed_with(it) != own).count()
    };
    for name in ["s7", "s79", "new"] {
        ns.apply(&manifest::secret(name, "changed")).await;
        ns.native(name, "has the new value", |native| {
            bytes(native, "value") == b"changed"
        })
        .await;
    }
    let left_meanwhile = left().await;
    assert!(left_meanwhile > 20, "{left_meanwhile} left");
    sealed_again(&ns, "vault").await;
    assert_eq!(left().await, 0);
    // Two came by their own change, and some turns are made up for at the start.
    let least = Duration::from_secs((80 - 2 - 20) / 3);
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
}

/// It belongs elsewhere, and Coffer does not ask for it again and again.
#[tokio::test]
async fn an_envelope_that_does_not_open_is_left_as_it_is() {
    let ns = Cluster::unadvised_namespace("reseal").await;
    ns.store("vault", "{}").await;
    for name in ["one", "two"] {
        ns.apply(&manifest::secret(name, "v")).await;
    }
    let stolen = ns.ready("one").await.spec.data["value"].value.clone();
    let stolen = stolen.unwrap().expose().to_owned();
    ns.apply(&manifest::secret("thief", &stolen)).await;
    ns.problem("thief", Reason::EnvelopeMismatch).await;
    rotate(&ns, "vault", "1").await;
    let mut tail = ns.cluster.follow_api_calls();
    until_store(&ns, "vault", "has one left", |store| {
        keys(store)[0].secrets == Some(1)
    })
    .await;
    for name in ["three", "four"] {
        ns.apply(&manifest::secret(name, "v")).await;
        ns.ready(name).await;
    }
    ns.operator_caught_up().await;
    let value = ns.secrets().get("thief").await.unwrap();
    let value = value.spec.data["value"].value.clone().unwrap();
    assert_eq!(value.expose(), stolen);
    let calls = Call::about(tail.calls(), &ns.name, "thief");
    let patches = calls.iter().filter(|call| call.starts_with("patch"));
    assert!(patches.count() <= 1, "{calls:?}");
}
