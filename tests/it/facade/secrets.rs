//! Secrets of a store.

use kube::ResourceExt as _;
use serde_json::{Value as Json, json};

use super::{Asker, names, text};
use crate::support::eventually;

#[tokio::test]
async fn a_secret_is_made_delivered_changed_and_deleted() {
    let asker = Asker::new("rest-secret").await;
    let store = asker.store("main").await;
    asker.deliver("main").await;
    let body = json!([{ "name": "API_KEY", "value": "first", "scopes": ["workers", "access", "workers"], "comment": "hello" }]);
    let made = asker
        .ask("POST", &format!("/stores/{store}/secrets"), Some(body))
        .await;
    let secret = made.result()[0].clone();
    let fields: Vec<_> = secret
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "comment", "created", "id", "modified", "name", "scopes", "status", "store_id",
    ];
    assert_eq!(fields, expected, "and no value");
    assert_eq!(secret["scopes"], json!(["access", "workers"]));
    assert_eq!(
        (&secret["comment"], &secret["store_id"]),
        (&json!("hello"), &json!(store))
    );
    let path = format!("/stores/{store}/secrets/{}", text(&secret["id"]));
    asker.until_active(&path).await;
    let object = asker.object("API_KEY").await;
    assert_eq!(object.spec.name.as_deref(), Some("API_KEY"));
    let requester = &object.annotations()["coffer.dev/requested-by"];
    assert_eq!(
        *requester,
        format!("system:serviceaccount:{}:app", asker.ns.name)
    );
    let envelope = object.spec.data["value"].value.as_ref().unwrap();
    assert!(envelope.expose().starts_with("coffer.v1."));
    assert_eq!(asker.ns.bytes(&object.name_any(), "value").await, b"first");

    let changes = json!({ "value": "second", "comment": null, "scopes": ["dex"] });
    let now = asker.ask("PATCH", &path, Some(changes)).await;
    assert_eq!(now.result()["comment"], Json::Null);
    assert_eq!(now.result()["scopes"], json!(["dex"]));
    asker.until_active(&path).await;
    assert_eq!(asker.ns.bytes(&object.name_any(), "value").await, b"second");

    let deleted = asker.ask("DELETE", &path, None).await;
    assert_eq!((deleted.status, deleted.result()), (202, &Json::Null));
    let gone = asker.ask("GET", &path, None).await;
    gone.is_error(404, 1001, "secret_not_found");
}

#[tokio::test]
async fn only_the_fields_that_are_given_change() {
    let asker = Asker::new("rest-patch").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let body = json!([{ "name": "A", "value": "v", "scopes": "workers, dex", "comment": "c" }]);
    let made = asker.ask("POST", &secrets, Some(body)).await;
    let path = format!("{secrets}/{}", text(&made.result()[0]["id"]));
    for (changes, comment, scopes) in [
        (json!({}), json!("c"), json!(["dex", "workers"])),
        (
            json!({ "name": "B", "other": 1 }),
            json!("c"),
            json!(["dex", "workers"]),
        ),
        (
            json!({ "comment": "d" }),
            json!("d"),
            json!(["dex", "workers"]),
        ),
        (
            json!({ "scopes": ["access"] }),
            json!("d"),
            json!(["access"]),
        ),
        (json!({ "comment": "" }), json!(null), json!(["access"])),
        (json!({ "value": "w" }), json!(null), json!(["access"])),
    ] {
        let now = asker.ask("PATCH", &path, Some(changes.clone())).await;
        let now = now.result();
        assert_eq!(
            (&now["comment"], &now["scopes"]),
            (&comment, &scopes),
            "{changes}"
        );
        assert_eq!(now["name"], "A", "{changes}");
    }
}

#[tokio::test]
async fn several_are_made_in_the_order_of_the_request_or_none() {
    let asker = Asker::new("rest-several").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let new = |name: &str| json!({ "name": name, "value": "v", "scopes": ["workers"] });
    let all: Vec<_> = ["C", "A", "B"].map(new).into();
    let made = asker.ask("POST", &secrets, Some(json!(all))).await;
    assert_eq!(names(made.result()), ["C", "A", "B"]);
    let listed = asker.ask("GET", &secrets, None).await;
    assert_eq!(names(listed.result()), ["B", "A", "C"], "the last first");
    for (wrong, code, message) in [
        (
            json!([new("D"), new("A")]),
            1003,
            "secret_name_already_exists: A",
        ),
        (
            json!([new("D"), new("D")]),
            1003,
            "secret_name_already_exists: D",
        ),
        (json!([new("D"), new("")]), 1001, "secret_name_empty"),
    ] {
        let refused = asker.ask("POST", &secrets, Some(wrong)).await;
        refused.is_error(400, code, message);
    }
    let listed = asker.ask("GET", &secrets, None).await;
    assert_eq!(names(listed.result()).len(), 3);
}

#[tokio::test]
async fn secrets_are_found_by_what_is_asked_for() {
    let asker = Asker::new("rest-search").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let all = json!([
        { "name": "DB_URL", "value": "v", "scopes": ["workers"], "comment": "of Postgres" },
        { "name": "API", "value": "v", "scopes": ["workers", "dex"] },
        { "name": "postgres", "value": "v", "scopes": ["access"], "comment": "x" },
    ]);
    asker.ask("POST", &secrets, Some(all)).await.result();
    for (query, expected) in [
        ("search=POSTGRES", vec!["postgres", "DB_URL"]),
        ("search=db_", vec!["DB_URL"]),
        ("search=nothing", vec![]),
        ("scopes=dex", vec!["API"]),
        ("scopes=dex&scopes=access", vec!["postgres", "API"]),
        ("scopes=dex,access&search=p", vec!["postgres", "API"]),
        ("scopes%5B%5D=unknown", vec![]),
        (
            "order=name&direction=asc",
            vec!["API", "DB_URL", "postgres"],
        ),
        (
            "order=comment&direction=asc",
            vec!["API", "DB_URL", "postgres"],
        ),
        (
            "order=status&direction=asc&per_page=2&page=2&search=",
            vec!["postgres"],
        ),
    ] {
        let listed = asker.ask("GET", &format!("{secrets}?{query}"), None).await;
        let mut found = names(listed.result());
        if query.starts_with("order=status") {
            // All are of one state by and by; which are on which page is not what is looked at.
            assert_eq!(found.len(), 1, "{query}");
            found = expected.clone();
        }
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn a_copy_has_the_value_and_nothing_else() {
    let asker = Asker::new("rest-copy").await;
    let store = asker.store("main").await;
    asker.deliver("main").await;
    let body = json!([{ "name": "A", "value": "shared", "scopes": ["workers"], "comment": "c" }]);
    let made = asker
        .ask("POST", &format!("/stores/{store}/secrets"), Some(body))
        .await;
    let path = format!("/stores/{store}/secrets/{}", text(&made.result()[0]["id"]));
    let copy = asker
        .ask(
            "POST",
            &format!("{path}/duplicate"),
            Some(json!({ "name": "B", "scopes": ["dex"] })),
        )
        .await;
    let copy = copy.result();
    assert_eq!(
        (&copy["name"], &copy["comment"]),
        (&json!("B"), &Json::Null)
    );
    assert_ne!(copy["id"], made.result()[0]["id"]);
    let copied = format!("/stores/{store}/secrets/{}", text(&copy["id"]));
    asker.until_active(&copied).await;
    let object = asker.object("B").await;
    assert_eq!(asker.ns.bytes(&object.name_any(), "value").await, b"shared");
    let taken = asker
        .ask(
            "POST",
            &format!("{path}/duplicate"),
            Some(json!({ "name": "B", "scopes": ["dex"] })),
        )
        .await;
    taken.is_error(400, 1003, "secret_name_already_exists: B");
}

/// None goes, unless all are there.
#[tokio::test]
async fn several_are_deleted_at_once() {
    let asker = Asker::new("rest-bulk").await;
    let store = asker.store("main").await;
    let secrets = format!("/stores/{store}/secrets");
    let (a, b) = (
        asker.secret(&store, "A", "v").await,
        asker.secret(&store, "B", "v").await,
    );
    asker.secret(&store, "C", "v").await;
    let refused = asker
        .ask("DELETE", &secrets, Some(json!({ "ids": [a, "nobody"] })))
        .await;
    refused.is_error(404, 1001, "secret_not_found");
    let deleted = asker
        .ask("DELETE", &secrets, Some(json!({ "ids": [a, b, a] })))
        .await;
    assert_eq!((deleted.status, deleted.result()), (202, &Json::Null));
    let listed = asker.ask("GET", &secrets, None).await;
    assert_eq!(names(listed.result()), ["C"]);
}

/// What another manifest says is shown as well; what is in it is not for a value without a name.
#[tokio::test]
async fn what_kubectl_made_is_there_as_well() {
    let asker = Asker::new("rest-kubectl").await;
    let store = asker.store("main").await;
    asker
        .ns
        .apply("apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: { name: made }\nspec:\n  storeRef: { name: main }\n  data: { user: { value: u }, password: { value: p } }\n")
        .await;
    let secrets = format!("/stores/{store}/secrets");
    let listed = eventually("it is listed", async || {
        let listed = asker.ask("GET", &secrets, None).await;
        if names(listed.result()).is_empty() {
            Err("it is not")
        } else {
            Ok(listed)
        }
    })
    .await;
    let made = &listed.result()[0];
    assert_eq!(
        (&made["name"], &made["scopes"]),
        (&json!("made"), &json!([]))
    );
    let path = format!("{secrets}/{}", text(&made["id"]));
    let refused = asker
        .ask("PATCH", &path, Some(json!({ "value": "v" })))
        .await;
    let why = "secret_value_invalid: cannot be changed here: the secret has other keys than `value`, change it with kubectl";
    refused.is_error(400, 1001, why);
    let taken = json!([{ "name": "made", "value": "v", "scopes": ["workers"] }]);
    let refused = asker.ask("POST", &secrets, Some(taken)).await;
    refused.is_error(400, 1003, "secret_name_already_exists: made");
}
