//! What the API server does not do is owed: it holds nothing else up, and is done once it can be.

use super::*;
use crate::support::audit::Tail;
use crate::support::refusal::{REFUSED, Writes};
use crate::support::{Isolated, Options};

const DEPLOYMENTS: Writes = Writes {
    group: "apps",
    resource: "deployments",
    operation: "UPDATE",
};

/// The Secret `stripe`, which restarts `web` and `other`, changed while the API server does not let `web` be restarted.
async fn owing(isolated: &Isolated) -> (Namespace, Tail) {
    let ns = isolated.namespace("restarts").await;
    for name in ["web", "other"] {
        deploy(&ns, name).await;
    }
    let both = json!([deployment("web"), deployment("other")]);
    secret(&ns, "stripe", &both).await;
    let web = "request.name == 'web'";
    ns.cluster.refuse(&[DEPLOYMENTS], web).await;
    let tail = ns.cluster.follow_api_calls();
    let status = change(&ns, "stripe", "two").await;
    assert_eq!(status.version, Some(2));
    assert_eq!(ns.bytes("stripe", "value").await, b"two");
    let (holds, reason, message) = told(&ns, "stripe").await.unwrap();
    assert_eq!((&*holds, &*reason), ("False", "RestartPending"));
    assert!(message.contains("Deployment `web`") && !message.contains("`other`"));
    generations(&ns, 1, 2).await;
    (ns, tail)
}

async fn generations(ns: &Namespace, web: i64, other: i64) {
    for (name, expected) in [("web", web), ("other", other)] {
        assert_eq!(generation(ns, "Deployment", name).await, expected, "{name}");
    }
}

async fn is_done(ns: &Namespace) {
    eventually("it is restarted", async || {
        let told = told(ns, "stripe").await.unwrap();
        (told.0 == "True").then_some(()).ok_or(told.2)
    })
    .await;
}

#[tokio::test]
async fn what_is_owed_is_told_once_and_done_once_also_by_another_operator() {
    let mut isolated = Isolated::start(Options::default()).await;
    let (ns, mut tail) = owing(&isolated).await;
    let refused = |call: &Call| call.code == REFUSED && call.name == "web";
    eventually("it is tried again", async || {
        let tries = tail.count(refused);
        (tries >= 4).then_some(()).ok_or(tries)
    })
    .await;
    let stripe = Call::about(tail.calls(), &ns.name, "stripe");
    let told = |what: &str| stripe.iter().filter(|it| it.starts_with(what)).count();
    assert_eq!(told("patch secrets.coffer.dev/status"), 1, "{stripe:?}");
    assert_eq!(told("create events"), 1, "{stripe:?}");
    generations(&ns, 1, 2).await;

    // An entry that goes with the next restart; another try is none.
    let entry =
        r#"{"spec":{"template":{"metadata":{"annotations":{"restart.coffer.dev/gone":"x"}}}}}"#;
    ns.kubectl(&["patch", "deployment", "other", "-p", entry], "")
        .await;
    isolated.restart().await;
    ns.cluster.allow().await;
    is_done(&ns).await;
    generations(&ns, 2, 3).await;
    let mut tail = ns.cluster.follow_api_calls();
    isolated.restart().await;
    ns.operator_caught_up().await;
    assert_eq!(Call::about(tail.calls(), &ns.name, "web"), [""; 0]);
    generations(&ns, 2, 3).await;
}

/// Those that had the other one have to come back.
#[tokio::test]
async fn a_content_that_comes_back_while_something_is_owed_is_one_more_change() {
    let isolated = Isolated::start(Options::default()).await;
    let (ns, _) = owing(&isolated).await;
    change(&ns, "stripe", "one").await;
    generations(&ns, 1, 3).await;
    ns.cluster.allow().await;
    is_done(&ns).await;
    generations(&ns, 2, 3).await;
    change(&ns, "stripe", "two").await;
    generations(&ns, 3, 4).await;
}
