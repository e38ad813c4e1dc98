//! Two replicas that come upon the same moment: one identity comes of it.

use coffer::admission::identity::Identity;
use jiff::SignedDuration;
use kube::api::DeleteParams;
use xtask::operator::Operator;

use super::super::replicas::{Asked, starting};
use super::wire::{Wire, first};
use super::{NAME, identity, natives, pass, told};
use crate::support::audit::Tail;
use crate::support::{Isolated, Namespace, Options, eventually, manifest};

/// Two operators, started at the same moment; each is ready.
async fn two(isolated: &Isolated) -> [Operator; 2] {
    let (mut one, mut two) = tokio::join!(starting(isolated, "one"), starting(isolated, "two"));
    let (first, second) = tokio::join!(one.ready(), two.ready());
    first.unwrap();
    second.unwrap();
    [one, two]
}

/// Waits until what is stored is what both show and what the API server trusts; that is returned.
async fn agreed(isolated: &Isolated, operators: &[Operator; 2]) -> Identity {
    eventually("all agree", async || {
        let Some(_) = natives(isolated).get_opt(NAME).await.unwrap() else {
            return Err("nothing is stored".to_owned());
        };
        let stored = identity(isolated).await;
        let (_, bundle) = told(isolated).await;
        if bundle != stored.bundle() {
            return Err("the API server trusts something else".to_owned());
        }
        for operator in operators {
            let wire = Wire::open(operator, &bundle)?;
            if wire.shown() != first(&stored.serving.certificate) {
                return Err(format!("{} shows another", operator.process.spec().name()));
            }
        }
        Ok(stored)
    })
    .await
}

/// Creates a Secret through each of them.
async fn creates(isolated: &Isolated, ns: &Namespace, operators: &[Operator; 2], round: &str) {
    for operator in operators {
        let asked = Asked::first(isolated, ns, operator).await;
        let name = format!("{round}-{}", operator.process.spec().name());
        let before = asked.sealed().await;
        ns.apply(&manifest::secret(&name, "v")).await;
        assert!(asked.sealed().await > before, "{name} is by that replica");
        ns.ready(&name).await;
        asked.no_more().await;
    }
}

/// How often the identity was written.
fn writes(calls: &mut Tail) -> usize {
    calls.count(|call| call.name == NAME && call.is_write() && call.code < 300)
}

#[tokio::test]
async fn two_replicas_that_start_at_once_make_one_identity_and_renew_it_once() {
    let isolated = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("agree").await;
    let mut calls = isolated.cluster.follow_api_calls();
    let operators = two(&isolated).await;
    let made = agreed(&isolated, &operators).await;
    assert_eq!(writes(&mut calls), 1);
    ns.store("vault", "{}").await;
    creates(&isolated, &ns, &operators, "made").await;

    for mut operator in operators {
        operator.process.stop().await.unwrap();
    }
    pass(&isolated, SignedDuration::from_hours(61 * 24)).await;
    let mut calls = isolated.cluster.follow_api_calls();
    let operators = two(&isolated).await;
    let renewed = agreed(&isolated, &operators).await;
    assert_eq!(writes(&mut calls), 1);
    assert_ne!(renewed.serving.certificate, made.serving.certificate);
    assert_eq!(renewed.serving.authority, made.serving.authority);
    creates(&isolated, &ns, &operators, "renewed").await;
}

/// Both hear of it in the same moment, so both make what comes next.
#[tokio::test]
async fn two_replicas_that_find_the_identity_lost_or_due_at_once_agree_on_the_next() {
    let isolated = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("race").await;
    let operators = two(&isolated).await;
    let mut before = agreed(&isolated, &operators).await;
    ns.store("vault", "{}").await;
    let mut calls = isolated.cluster.follow_api_calls();
    for round in 1..=3 {
        natives(&isolated)
            .delete(NAME, &DeleteParams::default())
            .await
            .unwrap();
        let anew = agreed(&isolated, &operators).await;
        assert_ne!(anew.authorities, before.authorities);
        assert_eq!(writes(&mut calls), round * 2 - 1, "lost, round {round}");
        pass(&isolated, SignedDuration::from_hours(61 * 24)).await;
        let renewed = eventually("it is renewed", async || {
            let now = agreed(&isolated, &operators).await;
            let is_new = now.serving.certificate != anew.serving.certificate;
            is_new.then_some(now).ok_or("it is the old one")
        })
        .await;
        assert_eq!(writes(&mut calls), round * 2, "due, round {round}");
        before = renewed;
    }
    creates(&isolated, &ns, &operators, "race").await;
}
