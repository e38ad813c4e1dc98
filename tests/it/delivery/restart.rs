//! After a restart the copies follow from the resources alone, and cost nothing where they are in order.

use kube::api::DeleteParams;

use super::{ask, copy_of, for_namespace, is_copied, offer};
use crate::support::audit::Call;
use crate::support::{Isolated, Options};

#[tokio::test]
async fn what_was_withdrawn_meanwhile_is_taken_away_and_the_rest_costs_nothing() {
    let mut isolated = Isolated::start(Options::default()).await;
    let team = isolated.namespace("team").await;
    let [shop, bazaar] = [
        isolated.namespace("shop").await,
        isolated.namespace("bazaar").await,
    ];
    offer(
        &team,
        &format!("{}, {}", for_namespace(&shop), for_namespace(&bazaar)),
    )
    .await;
    for it in [&shop, &bazaar] {
        ask(it, &team).await;
        is_copied(it, &team, b"v").await;
    }
    super::is_told(&team, 3).await;
    team.operator_caught_up().await;
    isolated.stop_operator().await;
    let mut tail = team.cluster.follow_api_calls();
    isolated.start_operator().await;
    team.operator_caught_up().await;
    let calls = tail.calls();
    assert_eq!(Call::about(calls, &team.name, "stripe"), [""; 0]);
    assert_eq!(
        Call::about(calls, &shop.name, &copy_of(&team, "stripe")),
        [""; 0]
    );

    isolated.stop_operator().await;
    shop.kubectl(&["delete", "serviceaccount", "web"], "").await;
    isolated.start_operator().await;
    shop.native_gone(&copy_of(&team, "stripe")).await;
    is_copied(&bazaar, &team, b"v").await;

    isolated.stop_operator().await;
    team.secrets()
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    isolated.start_operator().await;
    bazaar.native_gone(&copy_of(&team, "stripe")).await;
}
