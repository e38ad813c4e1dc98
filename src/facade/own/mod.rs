//! Coffer's own interface: reading the values of a secret, and waiting for others. Errors are problem details (RFC 9457).

mod problem;
mod sealing_key;
mod value;
mod watch;

pub(super) use problem::trouble;

use axum::extract::{FromRequestParts, Path};
use axum::http::request;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Facade;
use super::signed::{Session, bearer};
use super::trouble::Trouble;
use problem::Problem;

/// All routes of the interface.
pub(super) fn routes() -> OpenApiRouter<Facade> {
    OpenApiRouter::new()
        .routes(routes!(value::whole))
        .routes(routes!(value::one))
        .routes(routes!(sealing_key::get))
}

/// The parts of a path.
#[derive(Debug)]
struct Parts<T>(T);

impl<T: DeserializeOwned + Send> FromRequestParts<Facade> for Parts<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut request::Parts,
        facade: &Facade,
    ) -> Result<Self, Problem> {
        let Path(named) = Path::from_request_parts(parts, facade)
            .await
            .map_err(|_| Problem::of(Trouble::NoRoute))?;
        Ok(Self(named))
    }
}

/// Who asks.
#[derive(Debug)]
struct Signed(Session);

impl FromRequestParts<Facade> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut request::Parts,
        facade: &Facade,
    ) -> Result<Self, Problem> {
        let signed = match bearer(&parts.headers) {
            Some(token) => facade.signed(parts, token).await,
            None => Err(Trouble::NoCredentials),
        };
        signed.map(Self).map_err(Problem::of)
    }
}
