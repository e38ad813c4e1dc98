//! The REST interfaces: values come in clear, and are sealed before the API server sees them.

mod wrongly;

use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::Client;
use serde_json::{Value as Json, json};
use xtask::probe;

use super::Proof;
use super::desk::Said;
use super::marks::Answer::Unsent;
use crate::facade::caller;

/// A caller of the proof's operator.
struct Rest<'a> {
    proof: &'a Proof,
    client: Client,
    token: String,
}

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    let operator = proof.isolated.operator.as_ref().unwrap();
    let rest = Rest {
        proof,
        client: probe::http(operator.facade_url()).unwrap(),
        token: caller::account(&proof.ns, "app", &caller::ALL).await,
    };
    let mut stores = Vec::new();
    for (store, spec) in [("rest", "{}"), ("rest-delivered", "{ defaultTarget: {} }")] {
        proof.ns.store(store, spec).await;
        let (_, said) = rest.ask(Method::GET, "?order=name", "").await;
        let all = said["result"].as_array().unwrap();
        let id = all.iter().find(|it| it["name"] == store).unwrap()["id"].clone();
        stores.push(format!("/{}/secrets", id.as_str().unwrap()));
    }
    for (secrets, target) in [(&stores[0], false), (&stores[1], true)] {
        rightly(&rest, secrets, target).await;
    }
    wrongly::all(&rest, &stores[0]).await;
}

async fn rightly(rest: &Rest<'_>, secrets: &str, target: bool) {
    let (object, copy) = (
        rest.object(secrets, "KEY").await,
        rest.object(secrets, "COPY").await,
    );
    let homes = [object.as_str(), &copy];
    let mark = |way, homes: &[&str]| {
        let homes = if target { homes } else { &[] };
        rest.proof.mark_for(way, homes, Unsent)
    };
    let value = mark("REST create", &homes[..1]);
    let id = rest.does(Method::POST, secrets, &new("KEY", &value)).await["result"][0]["id"].clone();
    rest.proof.ns.ready(&object).await;
    let one = format!("{secrets}/{}", id.as_str().unwrap());
    let value = mark("REST change, and duplicate", &homes);
    let change = json!({ "value": value, "comment": "changed" }).to_string();
    rest.does(Method::PATCH, &one, &change).await;
    rest.proof.ns.ready(&object).await;
    let body = json!({ "name": "COPY", "scopes": ["workers"] }).to_string();
    rest.does(Method::POST, &format!("{one}/duplicate"), &body)
        .await;
    rest.proof.ns.ready(&copy).await;
    rest.does(Method::GET, &one, "").await;
    rest.does(
        Method::GET,
        &format!("{secrets}?search=changed&scopes=workers"),
        "",
    )
    .await;
}

fn new(name: &str, value: &str) -> String {
    json!([{ "name": name, "value": value, "scopes": ["workers"] }]).to_string()
}

impl Rest<'_> {
    /// What the object is called that comes to be for a secret of this name: it is made, and deleted again.
    async fn object(&self, secrets: &str, name: &str) -> String {
        let made = self.does(Method::POST, secrets, &new(name, "first")).await;
        let id = made["result"][0]["id"].as_str().unwrap();
        let label = format!("coffer.dev/id={id}");
        let get = [
            "get",
            "csec",
            "-l",
            &label,
            "-o",
            "jsonpath={.items[0].metadata.name}",
        ];
        let object = self.proof.ns.kubectl(&get, "").await;
        self.does(Method::DELETE, &format!("{secrets}/{id}"), "")
            .await;
        self.proof.ns.native_gone(&object).await;
        object
    }

    /// What has to succeed; the answer.
    async fn does(&self, method: Method, path: &str, body: &str) -> Json {
        let (status, said) = self.ask(method.clone(), path, body).await;
        assert!(status < 300, "{method} {path}: {said}");
        said
    }

    /// The status and the answer.
    async fn ask(&self, method: Method, path: &str, body: &str) -> (u16, Json) {
        let uri = format!(
            "/client/v4/accounts/{}/secrets_store/stores{path}",
            self.proof.ns.name
        );
        let request = Request::builder()
            .method(&method)
            .uri(&uri)
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.as_bytes().to_vec().into())
            .unwrap();
        let answer = self.client.send(request).await.unwrap();
        let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
        let body_said = answer.into_body().collect().await.unwrap().to_bytes();
        self.proof.noted(Said {
            command: format!("REST {method}"),
            success: status.is_success(),
            stdout: body_said.to_vec(),
            stderr: headers.into_bytes(),
            typed: uri.into_bytes(),
            stdin: body.as_bytes().to_vec(),
            environment: Vec::new(),
            shown: Vec::new(),
        });
        (status.as_u16(), serde_json::from_slice(&body_said).unwrap())
    }
}
