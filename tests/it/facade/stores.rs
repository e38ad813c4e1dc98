//! Stores of an account.

use serde_json::json;

use super::{Asker, names, text};

#[tokio::test]
async fn a_store_is_made_shown_listed_and_deleted() {
    let asker = Asker::new("rest-store").await;
    let made = asker
        .ask("POST", "/stores", Some(json!({ "name": "Payments" })))
        .await;
    let store = made.result().clone();
    let uid = asker.uid().await.replace('-', "");
    assert_eq!(
        (&store["name"], &store["account_id"]),
        (&json!("Payments"), &json!(uid))
    );
    let id = text(&store["id"]);
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let shown = asker.ask("GET", &format!("/stores/{id}"), None).await;
    assert_eq!(shown.result(), &store);
    let listed = asker.ask("GET", "/stores", None).await;
    assert_eq!(listed.result(), &json!([store]));
    let info = json!({ "page": 1, "per_page": 20, "count": 1, "total_count": 1, "total_pages": 1 });
    assert_eq!(listed.body["result_info"], info);
    let deleted = asker.ask("DELETE", &format!("/stores/{id}"), None).await;
    assert_eq!((deleted.status, deleted.result()), (200, &json!(null)));
    let gone = asker.ask("GET", &format!("/stores/{id}"), None).await;
    gone.is_error(404, 1001, "store_not_found");
}

/// The account is the namespace: its name does, and its UID without dashes.
#[tokio::test]
async fn an_account_is_called_by_name_or_identifier() {
    let asker = Asker::new("rest-account").await;
    asker.store("one").await;
    let uid = asker.uid().await;
    for (id, is_known) in [
        (uid.replace('-', ""), true),
        (asker.ns.name.clone(), true),
        (uid, false),
    ] {
        let path = format!("/accounts/{id}/secrets_store/stores");
        let answer = asker.send("GET", &path, None).await;
        if is_known {
            assert_eq!(names(answer.result()), ["one"], "{id}");
        } else {
            answer.is_error(403, 10000, "Authentication error");
        }
    }
}

/// Older clients send a list, and expect one.
#[tokio::test]
async fn the_reply_has_the_shape_of_the_request() {
    let asker = Asker::new("rest-shape").await;
    let made = asker
        .ask("POST", "/stores", Some(json!([{ "name": "old" }])))
        .await;
    assert_eq!(names(made.result()), ["old"]);
    for wrong in [
        json!([]),
        json!([{ "name": "a" }, { "name": "b" }]),
        json!("a"),
        json!([["a"]]),
    ] {
        let refused = asker.ask("POST", "/stores", Some(wrong)).await;
        refused.is_error(400, 1001, "invalid_json_body");
    }
}

#[tokio::test]
async fn stores_are_listed_in_every_order_page_by_page() {
    let asker = Asker::new("rest-pages").await;
    for name in ["b", "c", "a"] {
        asker.store(name).await;
    }
    for (query, expected) in [
        ("", vec!["a", "c", "b"]),
        ("?direction=asc", vec!["b", "c", "a"]),
        ("?order=name", vec!["c", "b", "a"]),
        ("?order=name&direction=asc", vec!["a", "b", "c"]),
        ("?order=created&per_page=2", vec!["a", "c"]),
        ("?per_page=2&page=2", vec!["b"]),
        ("?per_page=2&page=3", vec![]),
        ("?page=0&per_page=0", vec!["a", "c", "b"]),
        ("?page=4000000000&per_page=100", vec![]),
    ] {
        let listed = asker.ask("GET", &format!("/stores{query}"), None).await;
        assert_eq!(names(listed.result()), expected, "{query}");
        assert_eq!(listed.body["result_info"]["total_count"], 3, "{query}");
    }
    for (query, name) in [
        ("?order=comment", "order"),
        ("?direction=up", "direction"),
        ("?page=-1", "page"),
        ("?per_page=many", "per_page"),
    ] {
        let refused = asker.ask("GET", &format!("/stores{query}"), None).await;
        refused.is_error(400, 1001, &format!("invalid_query_parameter: {name}"));
    }
}

#[tokio::test]
async fn a_store_with_secrets_goes_only_by_force_and_its_secrets_with_it() {
    let asker = Asker::new("rest-force").await;
    let store = asker.store("full").await;
    let secret = asker.secret(&store, "KEY", "v").await;
    let object = asker.object("KEY").await;
    let path = format!("/stores/{store}");
    for query in ["", "?force=false", "?force="] {
        let refused = asker.ask("DELETE", &format!("{path}{query}"), None).await;
        refused.is_error(409, 1003, "store_not_empty");
        assert_eq!(refused.headers["x-should-retry"], "false");
    }
    let refused = asker
        .ask("DELETE", &format!("{path}?force=perhaps"), None)
        .await;
    refused.is_error(400, 1001, "invalid_query_parameter: force");
    let deleted = asker
        .ask("DELETE", &format!("{path}?force=true"), None)
        .await;
    assert_eq!(deleted.result(), &json!(null));
    let gone = asker
        .ask("GET", &format!("{path}/secrets/{secret}"), None)
        .await;
    gone.is_error(404, 1001, "store_not_found");
    let key = object.metadata.name.unwrap();
    asker.ns.gone(&key).await;
}

/// Also at once after its last secret went.
#[tokio::test]
async fn an_empty_store_always_goes() {
    let asker = Asker::new("rest-empty").await;
    let store = asker.store("emptied").await;
    let secret = asker.secret(&store, "KEY", "v").await;
    let deleted = asker
        .ask("DELETE", &format!("/stores/{store}/secrets/{secret}"), None)
        .await;
    assert_eq!(deleted.status, 202);
    let deleted = asker.ask("DELETE", &format!("/stores/{store}"), None).await;
    assert_eq!(deleted.result(), &json!(null));
}
