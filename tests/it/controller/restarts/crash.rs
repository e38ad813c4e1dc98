//! Once for each change, whoever is killed in the middle of it.

use super::*;
use crate::support::audit::Tail;
use crate::support::refusal::{REFUSED, Writes};
use crate::support::{Isolated, Options};

const SECRET_STATUS: Writes = Writes {
    group: "coffer.dev",
    resource: "secrets/status",
    operation: "UPDATE",
};
const DEPLOYMENTS: Writes = Writes {
    group: "apps",
    resource: "deployments",
    operation: "UPDATE",
};

async fn refused(tail: &mut Tail, name: &str) {
    eventually("the write is refused", async || {
        let mut calls = tail.calls().iter();
        let refused = calls.any(|call| call.code == REFUSED && call.name == name);
        refused.then_some(()).ok_or("not yet")
    })
    .await;
}

#[tokio::test]
async fn a_kill_before_or_after_the_restart_makes_it_once() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("restarts").await;
    deploy(&ns, "web").await;
    secret(&ns, "stripe", &json!([deployment("web")])).await;
    for (at, writes, awaited) in [(2, SECRET_STATUS, "stripe"), (3, DEPLOYMENTS, "web")] {
        ns.cluster.refuse(&[writes], "true").await;
        let mut tail = isolated.cluster.follow_api_calls();
        let data = json!({ "value": { "value": format!("v{at}") } });
        ns.edit("stripe", json!({ "spec": { "data": data } })).await;
        refused(&mut tail, awaited).await;
        isolated.kill9();
        let done = if awaited == "web" { at - 1 } else { at };
        assert_eq!(generation(&ns, "Deployment", "web").await, done);
        ns.cluster.allow().await;
        isolated.start_operator().await;
        ns.ready("stripe").await;
        ns.operator_caught_up().await;
        assert_eq!(generation(&ns, "Deployment", "web").await, at);
        assert_eq!(told(&ns, "stripe").await.unwrap().0, "True");
    }
    isolated.restart().await;
    ns.operator_caught_up().await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 3);
}
