//! Each side can end it: then none of the versions is read.

use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use super::{From, change, current, edit_store, lists_only, reading};
use crate::delivery::access::{ask_as, has_no_role, roles};

#[tokio::test]
async fn what_the_store_or_the_secret_withdraws_is_read_no_more() {
    for from in [From::Itself, From::Store] {
        for withdraw in ["scope of the store", "scope of the secret", "request"] {
            let (team, web, one) = reading(from).await;
            let two = change(&team, "two").await;
            web.reads(&two, b"two").await;
            match withdraw {
                "scope of the store" => edit_store(&team, json!({ "scopes": null })).await,
                "scope of the secret" => {
                    team.edit("stripe", json!({ "spec": { "scopes": null } }))
                        .await;
                }
                _ => ask_as(&team, "web", "").await,
            }
            web.reads_no_more(&two).await;
            web.reads_no_more(&one).await;
            has_no_role(&team, "web").await;
            for kept in [&one, &two] {
                assert!(
                    team.natives().get_opt(kept).await.unwrap().is_some(),
                    "{withdraw}"
                );
            }
        }
    }
}

#[tokio::test]
async fn without_the_target_there_is_nothing_to_be_read() {
    for from in [From::Itself, From::Store] {
        let (team, web, one) = reading(from).await;
        let two = change(&team, "two").await;
        web.reads(&two, b"two").await;
        if from == From::Itself {
            team.edit("stripe", json!({ "spec": { "target": null } }))
                .await;
        } else {
            edit_store(&team, json!({ "defaultTarget": null })).await;
        }
        for gone in [&one, &two] {
            web.reads_no_more(gone).await;
            team.native_gone(gone).await;
        }
        has_no_role(&team, "web").await;
    }
}

#[tokio::test]
async fn without_its_own_target_it_is_the_one_by_default_that_is_read() {
    let (team, web, own) = reading(From::Both).await;
    team.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    team.native_gone(&own).await;
    let by_default = current(&team).await;
    assert!(by_default.starts_with("stripe-"), "{by_default}");
    web.reads(&by_default, b"one").await;
    lists_only(&team, &by_default).await;
    // And back to a name that is changed.
    edit_store(
        &team,
        json!({ "defaultTarget": { "immutable": null, "history": null } }),
    )
    .await;
    web.reads("stripe", b"one").await;
    lists_only(&team, "stripe").await;
    team.native_gone(&by_default).await;
}

#[tokio::test]
async fn with_the_store_all_of_it_goes() {
    for from in [From::Itself, From::Store] {
        let (team, web, one) = reading(from).await;
        let params = DeleteParams::default();
        team.stores().delete("vault", &params).await.unwrap();
        web.reads_no_more(&one).await;
        has_no_role(&team, "web").await;
        team.native_gone(&one).await;
        let left = roles(&team).list(&ListParams::default()).await;
        let left: Vec<_> = left
            .unwrap()
            .items
            .iter()
            .map(ResourceExt::name_any)
            .collect();
        assert_eq!(left, [""; 0]);
    }
}
