//! Values in requests that are refused, and where none belongs.

use axum::http::Method;
use serde_json::json;

use super::{Rest, Unsent, new};

pub(super) async fn all(rest: &Rest<'_>, secrets: &str) {
    let one = rest
        .does(Method::GET, &format!("{secrets}?search=KEY"), "")
        .await;
    let one = format!("{secrets}/{}", one["result"][0]["id"].as_str().unwrap());
    let mark = |way: &str| rest.proof.mark(way, Unsent);
    let with = |way: &str, body: &str| body.replace("VALUE", &mark(way));
    for (way, status, body) in [
        ("a name that is taken", 400, new("KEY", "VALUE")),
        ("no name", 400, new("", "VALUE")),
        (
            "an unknown scope",
            400,
            new("n", "VALUE").replace("workers", "none"),
        ),
        (
            "a value that is too long",
            400,
            new("n", &"VALUE".repeat(2_000)),
        ),
        (
            "a body that is too long",
            413,
            new("n", &"VALUE".repeat(60_000)),
        ),
        (
            "no list",
            400,
            json!({ "name": "n", "value": "VALUE" }).to_string(),
        ),
        (
            "values alone",
            400,
            json!([["n", "VALUE", ["workers"]]]).to_string(),
        ),
        (
            "a value of another type",
            400,
            r#"[{"name":"n","value":{"VALUE":1}}]"#.to_owned(),
        ),
        ("no JSON", 400, r#"[{"name":"n","value":"VALUE"#.to_owned()),
        ("no text", 400, "name=n&value=VALUE".to_owned()),
    ] {
        let (said, _) = rest.ask(Method::POST, secrets, &with(way, &body)).await;
        assert_eq!(said, status, "{way}");
    }
    for (way, method, path, status) in [
        ("a change with unknown scopes", Method::PATCH, &one, 400),
        (
            "a change of nothing",
            Method::PATCH,
            &format!("{secrets}/none"),
            404,
        ),
        ("a method that is not there", Method::PUT, &one, 405),
        (
            "a path that is not there",
            Method::POST,
            &format!("{one}/value"),
            404,
        ),
        (
            "a store that is not there",
            Method::POST,
            &"/none/secrets".to_owned(),
            404,
        ),
    ] {
        let body = with(way, r#"{"value":"VALUE","scopes":["none"]}"#);
        assert_eq!(rest.ask(method, path, &body).await.0, status, "{way}");
    }
    let search = format!("{secrets}?search={}", mark("in a query"));
    rest.does(Method::GET, &search, "").await;
    let stranger = Rest {
        token: "no-such-token".to_owned(),
        client: rest.client.clone(),
        ..*rest
    };
    let body = new("n", &mark("a token that is none"));
    assert_eq!(stranger.ask(Method::POST, secrets, &body).await.0, 403);
}
