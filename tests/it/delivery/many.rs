//! More copies than a status shows.

use serde_json::json;

use super::{ask, copy_of, is_copied, is_told, offer};
use crate::support::audit::Call;
use crate::support::{Isolated, Namespace, Options};

const SHOPS: usize = 40;

async fn label(shop: &Namespace, value: &str) {
    let label = format!("shop{value}");
    shop.kubectl(&["label", "namespace", &shop.name, &label], "")
        .await;
}

#[tokio::test]
async fn of_many_copies_a_change_touches_what_changed() {
    let mut isolated = Isolated::start(Options::default()).await;
    let team = isolated.namespace("team").await;
    offer(
        &team,
        "{ namespaces: { selector: { matchLabels: { shop: 'yes' } } } }",
    )
    .await;
    let mut shops = Vec::new();
    for _ in 0..SHOPS {
        let shop = isolated.namespace("shop").await;
        label(&shop, "=yes").await;
        ask(&shop, &team).await;
        shops.push(shop);
    }
    let all = i64::try_from(SHOPS + 1).unwrap();
    is_told(&team, all).await;
    let status = team.ready("stripe").await.status.unwrap();
    assert_eq!(status.deliveries.len(), 32);
    assert!(status.delivery_digest.is_some());
    team.operator_caught_up().await;

    // One that the status does not show.
    let shop = shops.iter().max_by_key(|shop| shop.name.clone()).unwrap();
    let name = copy_of(&team, "stripe");
    for restart in [false, true] {
        if restart {
            isolated.stop_operator().await;
            isolated.start_operator().await;
            team.operator_caught_up().await;
        }
        let mut tail = team.cluster.follow_api_calls();
        shop.edit_native(&name, json!({ "data": { "value": "AAAA" } }))
            .await;
        is_copied(shop, &team, b"v").await;
        team.ready("stripe").await;
        team.operator_caught_up().await;
        let calls = tail.calls();
        for other in shops.iter().filter(|it| it.name != shop.name) {
            assert_eq!(Call::about(calls, &other.name, &name), [""; 0]);
        }
    }

    for shop in &shops {
        label(shop, "-").await;
    }
    is_told(&team, 1).await;
    for shop in &shops {
        shop.native_gone(&name).await;
    }
    assert_eq!(
        team.ready("stripe").await.status.unwrap().delivery_digest,
        None
    );
}
