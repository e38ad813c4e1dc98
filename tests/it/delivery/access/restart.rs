//! After a restart what an account may read follows from the resources alone.

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{account, for_reading, has_no_role, offer, roles, vault};
use crate::delivery::{copy_of, is_told, scoped};
use crate::support::{Isolated, Options};

#[tokio::test]
async fn what_changed_meanwhile_is_made_good_and_the_rest_costs_nothing() {
    let mut isolated = Isolated::start(Options::default()).await;
    let [team, shop] = [
        isolated.namespace("team").await,
        isolated.namespace("shop").await,
    ];
    offer(&team, &for_reading(&shop)).await;
    team.apply(&scoped("paypal", "p", "[checkout]")).await;
    let web = account(&shop, "web", &vault(&team)).await;
    let [stripe, paypal] = ["stripe", "paypal"].map(|name| copy_of(&team, name));
    web.reads(&stripe, b"v").await;
    web.reads(&paypal, b"p").await;
    is_told(&team, 2).await;
    team.operator_caught_up().await;
    isolated.stop_operator().await;
    let mut tail = team.cluster.follow_api_calls();
    isolated.start_operator().await;
    team.operator_caught_up().await;
    let about = |call: &crate::support::audit::Call| call.namespace == shop.name;
    assert_eq!(tail.count(about), 0, "{:?}", tail.calls());

    // One is withdrawn, and someone lets the account read all.
    isolated.stop_operator().await;
    team.secrets()
        .delete("paypal", &DeleteParams::default())
        .await
        .unwrap();
    let all =
        json!({ "rules": [{ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"] }] });
    roles(&shop)
        .patch("coffer:web", &PatchParams::default(), &Patch::Merge(all))
        .await
        .unwrap();
    isolated.start_operator().await;
    web.reads_no_more(&paypal).await;
    web.reads(&stripe, b"v").await;

    isolated.stop_operator().await;
    shop.kubectl(&["delete", "serviceaccount", "web"], "").await;
    isolated.start_operator().await;
    has_no_role(&shop, "web").await;
}
