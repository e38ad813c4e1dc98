//! The errors of the Cloudflare interface, each as a whole body.

use serde_json::{Value as Json, json};

use super::Asker;

fn with(field: &str, value: Json) -> Json {
    let mut new = json!({ "name": "A", "value": "v", "scopes": ["workers"] });
    new[field] = value;
    json!([new])
}

fn without(field: &str) -> Json {
    let mut new = json!({ "name": "A", "value": "v", "scopes": ["workers"] });
    new.as_object_mut().unwrap().remove(field);
    json!([new])
}

#[tokio::test]
async fn what_is_wrong_with_a_new_secret_is_said_by_name() {
    let asker = Asker::new("rest-wrong").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let form = "secret_name_invalid: has letters, digits and signs of ASCII, and no spaces";
    for (body, message) in [
        (without("name"), "secret_name_empty"),
        (with("name", json!("")), "secret_name_empty"),
        (with("name", json!(null)), "secret_name_empty"),
        (with("name", json!("a b")), form),
        (with("name", json!("Schlüssel")), form),
        (with("name", json!("a\u{0}b")), form),
        (with("name", json!("n".repeat(256))), "secret_name_too_long"),
        (without("value"), "secret_value_empty"),
        (with("value", json!("")), "secret_value_empty"),
        (
            with("value", json!("v".repeat(65_537))),
            "secret_value_too_long",
        ),
        (
            with("value", json!("ü".repeat(32_769))),
            "secret_value_too_long",
        ),
        (
            with("value", json!("coffer.v1.0123456789abcdef.AAAA")),
            "secret_value_invalid: is sealed already: give the value itself",
        ),
        (without("scopes"), "secret_scopes_empty"),
        (with("scopes", json!([])), "secret_scopes_empty"),
        (with("scopes", json!("")), "secret_scopes_empty"),
        (with("scopes", json!(["worker"])), "secret_scope_invalid"),
        (
            with("scopes", json!(["workers", "Workers"])),
            "secret_scope_invalid",
        ),
        (with("scopes", json!(["."])), "secret_scope_invalid"),
        (
            with("comment", json!("c".repeat(1025))),
            "secret_comment_too_long",
        ),
    ] {
        let refused = asker.ask("POST", &secrets, Some(body)).await;
        refused.is_error(400, 1001, message);
    }
    let listed = asker.ask("GET", &secrets, None).await;
    assert_eq!(listed.result(), &json!([]), "and nothing was made");
}

#[tokio::test]
async fn what_is_just_within_the_limits_goes() {
    let asker = Asker::new("rest-limits").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    for body in [
        with("name", json!("n".repeat(255))),
        with("value", json!("v".repeat(65_536))),
        json!([{ "name": "B", "value": "\u{0}".repeat(65_536), "scopes": ["workers"] }]),
        json!([{ "name": "C", "value": "v", "scopes": ["workers"], "comment": "ü".repeat(1024) }]),
    ] {
        asker.ask("POST", &secrets, Some(body)).await.result();
    }
}

#[tokio::test]
async fn what_is_no_json_of_its_form_is_refused_as_such() {
    let asker = Asker::new("rest-json").await;
    let store = asker.store("main").await;
    let account = format!("/accounts/{}/secrets_store", asker.ns.name);
    let secrets = format!("{account}/stores/{store}/secrets");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [
        "",
        "{",
        "null",
        "[1]",
        "[[\"A\",\"v\",[\"workers\"],null]]",
        "{\"name\":\"a\"}",
        "[{\"name\":1,\"value\":\"v\",\"scopes\":[\"workers\"]}]",
        "[{\"name\":\"A\",\"value\":1,\"scopes\":[\"workers\"]}]",
        "[{\"name\":\"A\",\"value\":\"v\",\"scopes\":[1]}]",
        "[{\"name\":\"A\",\"value\":\"v\",\"scopes\":{}}]",
        "[{\"name\":\"A\",\"name\":\"B\",\"value\":\"v\",\"scopes\":[\"workers\"]}]",
        "[{\"name\":\"A\",\"value\":\"v\",\"scopes\":[\"workers\"]}] x",
        deep.as_str(),
    ] {
        let refused = asker.send("POST", &secrets, Some(body.into())).await;
        refused.is_error(400, 1001, "invalid_json_body");
    }
    let invalid = b"[{\"name\":\"A\",\"value\":\"\xff\",\"scopes\":[\"workers\"]}]";
    let refused = asker.send("POST", &secrets, Some(invalid.to_vec())).await;
    refused.is_error(400, 1001, "invalid_json_body");
    for (method, path) in [
        ("POST", format!("{account}/stores")),
        ("DELETE", secrets.clone()),
    ] {
        let refused = asker.send(method, &path, None).await;
        refused.is_error(400, 1001, "invalid_json_body");
    }
    let large = vec![b' '; 10_000_000];
    let refused = asker.send("POST", &secrets, Some(large)).await;
    refused.is_error(413, 1001, "request_body_too_large");
}

/// The store is looked for before the body, and before the secret.
#[tokio::test]
async fn what_is_not_there_is_said_in_the_order_of_the_path() {
    let asker = Asker::new("rest-order").await;
    let store = asker.store("main").await;
    let uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    for (method, path, message) in [
        ("GET", "/stores/x".to_owned(), "store_not_found"),
        ("GET", format!("/stores/{uuid}"), "store_not_found"),
        (
            "GET",
            format!("/stores/{}", store.to_uppercase()),
            "store_not_found",
        ),
        ("DELETE", "/stores/x".to_owned(), "store_not_found"),
        ("GET", "/stores/x/secrets".to_owned(), "store_not_found"),
        ("POST", "/stores/x/secrets".to_owned(), "store_not_found"),
        ("DELETE", "/stores/x/secrets".to_owned(), "store_not_found"),
        ("GET", "/stores/x/secrets/y".to_owned(), "store_not_found"),
        (
            "POST",
            "/stores/x/secrets/y/duplicate".to_owned(),
            "store_not_found",
        ),
        (
            "GET",
            format!("/stores/{store}/secrets/y"),
            "secret_not_found",
        ),
        (
            "GET",
            format!("/stores/{store}/secrets/..%2F..%2Fetc"),
            "secret_not_found",
        ),
        (
            "PATCH",
            format!("/stores/{store}/secrets/{uuid}"),
            "secret_not_found",
        ),
        (
            "DELETE",
            format!("/stores/{store}/secrets/y"),
            "secret_not_found",
        ),
        (
            "POST",
            format!("/stores/{store}/secrets/y/duplicate"),
            "secret_not_found",
        ),
    ] {
        let refused = asker.ask(method, &path, None).await;
        refused.is_error(404, 1001, message);
    }
}

/// A secret is found in its own store only.
#[tokio::test]
async fn in_another_store_a_secret_is_not_there() {
    let asker = Asker::new("rest-foreign").await;
    let (one, two) = (asker.store("one").await, asker.store("two").await);
    let secret = asker.secret(&one, "KEY", "v").await;
    for method in ["GET", "PATCH", "DELETE"] {
        let path = format!("/stores/{two}/secrets/{secret}");
        let refused = asker.ask(method, &path, Some(json!({}))).await;
        refused.is_error(404, 1001, "secret_not_found");
    }
    // And its name is free there.
    asker.secret(&two, "KEY", "v").await;
}

#[tokio::test]
async fn names_are_not_given_twice() {
    let asker = Asker::new("rest-taken").await;
    let store = asker.store("main").await;
    asker.secret(&store, "KEY", "v").await;
    let refused = asker
        .ask("POST", "/stores", Some(json!({ "name": "main" })))
        .await;
    refused.is_error(400, 1003, "store_name_already_exists: main");
    assert_eq!(refused.headers["x-should-retry"], "false");
    let refused = asker
        .ask(
            "POST",
            &format!("/stores/{store}/secrets"),
            Some(with("name", json!("KEY"))),
        )
        .await;
    refused.is_error(400, 1003, "secret_name_already_exists: KEY");
    assert_eq!(refused.headers["x-should-retry"], "false");
    // Another name that would lead to the same object.
    asker.secret(&store, "key", "v").await;
    for (body, message) in [
        (json!({ "name": "" }), "store_name_empty"),
        (json!({}), "store_name_empty"),
        (json!({ "name": "n".repeat(256) }), "store_name_too_long"),
    ] {
        let refused = asker.ask("POST", "/stores", Some(body)).await;
        refused.is_error(400, 1001, message);
    }
}

#[tokio::test]
async fn an_account_that_is_none_and_a_path_that_leads_nowhere() {
    let asker = Asker::new("rest-route").await;
    for (method, path, status) in [
        ("GET", "/accounts/not_an_account/secrets_store/stores", 400),
        ("GET", "/accounts/a%20b/secrets_store/stores", 400),
        ("GET", "/nothing", 404),
        ("GET", "/accounts/x/other", 404),
    ] {
        let refused = asker.send(method, path, None).await;
        let message = format!(
            "Could not route to /client/v4{path}, perhaps your object identifier is invalid?"
        );
        let expected = json!({
            "success": false,
            "errors": [
                { "code": 7003, "message": message },
                { "code": 7000, "message": "No route for that URI" },
            ],
            "messages": [],
            "result": null,
        });
        assert_eq!((refused.status, refused.body), (status, expected), "{path}");
    }
    let refused = asker.ask("GET", "/stores/", None).await;
    refused.is_error(404, 1000, "not found");
    let refused = asker.ask("PUT", "/stores", Some(json!({}))).await;
    refused.is_error(405, 7001, "Method not available for that URI");
}
