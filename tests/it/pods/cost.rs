//! What it costs the API server.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use serde_json::json;

use super::{furnish, label, lists, policies, scoped};
use crate::support::audit::Call;
use crate::support::crowd;
use crate::support::{Isolated, Namespace, Options, within};

/// Secrets that come at once.
const MANY: usize = 400;

/// Writes of the PodPolicy in a second, at most.
const PACE: u64 = 10;

const PATIENCE: Duration = Duration::from_secs(90);

fn is_about_pods(call: &Call) -> bool {
    call.resource.starts_with("podpolicies") && call.verb != "watch"
}

async fn many(ns: &Namespace) {
    let made = (0..MANY).map(|number| async move {
        let manifest = scoped(&crowd::name(number), "[checkout]");
        ns.apply(&manifest).await;
    });
    stream::iter(made)
        .for_each_concurrent(32, |made| made)
        .await;
    let secrets = ns.secrets();
    within(PATIENCE, "all are delivered", async || {
        let all = secrets
            .list(&kube::api::ListParams::default())
            .await
            .unwrap();
        let pending = all
            .iter()
            .filter(|it| crate::support::settled(it).is_err())
            .count();
        if pending == 0 { Ok(()) } else { Err(pending) }
    })
    .await;
}

#[tokio::test]
async fn many_that_come_at_once_share_writes_and_a_restart_costs_none() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("pods").await;
    furnish(&ns).await;
    label(&ns, "=enforce").await;
    lists(&ns, &[]).await;
    let mut tail = ns.cluster.follow_api_calls();
    let began = Instant::now();
    many(&ns).await;
    let took = began.elapsed();
    let policy = policies(&ns).get("coffer").await.unwrap();
    assert_eq!(policy.spec.secrets.len(), MANY);
    let writes = tail.count(is_about_pods);
    let most = usize::try_from(2 + (took.as_secs() + 1) * PACE).unwrap();
    assert!((1..=most).contains(&writes), "{writes} writes in {took:?}");
    let creates =
        tail.count(|call| call.to_string() == "create secrets" && call.namespace == ns.name);
    assert_eq!(creates, MANY);

    // Nor does what changes nothing that is listed.
    ns.operator_caught_up().await;
    let mut tail = ns.cluster.follow_api_calls();
    let patch = json!({ "spec": { "comment": "c" } });
    let secret = ns.edit(&crowd::name(1), patch).await;
    let value = json!({ "data": { "value": "AAAA" } });
    ns.edit_native(&crowd::name(2), value).await;
    ns.operator_caught_up().await;
    isolated.restart().await;
    ns.operator_caught_up().await;
    let calls: BTreeSet<_> = tail
        .calls()
        .iter()
        .filter(|call| is_about_pods(call))
        .map(ToString::to_string)
        .collect();
    assert_eq!(calls, ["list podpolicies.coffer.dev".to_owned()].into());
    assert!(secret.metadata.generation > Some(1));

    // The label costs one write, with all that is there.
    label(&ns, "-").await;
    super::policy(&ns, "it is gone", |policy| policy.is_none()).await;
    ns.operator_caught_up().await;
    let mut tail = ns.cluster.follow_api_calls();
    label(&ns, "=enforce").await;
    super::policy(&ns, "all are listed", |policy| {
        policy.is_some_and(|it| it.spec.secrets.len() == MANY)
    })
    .await;
    ns.operator_caught_up().await;
    let calls: Vec<_> = tail.calls().iter().filter(|it| is_about_pods(it)).collect();
    let calls: Vec<_> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(calls, ["create podpolicies.coffer.dev"]);
}
