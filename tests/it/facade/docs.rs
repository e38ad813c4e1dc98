//! The `OpenAPI` document, and the page to read it.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;

use crate::support::told;

async fn get(path: &str) -> (u16, String) {
    let base = told("COFFER_TEST_FACADE");
    let request = Request::get(format!("{}{path}", base.display()))
        .body(Body::empty())
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn the_document_that_is_served_is_the_one_in_the_repository() {
    let (status, served) = get("/openapi.json").await;
    assert_eq!(status, 200);
    let served: Json = serde_json::from_str(&served).unwrap();
    let kept = include_str!("../../../docs/facade/openapi.json");
    assert_eq!(served, serde_json::from_str::<Json>(kept).unwrap());
}

#[tokio::test]
async fn the_page_is_served_with_all_that_it_needs() {
    let (status, page) = get("/docs/").await;
    assert_eq!(status, 200);
    let parts = page.split(['"', '\'']);
    let assets: Vec<_> = parts
        .filter(|part| matches!(part.rsplit('.').next(), Some("js" | "css")))
        .collect();
    assert!(assets.len() >= 3, "{page}");
    for asset in assets {
        assert!(!asset.contains("//"), "{asset}");
        let asset = asset.strip_prefix("./").unwrap_or(asset);
        let (status, _) = get(&format!("/docs/{asset}")).await;
        assert_eq!(status, 200, "{asset}");
    }
    let (_, settings) = get("/docs/swagger-initializer.js").await;
    assert!(
        settings.contains("/openapi.json") && !settings.contains("http"),
        "{settings}"
    );
}
