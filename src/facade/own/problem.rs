//! What went wrong, as problem details (RFC 9457).

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::facade::trouble::Trouble;
use crate::operations::Error;

/// An answer that says why something was not done.
#[derive(Debug)]
pub(in crate::facade) struct Problem {
    status: StatusCode,
    detail: String,
    retry_after: Option<u64>,
}

/// What is sent of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Details {
    /// Always `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The words of the status.
    title: &'static str,
    /// The status.
    status: u16,
    /// What went wrong, and what to do.
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Of what any request can run into.
    pub(super) fn of(trouble: Trouble) -> Self {
        let (status, detail) = match trouble {
            Trouble::NoCredentials => (
                StatusCode::UNAUTHORIZED,
                "show a token: Authorization: Bearer, of a service account and for the audience of Coffer",
            ),
            Trouble::BadCredentials => (
                StatusCode::UNAUTHORIZED,
                "the token is not valid here: it has expired, is for another audience, or its account is gone",
            ),
            Trouble::TooMany(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too many requests: ask less often",
            ),
            Trouble::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the cluster cannot be asked just now: try again",
            ),
            Trouble::Slow => (StatusCode::GATEWAY_TIMEOUT, "it took too long: try again"),
            Trouble::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Trouble::NoRoute => (StatusCode::NOT_FOUND, "there is nothing at this address"),
            Trouble::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "this method is not for this address",
            ),
        };
        let problem = Self::new(status, detail);
        match trouble {
            Trouble::TooMany(after) => Self {
                retry_after: Some(after.as_secs() + 1),
                ..problem
            },
            Trouble::Unavailable => Self {
                retry_after: Some(1),
                ..problem
            },
            _ => problem,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Forbidden { .. } => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Invalid(..) => StatusCode::BAD_REQUEST,
            Error::NameTaken(_)
            | Error::NotEmpty
            | Error::TooManySecrets(_)
            | Error::TooManyStores(_)
            | Error::Unusable(_) => StatusCode::CONFLICT,
            Error::CutOff(_) | Error::Slow | Error::Busy | Error::NoKeys(_) | Error::Api { .. } => {
                tracing::warn!(%error, "a request failed");
                return Self::of(Trouble::Unavailable);
            }
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Details {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, Json(body)).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                header::HeaderValue::from_static("Bearer"),
            );
        }
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, after.into());
        }
        response
    }
}

/// What any request can run into, in the words of this interface.
pub(in crate::facade) fn trouble(trouble: Trouble, _: &str) -> Response {
    Problem::of(trouble).into_response()
}
