//! One Lease behind an API server that can be slow, silent or broken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Response, StatusCode};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::Client;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// What becomes of one request, on its way there and on its way back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    pub(super) there: Duration,
    pub(super) back: Duration,
    pub(super) lost_on_the_way_there: bool,
    pub(super) lost_on_the_way_back: bool,
    pub(super) unavailable: bool,
}

impl Fate {
    pub(super) const SILENCE: Self = Self {
        there: Duration::ZERO,
        back: Duration::ZERO,
        lost_on_the_way_there: true,
        lost_on_the_way_back: false,
        unavailable: false,
    };
}

/// The network between one candidate and the API server: a fate for each request.
pub(super) type Network = Arc<dyn Fn() -> Fate + Send + Sync>;

#[derive(Clone, Debug, Default)]
pub(super) struct Api(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    lease: Option<Lease>,
    version: u64,
    /// When, what, and as whom.
    requests: Vec<(Instant, Method, &'static str)>,
    /// Requests that a client gave up are carried out nevertheless.
    on_their_way: JoinSet<()>,
}

impl Api {
    /// A client called `who`, behind `network`.
    pub(super) fn client(&self, who: &'static str, network: Network) -> Client {
        let api = self.clone();
        let handler = move |method: Method, body: Bytes| {
            let answered = api.carry(who, network(), method, body);
            async move { answered.await.unwrap() }
        };
        Client::new(Router::new().fallback(handler), "coffer-system")
    }

    /// Sends a request on its way: it goes on without its client.
    fn carry(
        &self,
        who: &'static str,
        fate: Fate,
        method: Method,
        body: Bytes,
    ) -> oneshot::Receiver<Response<Body>> {
        let (answer, answered) = oneshot::channel();
        let server = self.clone();
        let request = async move {
            sleep(fate.there).await;
            if fate.lost_on_the_way_there {
                std::future::pending::<()>().await;
            }
            let reply = if fate.unavailable {
                status(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")
            } else {
                server.serve(who, &method, &body)
            };
            sleep(fate.back).await;
            if fate.lost_on_the_way_back {
                std::future::pending::<()>().await;
            }
            let _ = answer.send(reply);
        };
        let mut state = self.0.lock().unwrap();
        while state.on_their_way.try_join_next().is_some() {}
        state.on_their_way.spawn(request);
        answered
    }

    /// A client that always gets through.
    pub(super) fn good_client(&self, who: &'static str) -> Client {
        self.client(who, Arc::new(Fate::default))
    }

    fn serve(&self, who: &'static str, method: &Method, body: &[u8]) -> Response<Body> {
        let mut state = self.0.lock().unwrap();
        state.requests.push((Instant::now(), method.clone(), who));
        let sent = (*method != Method::GET).then(|| serde_json::from_slice::<Lease>(body).unwrap());
        let sent_version = sent
            .as_ref()
            .and_then(|it| it.metadata.resource_version.clone());
        let version = state
            .lease
            .as_ref()
            .and_then(|it| it.metadata.resource_version.clone());
        match (method.as_str(), sent) {
            ("GET", _) if version.is_some() => {}
            ("POST", Some(_)) if version.is_some() => {
                return status(StatusCode::CONFLICT, "AlreadyExists");
            }
            ("PUT", Some(_)) if version.is_none() => {
                return status(StatusCode::NOT_FOUND, "NotFound");
            }
            ("PUT", Some(_)) if sent_version.is_none() => {
                return status(StatusCode::UNPROCESSABLE_ENTITY, "Invalid");
            }
            ("PUT", Some(_)) if sent_version != version => {
                return status(StatusCode::CONFLICT, "Conflict");
            }
            ("POST" | "PUT", Some(lease)) => state.put(lease),
            _ => return status(StatusCode::NOT_FOUND, "NotFound"),
        }
        json_body(StatusCode::OK, &serde_json::to_value(&state.lease).unwrap())
    }

    /// The record, as it is stored.
    pub(super) fn spec(&self) -> LeaseSpec {
        self.0
            .lock()
            .unwrap()
            .lease
            .clone()
            .unwrap()
            .spec
            .unwrap_or_default()
    }

    pub(super) fn holder(&self) -> Option<String> {
        self.spec().holder_identity
    }

    /// What someone else writes.
    pub(super) fn write(&self, spec: &serde_json::Value) {
        let lease = json!({ "metadata": { "name": "coffer" }, "spec": spec });
        self.0
            .lock()
            .unwrap()
            .put(serde_json::from_value(lease).unwrap());
    }

    /// What someone else writes that is no change of the record.
    pub(super) fn label(&self) {
        let mut state = self.0.lock().unwrap();
        let lease = state.lease.clone().unwrap();
        state.put(lease);
    }

    pub(super) fn delete(&self) {
        self.0.lock().unwrap().lease = None;
    }

    /// When `who` did it.
    pub(super) fn times(&self, who: &str, method: &Method) -> Vec<Instant> {
        let state = self.0.lock().unwrap();
        let matching = state
            .requests
            .iter()
            .filter(|(_, it, by)| it == method && *by == who);
        matching.map(|(at, ..)| *at).collect()
    }
}

impl State {
    fn put(&mut self, mut lease: Lease) {
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        self.lease = Some(lease);
    }
}

fn status(code: StatusCode, reason: &str) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "message": "no", "reason": reason, "code": code.as_u16(),
    });
    json_body(code, &status)
}

fn json_body(code: StatusCode, value: &serde_json::Value) -> Response<Body> {
    Response::builder()
        .status(code)
        .body(Body::from(value.to_string()))
        .unwrap()
}
