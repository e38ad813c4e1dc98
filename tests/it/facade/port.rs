//! What holds for every request.

use futures::future::join_all;

use super::{Asker, send};

#[tokio::test]
async fn every_answer_says_which_request_it_was() {
    let asker = Asker::new("rest-id").await;
    let answers = [
        asker.ask("GET", "/stores", None).await,
        asker.send("GET", "/nothing", None).await,
        asker.send("PUT", "/accounts", None).await,
    ];
    let ids = answers.map(|answer| answer.headers["x-request-id"].clone());
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}

/// A hundred a second, two hundred at once, for each caller.
#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let asker = Asker::new("rest-rate").await;
    let other = Asker::new("rest-calm").await;
    asker.ask("GET", "/quota", None).await.result();
    let refused = loop {
        let all = join_all((0..100).map(|_| asker.ask("GET", "/quota", None))).await;
        let refused = all.into_iter().find(|answer| answer.status != 200);
        if let Some(refused) = refused {
            break refused;
        }
    };
    let message = "Please wait and consider throttling your request speed";
    refused.is_error(429, 10429, message);
    assert_eq!(refused.headers["retry-after"], "1");
    other.ask("GET", "/quota", None).await.result();
}

/// No token is so long, and each connection would have it in memory.
#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let asker = Asker::new("rest-head").await;
    let large = "x".repeat(60_000);
    let answer = send(
        &asker.base,
        "GET",
        "/client/v4/user",
        &[("x-large", &large)],
        None,
    )
    .await;
    assert_eq!(answer.status, 431);
    asker.send("GET", "/user", None).await.result();
}
