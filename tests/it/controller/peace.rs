//! A start with everything in order, and the peace afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::support::audit::{Call, Tail};
use crate::support::{Isolated, Namespace, Options, within};

/// How long nothing may be sent.
const PEACE: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_secs(100);

/// Secrets in the one large store.
const MANY: usize = 1000;
/// Namespaces beside it, and Secrets in each.
const OTHERS: usize = 4;
const FEW: usize = 20;

fn value(name: &str) -> String {
    format!("value of {name}")
}

async fn filled(isolated: &Isolated, count: usize) -> Namespace {
    let ns = isolated.namespace("crowd").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    ns.crowd(&sealer, 0..count, value).await;
    ns
}

fn is_watch(call: &Call) -> bool {
    call.verb == "watch"
}

#[tokio::test]
async fn a_thousand_in_sync_cost_nothing_at_a_restart_nor_at_rest() {
    let mut isolated = Isolated::start(Options::default()).await;
    let mut tail = isolated.cluster.follow_api_calls();
    let began = Instant::now();
    let large = filled(&isolated, MANY).await;
    large.crowd_delivered(MANY, value).await;
    large.usage("vault", MANY.try_into().unwrap()).await;
    let took = began.elapsed();
    two_writes_each(&mut tail, &large);
    usage_is_written_once_a_second(&mut tail, &large, took);

    let mut others = Vec::new();
    for _ in 0..OTHERS {
        others.push(filled(&isolated, FEW).await);
    }
    for other in &others {
        other.crowd_delivered(FEW, value).await;
        other.usage("vault", FEW.try_into().unwrap()).await;
    }

    let mut tail = isolated.cluster.follow_api_calls();
    isolated.restart().await;
    // For a minute on end: what begins late, or comes back, shows too.
    let mut quiet = (0, Instant::now());
    within(PATIENCE, "a minute without a request", async || {
        let sent = tail.count(|call| !is_watch(call));
        if sent != quiet.0 {
            quiet = (sent, Instant::now());
        }
        let lasted = quiet.1.elapsed();
        (lasted >= PEACE)
            .then_some(())
            .ok_or_else(|| format!("{lasted:?} after {sent} requests"))
    })
    .await;
    // The lists that the watches begin with, and the one of the keyring. Out of a cluster an operator has
    // another port after a restart, and tells the API server.
    let sent: BTreeSet<_> = tail
        .calls()
        .iter()
        .filter(|call| !is_watch(call) && !is_about_webhooks(call))
        .map(ToString::to_string)
        .collect();
    let lists = [
        "list rolebindings.rbac.authorization.k8s.io",
        "list roles.rbac.authorization.k8s.io",
        "list podpolicies.coffer.dev",
        "list secrets",
        "list secrets.coffer.dev",
        "list secretstores.coffer.dev",
        "list serviceaccounts",
    ];
    assert_eq!(sent, lists.map(str::to_owned).into());
}

/// Also the namespace that is asked for when a test tries whether the webhooks are there, and the keyring.
fn is_about_webhooks(call: &Call) -> bool {
    let is_own = call.namespace == "coffer-system" && call.verb == "get";
    call.resource.ends_with(".admissionregistration.k8s.io")
        || call.resource == "namespaces"
        || is_own
}

fn two_writes_each(tail: &mut Tail, ns: &Namespace) {
    let mut calls = BTreeMap::<_, Vec<_>>::new();
    for call in tail.calls().iter().filter(|call| call.namespace == ns.name) {
        calls
            .entry(call.name.clone())
            .or_default()
            .push(call.to_string());
    }
    // Those of the store.
    calls.retain(|name, _| *name != ns.name && name != "vault");
    assert_eq!(calls.len(), MANY);
    calls.retain(|_, calls| *calls != ["create secrets", "patch secrets.coffer.dev/status"]);
    assert_eq!(calls, BTreeMap::new());
}

fn usage_is_written_once_a_second(tail: &mut Tail, ns: &Namespace, took: Duration) {
    let written = Call::about(tail.calls(), &ns.name, "vault").len();
    // The first says that the store is ready.
    let most = 2 + usize::try_from(took.as_secs()).unwrap() + 1;
    assert!(
        written <= most,
        "{written} writes of a store's status in {took:?}"
    );
}
