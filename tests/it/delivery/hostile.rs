//! What a receiver does in its own namespace costs the producer little, and holds up nothing of his.

use coffer::api::Reason;
use serde_json::json;

use super::{
    ask, copied, copy_of, for_namespace, is_copied, is_told, namespaces, not_copied, offer, scoped,
};
use crate::support::audit::Call;
use crate::support::refusal::Writes;
use crate::support::{Isolated, Options, bytes};

#[tokio::test]
async fn a_copy_that_may_not_be_taken_away_is_told_and_holds_up_nothing() {
    let isolated = Isolated::start(Options::default()).await;
    let team = isolated.namespace("team").await;
    let [shop, bazaar] = [
        isolated.namespace("shop").await,
        isolated.namespace("bazaar").await,
    ];
    let both = format!("{}, {}", for_namespace(&shop), for_namespace(&bazaar));
    offer(&team, &both).await;
    for it in [&shop, &bazaar] {
        ask(it, &team).await;
        is_copied(it, &team, b"v").await;
    }
    is_told(&team, 3).await;
    let deletions = Writes {
        group: "",
        resource: "secrets",
        operation: "DELETE",
    };
    let here = format!("request.namespace == '{}'", shop.name);
    isolated.cluster.refuse(&[deletions], &here).await;
    let only_bazaar = format!(
        "{{ scopes: [{{ name: checkout, consumers: [{}] }}] }}",
        for_namespace(&bazaar)
    );
    team.store("vault", &only_bazaar).await;
    let told = not_copied(&team, Reason::TargetRejected).await;
    let words = format!("in namespace `{}` is to be taken away", shop.name);
    assert!(told.contains(&words), "{told}");
    team.apply(&scoped("stripe", "v2", "[checkout]")).await;
    team.native("stripe", "has the new value", |native| {
        bytes(native, "value") == b"v2"
    })
    .await;
    is_copied(&bazaar, &team, b"v2").await;
    team.ready("stripe").await;
    isolated.cluster.allow().await;
    shop.native_gone(&copy_of(&team, "stripe")).await;
    is_told(&team, 2).await;
}

/// Two hundred changes that change nothing.
#[tokio::test]
async fn a_copy_that_is_touched_again_and_again_is_looked_at_a_few_times() {
    let (team, shop) = copied().await;
    is_told(&team, 2).await;
    let name = copy_of(&team, "stripe");
    team.operator_caught_up().await;
    let mut tail = team.cluster.follow_api_calls();
    for number in 0..200 {
        let touch = json!({ "metadata": { "annotations": { "x.io/a": number.to_string() } } });
        shop.edit_native(&name, touch).await;
    }
    team.operator_caught_up().await;
    let calls = tail.calls();
    let looks = Call::about(calls, &shop.name, &name);
    let looks = looks.iter().filter(|call| call.starts_with("get")).count();
    assert!((1..=12).contains(&looks), "{looks} looks at the copy");
    let origin = Call::about(calls, &team.name, "stripe");
    assert!(
        origin.len() <= 24,
        "{} requests for the origin",
        origin.len()
    );
    // What the author changes is delivered at once all the same.
    team.apply(&scoped("stripe", "v2", "[checkout]")).await;
    is_copied(&shop, &team, b"v2").await;
}

/// Each would have all copies of the namespace made anew.
#[tokio::test]
async fn types_that_are_asked_for_in_turn_make_copies_anew_a_few_times() {
    let (team, shop) = namespaces().await;
    offer(&team, &for_namespace(&shop)).await;
    let name = copy_of(&team, "stripe");
    let basic = "kubernetes.io/basic-auth";
    let target =
        json!({ "type": basic, "template": { "username": "u", "password": "{{ value }}" } });
    team.edit("stripe", json!({ "spec": { "target": target } }))
        .await;
    ask(&shop, &team).await;
    shop.native(&name, "is there", |_| true).await;
    is_told(&team, 2).await;
    team.operator_caught_up().await;
    let mut tail = team.cluster.follow_api_calls();
    let set = async |types: &str| {
        let types = format!("coffer.dev/consume-types={types}");
        let annotate = ["annotate", "--overwrite", "serviceaccount", "web", &types];
        shop.kubectl(&annotate, "").await;
    };
    for turn in 0..24 {
        set(if turn % 2 == 0 { basic } else { "Opaque" }).await;
        team.operator_caught_up().await;
    }
    let calls = tail.calls();
    let made = Call::about(calls, &shop.name, &name);
    let made = made.iter().filter(|it| *it == "create secrets").count();
    assert!((1..=11).contains(&made), "{made} copies");
    let origin = Call::about(calls, &team.name, "stripe").len();
    assert!(origin <= 40, "{origin} requests for the origin");
    // To take away is another matter.
    shop.kubectl(
        &["annotate", "serviceaccount", "web", "coffer.dev/consume-"],
        "",
    )
    .await;
    shop.native_gone(&name).await;
}

#[tokio::test]
async fn a_copy_without_its_mark_is_put_back_and_withdrawn_as_any_other() {
    let (team, shop) = copied().await;
    is_told(&team, 2).await;
    let name = copy_of(&team, "stripe");
    let bare = json!({ "metadata": { "annotations": { "coffer.dev/mark": null } } });
    let before = shop.natives().get(&name).await.unwrap();
    let mark = kube::ResourceExt::annotations(&before)["coffer.dev/mark"].clone();
    shop.edit_native(&name, bare.clone()).await;
    shop.native(&name, "has its mark", |native| {
        kube::ResourceExt::annotations(native).get("coffer.dev/mark") == Some(&mark)
    })
    .await;
    team.ready("stripe").await;
    let labels = json!({ "metadata": {
        "labels": { "coffer.dev/origin": null }, "annotations": { "coffer.dev/mark": null },
    } });
    shop.edit_native(&name, labels).await;
    team.store("vault", "{ scopes: [{ name: checkout }] }")
        .await;
    shop.native_gone(&name).await;
}
