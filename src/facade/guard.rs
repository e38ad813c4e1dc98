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

use super::router::dialect;
use super::server::Limits;
use super::signed::Who;
use super::trouble::Trouble;

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

/// Lets a request through as soon as there is a place for it, and ends it when that takes too long.
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
    let working = async {
        // It is never closed.
        let _place = guard.places.acquire().await;
        next.run(request).await
    };
    let mut response = timeout(guard.limits.total, working)
        .await
        .unwrap_or_else(|_| dialect(&path)(Trouble::Slow, &path));
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
