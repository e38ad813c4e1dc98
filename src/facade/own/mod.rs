//! Coffer's own interface: reading the values of a secret, and waiting for others. Errors are problem details (RFC 9457).

mod problem;
mod sealing_key;
mod value;
mod watch;

pub(super) use problem::trouble;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::routing::get;

use super::Facade;
use super::signed::bearer;
use super::trouble::Trouble;
use crate::operations::Holder;
use problem::Problem;

/// All routes of the interface.
pub(super) fn routes() -> Router<Facade> {
    let namespace = Router::new()
        .route("/secrets/{secret}/value", get(value::whole))
        .route("/secrets/{secret}/value/{key}", get(value::one))
        .route("/stores/{store}/sealing-key", get(sealing_key::get));
    Router::new()
        .nest("/namespaces/{namespace}", namespace)
        .method_not_allowed_fallback(async || Problem::of(Trouble::Method))
}

/// Who asks.
#[derive(Debug)]
struct Signed(Holder);

impl FromRequestParts<Facade> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, facade: &Facade) -> Result<Self, Problem> {
        let signed = match bearer(&parts.headers) {
            Some(token) => facade.signed(parts, token).await,
            None => Err(Trouble::NoCredentials),
        };
        signed.map(Self).map_err(Problem::of)
    }
}
