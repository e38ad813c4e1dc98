//! What it costs.

use super::{all_settled, plain_crowd, rotate, sealed_again};
use crate::support::audit::{Call, Tail};
use crate::support::{Cluster, Namespace, manifest};

/// One Secret for its key to be rotated, and what is asked from then on until it is sealed again. It costs two writes.
async fn sealed_again_for_two_writes(ns: &Namespace) -> Tail {
    ns.apply(&manifest::secret("app", "v")).await;
    ns.ready("app").await;
    // A request shows in the log after its answer.
    ns.operator_caught_up().await;
    let mut tail = ns.cluster.follow_api_calls();
    rotate(ns, "vault", "1").await;
    sealed_again(ns, "vault").await;
    ns.ready("app").await;
    ns.operator_caught_up().await;
    assert_eq!(
        Call::about(tail.calls(), &ns.name, "app"),
        [
            "patch secrets.coffer.dev",
            "patch secrets.coffer.dev/status"
        ]
    );
    tail
}

#[tokio::test]
async fn sealing_one_again_costs_a_patch_and_a_status() {
    let ns = Cluster::namespace("reseal").await;
    ns.store("vault", "{}").await;
    sealed_again_for_two_writes(&ns).await;
}

/// The operator's lists of the Secrets of a namespace.
fn lists(calls: &[Call], ns: &Namespace) -> usize {
    let calls = calls.iter().filter(|call| call.namespace == ns.name);
    calls
        .filter(|call| call.verb == "list" && call.resource == "secrets.coffer.dev")
        .count()
}

#[tokio::test]
async fn many_are_listed_and_each_costs_two_writes_of_which_none_is_in_vain() {
    for ns in [
        Cluster::namespace("reseal").await,
        Cluster::namespace_in_controller_mode("reseal").await,
    ] {
        ns.store("vault", "{}").await;
        plain_crowd(&ns, 40).await;
        ns.operator_caught_up().await;
        let mut tail = ns.cluster.follow_api_calls();
        rotate(&ns, "vault", "1").await;
        sealed_again(&ns, "vault").await;
        all_settled(&ns).await;
        ns.operator_caught_up().await;
        let calls = tail.calls();
        assert!(lists(calls, &ns) > 0);
        for number in 0..40 {
            assert_eq!(
                Call::about(calls, &ns.name, &format!("s{number}")),
                [
                    "patch secrets.coffer.dev",
                    "patch secrets.coffer.dev/status"
                ],
                "s{number}"
            );
        }
    }
}

#[tokio::test]
async fn for_a_few_of_many_the_store_is_not_listed() {
    let ns = Cluster::namespace("reseal").await;
    let author = ns.sealer_of_new_store("vault").await;
    ns.crowd(&author, 0..9, str::to_owned).await;
    let mut tail = sealed_again_for_two_writes(&ns).await;
    assert_eq!(lists(tail.calls(), &ns), 0);
}
