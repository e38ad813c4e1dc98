//! What etcd keeps, without the API server between: every key in every revision, and a way to put one there.

use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures::{AsyncBufReadExt as _, StreamExt as _};
use kube::Client;
use serde_json::{Value as Json, json};
use xtask::probe;

/// One write, or one deletion (which has no value).
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) revision: u64,
    pub(crate) value: Vec<u8>,
}

/// From the first write to the last, by watching from the first on: etcd gives every revision that was
/// not compacted away, and says so where one was.
pub(crate) async fn history(url: &str) -> Vec<Record> {
    let client = probe::http(url).unwrap();
    let last = last_revision(&client).await;
    let all = json!({ "create_request": {
        "key": ALL, "range_end": ALL, "start_revision": "1",
    } });
    let stream = client.request_stream(post("/v3/watch", &all)).await;
    let mut lines = stream.unwrap().lines();
    let mut records = Vec::new();
    while records
        .last()
        .is_none_or(|record: &Record| record.revision < last)
    {
        let line = lines.next().await.unwrap().unwrap();
        let mut answer: Json = serde_json::from_str(&line).unwrap();
        let result = answer["result"].take();
        assert!(result.is_object(), "{line}");
        assert!(result["canceled"].is_null(), "compacted: {line}");
        let events = result["events"].as_array().into_iter().flatten();
        records.extend(events.map(record));
    }
    records
}

/// Writes what another API server once wrote, as it was.
pub(crate) async fn put(url: &str, key: &str, value: &[u8]) {
    let client = probe::http(url).unwrap();
    let [key, value] = [key.as_bytes(), value].map(|bytes| BASE64_STANDARD.encode(bytes));
    let put = post("/v3/kv/put", &json!({ "key": key, "value": value }));
    let answer: Json = client.request(put).await.unwrap();
    assert!(answer["header"]["revision"].is_string(), "{answer}");
}

/// In base64 the key that means all keys, at both ends of a range.
const ALL: &str = "AA==";

async fn last_revision(client: &Client) -> u64 {
    let none = json!({ "key": ALL, "range_end": ALL, "limit": "1", "keys_only": true });
    let answer: Json = client.request(post("/v3/kv/range", &none)).await.unwrap();
    number(&answer["header"]["revision"])
}

fn post(path: &str, body: &Json) -> Request<Vec<u8>> {
    Request::post(path)
        .body(body.to_string().into_bytes())
        .unwrap()
}

fn record(event: &Json) -> Record {
    let kv = &event["kv"];
    let bytes = |field: &str| {
        let text = kv[field].as_str().unwrap_or_default();
        BASE64_STANDARD.decode(text).unwrap()
    };
    Record {
        key: String::from_utf8(bytes("key")).unwrap(),
        revision: number(&kv["mod_revision"]),
        value: bytes("value"),
    }
}

/// The gateway writes numbers of 64 bits as texts.
fn number(json: &Json) -> u64 {
    json.as_str().unwrap().parse().unwrap()
}
