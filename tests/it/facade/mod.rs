//! The REST interfaces, asked over HTTP with tokens of service accounts.

mod access;
pub(crate) mod caller;
mod catalogue;
mod concurrency;
mod docs;
mod port;
mod python;
mod secrets;
mod stores;
mod tls;
mod values;
mod wrangler;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use coffer::api::Secret;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Namespace, eventually, told};

/// What a service account needs to do everything with Coffer's kinds.
const EVERYTHING: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: coffer }
rules:
  - apiGroups: [coffer.dev]
    resources: [secrets, secretstores]
    verbs: ['*']
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: coffer }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: coffer }
subjects: [{ kind: ServiceAccount, name: app }]
";

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Json,
}

impl Answer {
    /// What is in it, of success.
    #[track_caller]
    fn result(&self) -> &Json {
        assert_eq!(self.status / 100, 2, "{self:?}");
        assert_eq!(self.body["success"], true, "{self:?}");
        assert_eq!(self.body["errors"], json!([]), "{self:?}");
        &self.body["result"]
    }

    /// That it is this error, and nothing else.
    #[track_caller]
    fn is_error(&self, status: u16, code: u32, message: &str) {
        let expected = json!({
            "success": false,
            "errors": [{ "code": code, "message": message }],
            "messages": [],
            "result": null,
        });
        assert_eq!(
            (self.status, &self.body),
            (status, &expected),
            "{:?}",
            self.headers
        );
    }
}

/// Who asks: a service account of a namespace, by a token.
struct Asker {
    ns: Namespace,
    base: String,
    token: String,
}

impl Asker {
    /// Who may do everything with Coffer's kinds in a new namespace.
    async fn new(prefix: &str) -> Self {
        let ns = Namespace::create(Cluster::shared().await, prefix).await;
        ns.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: app }\n")
            .await;
        ns.apply(EVERYTHING).await;
        let token = token(&ns, "app", "coffer").await;
        let base = told("COFFER_TEST_FACADE");
        let asker = Self {
            base: base.to_string_lossy().into_owned(),
            ns,
            token,
        };
        // The operator hears of a new namespace by its watch.
        eventually("the account is known", async || {
            let answer = asker.ask("GET", "/stores", None).await;
            if answer.status == 200 {
                Ok(())
            } else {
                Err(answer.body.to_string())
            }
        })
        .await;
        asker
    }

    /// The same namespace, and another token.
    fn with_token(self, token: String) -> Self {
        Self { token, ..self }
    }

    /// A request of the Cloudflare interface, below the account.
    async fn ask(&self, method: &str, path: &str, body: Option<Json>) -> Answer {
        let path = format!("/accounts/{}/secrets_store{path}", self.ns.name);
        let body = body.map(|body| body.to_string().into_bytes());
        self.send(method, &path, body).await
    }

    /// A request of the Cloudflare interface, with whatever body.
    async fn send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        send(
            &self.base,
            method,
            &format!("/client/v4{path}"),
            &[("authorization", &bearer)],
            body,
        )
        .await
    }

    /// The UID of the namespace.
    async fn uid(&self) -> String {
        let namespace = self.ns.namespaces().get(&self.ns.name).await.unwrap();
        namespace.metadata.uid.unwrap()
    }

    /// Has the secrets of a store, named by its manifest, delivered in the namespace.
    async fn deliver(&self, store: &str) {
        let patch = json!({ "spec": { "defaultTarget": {} } });
        let params = PatchParams::default();
        let stores = self.ns.stores();
        stores
            .patch(store, &params, &Patch::Merge(patch))
            .await
            .unwrap();
    }

    /// What is stored of the secret with this name on the interface.
    async fn object(&self, name: &str) -> Secret {
        let all = self
            .ns
            .secrets()
            .list(&ListParams::default())
            .await
            .unwrap();
        let is_it = |secret: &Secret| secret.spec.name.as_deref() == Some(name);
        let mut found = all.items.into_iter().filter(is_it);
        let object = found.next().unwrap();
        assert!(found.next().is_none());
        object
    }

    /// Waits until what is at a path is active.
    async fn until_active(&self, path: &str) {
        eventually(&format!("{path} is active"), async || {
            let shown = self.ask("GET", path, None).await;
            match &shown.result()["status"] {
                status if *status == json!("active") => Ok(()),
                status => Err(status.to_string()),
            }
        })
        .await;
    }

    /// A new store; returns its identifier.
    async fn store(&self, name: &str) -> String {
        let made = self
            .ask("POST", "/stores", Some(json!({ "name": name })))
            .await;
        text(&made.result()["id"])
    }

    /// A new secret in a store; returns its identifier.
    async fn secret(&self, store: &str, name: &str, value: &str) -> String {
        let body = json!([{ "name": name, "value": value, "scopes": ["workers"] }]);
        let made = self
            .ask("POST", &format!("/stores/{store}/secrets"), Some(body))
            .await;
        text(&made.result()[0]["id"])
    }
}

/// A token of a service account, for an audience.
async fn token(ns: &Namespace, account: &str, audience: &str) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(ns.cluster.client.clone(), &ns.name);
    let request = TokenRequest {
        spec: Some(TokenRequestSpec {
            audiences: Some(vec![audience.to_owned()]),
            ..TokenRequestSpec::default()
        }),
        ..TokenRequest::default()
    };
    let made = accounts
        .create_token_request(account, &PostParams::default(), &request)
        .await
        .unwrap();
    made.status.unwrap().token.unwrap()
}

/// A request as it is; the body of the answer is read as JSON.
async fn send(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Vec<u8>>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{base}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(body.map_or_else(Body::empty, Body::from))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: serde_json::from_slice(&body).unwrap_or(Json::Null),
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

/// The names in a list.
fn names(list: &Json) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap()).collect()
}
