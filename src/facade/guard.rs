//! Around every request: an identifier for it, a line in the log, and the limits that hold for all.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use super::server::Limits;
use super::trouble::Trouble;
use super::{cloudflare, signed::Who};

/// Says which request it was, in every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What holds for all requests together.
#[derive(Debug)]
pub(super) struct Guard {
    limits: Limits,
    places: Semaphore,
}

impl Guard {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            places: Semaphore::new(limits.at_once.get().into()),
        }
    }
}

/// Lets a request through, if there is a place for it, and ends it when it takes too long.
pub(super) async fn around(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let since = Instant::now();
    let (id, who) = (Uuid::now_v7(), Who::default());
    request.extensions_mut().insert(who.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = match guard.places.try_acquire() {
        Ok(_place) => timeout(guard.limits.total, next.run(request))
            .await
            .unwrap_or_else(|_| cloudflare::trouble(Trouble::Slow, &path)),
        Err(_) => cloudflare::trouble(Trouble::Unavailable, &path),
    };
    let id = id.as_simple().to_string();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    tracing::info!(
        target: "coffer::requests",
        id,
        %method,
        path,
        status = response.status().as_u16(),
        user = who.user(),
        ms = since.elapsed().as_secs_f64() * 1000.0,
        "request"
    );
    response
}
