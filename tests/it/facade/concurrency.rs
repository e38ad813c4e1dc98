//! Many at once.

use futures::future::join_all;
use serde_json::json;

use super::{Asker, names};

#[tokio::test]
async fn of_fifty_who_take_one_name_one_has_it() {
    let asker = Asker::new("rest-race").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let body = json!([{ "name": "ONE", "value": "v", "scopes": ["workers"] }]);
    let all = join_all((0..50).map(|_| asker.ask("POST", &secrets, Some(body.clone())))).await;
    let (made, refused): (Vec<_>, Vec<_>) = all.iter().partition(|answer| answer.status == 200);
    assert_eq!(made.len(), 1);
    for refused in refused {
        refused.is_error(400, 1003, "secret_name_already_exists: ONE");
    }
    let listed = asker.ask("GET", &secrets, None).await;
    assert_eq!(names(listed.result()), ["ONE"]);
}

#[tokio::test]
async fn of_more_than_an_account_may_have_so_many_are_made() {
    let asker = Asker::new("rest-quota").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let quota = asker.ask("GET", "/quota", None).await;
    assert_eq!(
        quota.result(),
        &json!({ "secrets": { "quota": 100, "usage": 0 } })
    );
    let full: Vec<_> = (0..95)
        .map(|number| json!({ "name": format!("N{number}"), "value": "v", "scopes": ["dex"] }))
        .collect();
    asker
        .ask("POST", &secrets, Some(json!(full)))
        .await
        .result();
    let one =
        |number: usize| json!([{ "name": format!("M{number}"), "value": "v", "scopes": ["dex"] }]);
    let all = join_all((0..20).map(|number| asker.ask("POST", &secrets, Some(one(number))))).await;
    let (made, refused): (Vec<_>, Vec<_>) = all.iter().partition(|answer| answer.status == 200);
    assert_eq!(made.len(), 5);
    for refused in refused {
        refused.is_error(400, 1003, "maximum_secrets_exceeded: max 100");
    }
    let quota = asker.ask("GET", "/quota", None).await;
    assert_eq!(
        quota.result(),
        &json!({ "secrets": { "quota": 100, "usage": 100 } })
    );
}

/// The store's own quota counts as well.
#[tokio::test]
async fn of_more_than_a_store_may_have_none_is_made() {
    let asker = Asker::new("rest-store-quota").await;
    asker.ns.store("small", "{ quota: { secrets: 1 } }").await;
    let listed = asker.ask("GET", "/stores", None).await;
    let store = super::text(&listed.result()[0]["id"]);
    let body = json!([
        { "name": "A", "value": "v", "scopes": ["dex"] },
        { "name": "B", "value": "v", "scopes": ["dex"] },
    ]);
    let secrets = format!("/stores/{store}/secrets");
    let refused = asker.ask("POST", &secrets, Some(body)).await;
    refused.is_error(400, 1003, "maximum_secrets_exceeded: max 1");
    asker.secret(&store, "A", "v").await;
}

/// Whoever may set quotas can say that there is none.
#[tokio::test]
async fn an_account_without_a_limit_may_have_more_than_the_interface_lets_others() {
    let asker = Asker::new("rest-unlimited").await;
    let quota =
        json!({ "metadata": { "annotations": { "coffer.dev/secrets-quota": "unlimited" } } });
    let namespaces = asker.ns.namespaces();
    let params = kube::api::PatchParams::default();
    let patch = kube::api::Patch::Merge(quota);
    namespaces
        .patch(&asker.ns.name, &params, &patch)
        .await
        .unwrap();
    let store = asker.store("main").await;
    let all: Vec<_> = (0..101)
        .map(|number| json!({ "name": format!("N{number}"), "value": "v", "scopes": ["dex"] }))
        .collect();
    let made = asker
        .ask(
            "POST",
            &format!("/stores/{store}/secrets"),
            Some(json!(all)),
        )
        .await;
    assert_eq!(names(made.result()).len(), 101);
}
