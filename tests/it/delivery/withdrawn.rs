//! What either side takes back is taken away, and nothing else.

use kube::api::DeleteParams;
use serde_json::{Value as Json, json};

use super::{
    ask, ask_for, copied, copy_of, for_namespace, is_copied, is_told, namespaces, offer, scoped,
};
use crate::support::refusal::Writes;
use crate::support::{Isolated, Namespace, Options};

async fn is_withdrawn(shop: &Namespace, team: &Namespace) {
    shop.native_gone(&copy_of(team, "stripe")).await;
}

#[tokio::test]
async fn a_secret_that_no_longer_names_the_scope() {
    let (team, shop) = copied().await;
    team.edit("stripe", json!({ "spec": { "scopes": null } }))
        .await;
    is_withdrawn(&shop, &team).await;
    is_told(&team, 1).await;
    assert_eq!(team.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn a_store_that_no_longer_grants_it() {
    let (team, shop) = copied().await;
    team.store("vault", "{ scopes: [{ name: checkout }] }")
        .await;
    is_withdrawn(&shop, &team).await;
    is_told(&team, 1).await;
}

#[tokio::test]
async fn an_account_that_no_longer_asks_or_asks_for_something_else() {
    let (team, shop) = copied().await;
    ask_for(&shop, &format!("{}/vault/paypal", team.name)).await;
    is_withdrawn(&shop, &team).await;
    ask(&shop, &team).await;
    is_copied(&shop, &team, b"v").await;
    let asks = ["annotate", "serviceaccount", "web", "coffer.dev/consume-"];
    shop.kubectl(&asks, "").await;
    is_withdrawn(&shop, &team).await;
}

#[tokio::test]
async fn an_account_that_is_gone() {
    let (team, shop) = copied().await;
    shop.kubectl(&["delete", "serviceaccount", "web"], "").await;
    is_withdrawn(&shop, &team).await;
}

#[tokio::test]
async fn a_namespace_that_lost_the_label() {
    let (team, shop) = namespaces().await;
    let label = format!("for-{}", team.name);
    let consumers =
        format!("{{ namespaces: {{ selector: {{ matchLabels: {{ {label}: 'yes' }} }} }} }}");
    offer(&team, &consumers).await;
    ask(&shop, &team).await;
    let set = |value: &str| {
        [
            "label".to_owned(),
            "namespace".into(),
            shop.name.clone(),
            format!("{label}{value}"),
        ]
    };
    for _ in 0..2 {
        let labelled = set("=yes");
        shop.kubectl(&labelled.each_ref().map(String::as_str), "")
            .await;
        is_copied(&shop, &team, b"v").await;
        let bare = set("-");
        shop.kubectl(&bare.each_ref().map(String::as_str), "").await;
        is_withdrawn(&shop, &team).await;
    }
}

#[tokio::test]
async fn a_secret_that_is_gone() {
    let (team, shop) = copied().await;
    team.delete("stripe").await;
    is_withdrawn(&shop, &team).await;
}

#[tokio::test]
async fn a_whole_namespace_of_the_origin_that_is_gone() {
    let (team, shop) = copied().await;
    team.delete_whole().await;
    is_withdrawn(&shop, &team).await;
}

/// Its namespace goes with all that is in it, and nothing is held up.
#[tokio::test]
async fn a_consumers_namespace_that_is_gone() {
    let (team, shop) = copied().await;
    shop.delete_whole().await;
    is_told(&team, 1).await;
    team.ready("stripe").await;
}

/// A value that does not open must not keep a copy where it was withdrawn.
#[tokio::test]
async fn also_while_a_value_is_broken() {
    let (team, shop) = copied().await;
    let broken = json!({ "value": format!("coffer.v1.0123456789abcdef.{}", "A".repeat(80)) });
    team.edit("stripe", json!({ "spec": { "data": { "value": broken } } }))
        .await;
    team.problem("stripe", coffer::api::Reason::KeyUnknown)
        .await;
    // What was delivered stays until there is something better …
    is_copied(&shop, &team, b"v").await;
    // … or it is withdrawn.
    team.store("vault", "{ scopes: [{ name: checkout }] }")
        .await;
    is_withdrawn(&shop, &team).await;
}

/// Under another name the former copy is not forgotten.
#[tokio::test]
async fn a_copy_of_a_former_name() {
    let (team, shop) = copied().await;
    team.edit(
        "stripe",
        json!({ "spec": { "target": { "name": "renamed" } } }),
    )
    .await;
    shop.native(&copy_of(&team, "renamed"), "is there", |_| true)
        .await;
    is_withdrawn(&shop, &team).await;
}

/// The younger one of the same name has a copy of its own in the same place.
#[tokio::test]
async fn a_secret_that_was_made_anew_takes_the_place() {
    let (team, shop) = copied().await;
    team.secrets()
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    team.apply(&scoped("stripe", "anew", "[checkout]")).await;
    is_copied(&shop, &team, b"anew").await;
    team.ready("stripe").await;
}

#[tokio::test]
async fn of_a_deleted_secret_that_a_finalizer_holds() {
    let (team, shop) = copied().await;
    let hold = |finalizers: Json| json!({ "metadata": { "finalizers": finalizers } });
    team.edit("stripe", hold(json!(["example.com/hold"]))).await;
    let secrets = team.secrets();
    secrets
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    is_copied(&shop, &team, b"v").await;
    team.store("vault", "{ scopes: [{ name: checkout }] }")
        .await;
    is_withdrawn(&shop, &team).await;
    team.edit("stripe", hold(Json::Null)).await;
    team.gone("stripe").await;
}

/// The copy goes, whatever else cannot be written.
#[tokio::test]
async fn while_a_value_cannot_be_filled_in() {
    let isolated = Isolated::start(Options::default()).await;
    let (team, shop) = (
        isolated.namespace("team").await,
        isolated.namespace("shop").await,
    );
    offer(&team, &for_namespace(&shop)).await;
    ask(&shop, &team).await;
    is_copied(&shop, &team, b"v").await;
    let writes = Writes {
        group: "coffer.dev",
        resource: "secrets",
        operation: "UPDATE",
    };
    isolated.cluster.refuse(&[writes], "true").await;
    let generated = json!({ "spec": { "data": { "g": { "generate": { "kind": "Uuid" } } } } });
    team.edit("stripe", generated).await;
    team.store("vault", "{ scopes: [{ name: checkout }] }")
        .await;
    is_withdrawn(&shop, &team).await;
}
