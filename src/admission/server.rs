//! HTTPS for the API server, with limits: it does not say who it is, so anyone who reaches the port may
//! ask. The path is not known to many, but no secret: the API server prints it where a call fails. So what is
//! asked is not taken on trust: values are compared only with what is really stored.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use hyper_util::rt::TokioTimer;
use kube::Resource;
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::door::Door;

use super::presence::Presence;
use super::review::{self, Read, Request, Verdict};
use super::{advise, keep, scrub, seal, settle};
use crate::api::SecretStore;
use crate::limited::Limited;

/// How long a client may take for the handshake, and for the body of a request.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most that is read of a review: two objects of the API server's own limit of 1.5 MB (as etcd has
/// it) in JSON, and what is around them.
const REVIEW_BYTES: usize = 8 * 1024 * 1024;

/// Connections at once. An API server needs a handful, and each costs some 24 kB.
const CONNECTIONS: usize = 1000;

/// How long a connection may be idle. The API server closes its own after 90 s: if it came second, a review
/// that is just being sent would be lost, and a Secret refused.
const IDLE: Duration = Duration::from_mins(2);

/// How long reviews that are under way at the end may take.
const GRACE: Duration = Duration::from_secs(10);

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    door: Arc<Door>,
    presence: Presence,
}

/// Takes the port, so that a port in use is known before anything else starts.
///
/// # Errors
/// The address is in use, or not of this machine.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another --webhook-address"))
}

/// Serves until `shutdown`, with whatever certificate `presence` has at the time of a handshake; and for
/// `linger` after it, because it takes a moment until nobody is sent here any more.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    door: Arc<Door>,
    presence: Presence,
    linger: Duration,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    // Without a delay: an answer goes in two pieces, and the second would wait for the first one's
    // acknowledgement, which the other side holds back for 40 ms.
    let tls = RustlsAcceptor::new(presence.tls())
        .handshake_timeout(PATIENCE)
        .acceptor(NoDelayAcceptor);
    let acceptor = Limited::new(tls, CONNECTIONS);
    let router = Router::new()
        .route("/{token}/{webhook}/{kind}", post(answer))
        .with_state(Shared { door, presence });
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener.into_std()?)?
        .acceptor(acceptor)
        .handle(handle.clone())
        .http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE);
    let mut serving = std::pin::pin!(server.serve(router.into_make_service()));
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = async { shutdown.cancelled().await; sleep(linger).await } => {
            handle.graceful_shutdown(Some(GRACE));
        }
    }
    // Whoever only holds a connection does not hold up the end.
    timeout(2 * GRACE, serving).await.unwrap_or(Ok(()))?;
    Ok(())
}

async fn answer(
    State(Shared { door, presence }): State<Shared>,
    Path((token, webhook, kind)): Path<(String, String, String)>,
    body: Body,
) -> Response {
    let is_ours = presence.paths().iter().any(|known| {
        let known = known.token.as_bytes();
        bool::from(known.ct_eq(token.as_bytes()))
    });
    if !is_ours {
        door.metrics.strangers.inc();
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(Ok(body)) = timeout(PATIENCE, to_bytes(body, REVIEW_BYTES)).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let since = Instant::now();
    let (webhook, judged) = match (webhook.as_str(), kind.as_str()) {
        ("seal", "secrets") => ("seal", seal(&door, &body).await),
        ("keep", "secrets") => ("keep", keep(&door, &body).await),
        ("scrub", "secrets") => ("scrub", judged(&body, scrub::secret)),
        ("scrub", "secretstores") => ("scrub", judged(&body, scrub::store::<SecretStore>)),
        ("advise", "secrets") => ("advise", advise(&door, &body).await),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let Some((uid, verdict)) = judged else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    door.metrics.reviewed(webhook, verdict.result(), since);
    let answer = verdict.answer(&uid).to_string();
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

/// The UID of a review and the verdict; `None` for what is no review.
type Judged = Option<(String, Verdict)>;

async fn seal(door: &Door, body: &[u8]) -> Judged {
    match review::read(body) {
        Read::Typed(request) => {
            let mut verdict = seal::secret(door, &request).await;
            settle::owners(&request, &mut verdict);
            Some((request.uid, verdict))
        }
        Read::Mistyped(request) => {
            let verdict = seal::mistyped(&request);
            Some((request.uid, verdict))
        }
        Read::Nothing => None,
    }
}

async fn keep(door: &Door, body: &[u8]) -> Judged {
    match review::read(body) {
        Read::Typed(request) => {
            let mut verdict = keep::secret(door, &request).await;
            settle::owners(&request, &mut verdict);
            Some((request.uid, verdict))
        }
        // The schema refuses what does not read.
        Read::Mistyped(request) => Some((request.uid, Verdict::default())),
        Read::Nothing => None,
    }
}

async fn advise(door: &Door, body: &[u8]) -> Judged {
    match review::read(body) {
        Read::Typed(request) => {
            let verdict = advise::secret(door, &request).await;
            Some((request.uid, verdict))
        }
        // The schema refuses what does not read.
        Read::Mistyped(request) => Some((request.uid, Verdict::default())),
        Read::Nothing => None,
    }
}

fn judged<K>(body: &[u8], judge: impl FnOnce(&Request<K>) -> Verdict) -> Judged
where
    K: Resource + DeserializeOwned + Serialize,
{
    match review::read(body) {
        Read::Typed(request) => {
            let mut verdict = judge(&request);
            settle::owners(&request, &mut verdict);
            Some((request.uid, verdict))
        }
        // The schema refuses what does not read.
        Read::Mistyped(request) => Some((request.uid, Verdict::default())),
        Read::Nothing => None,
    }
}
