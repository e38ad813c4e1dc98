//! Coffer's own interface: reading the values of a secret, and waiting for others. Errors are problem details (RFC 9457).

mod problem;
mod sealing_key;
mod value;
mod watch;

pub(super) use problem::trouble;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Facade;
use super::signed::bearer;
use super::trouble::Trouble;
use crate::operations::Holder;
use problem::Problem;

/// All routes of the interface.
pub(super) fn routes() -> OpenApiRouter<Facade> {
    OpenApiRouter::new()
        .routes(routes!(value::whole))
        .routes(routes!(value::one))
        .routes(routes!(sealing_key::get))
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
