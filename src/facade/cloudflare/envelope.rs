//! The envelope that every answer comes in.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::facade::trouble::Trouble;
use crate::operations::Page;

/// Tells the generated clients that the same request will fail again.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// An answer, of success or not.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Envelope<T> {
    /// Whether it was done.
    success: bool,
    /// Why it was not done; nothing where it was.
    errors: Vec<Fault>,
    /// Always empty.
    #[schema(max_items = 0)]
    messages: Vec<String>,
    /// What was asked for; null where there is nothing to show.
    #[schema(required)]
    result: Option<T>,
    /// Of a list: where the page is.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<ResultInfo>,
}

/// One error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Fault {
    /// What kind of error it is.
    #[schema(minimum = 1000)]
    code: u32,
    /// A word that stays, and often a detail after a colon.
    message: String,
}

/// Where in the whole list a page is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResultInfo {
    /// Which page, counted from 1.
    page: usize,
    /// So many on a page.
    per_page: usize,
    /// So many on this page.
    count: usize,
    /// So many on all pages.
    total_count: usize,
    /// So many pages.
    total_pages: usize,
}

/// 200 with a result.
pub(super) fn success(result: impl Serialize) -> Response {
    answer(StatusCode::OK, Some(result), None)
}

/// A status without a result.
pub(super) fn nothing(status: StatusCode) -> Response {
    answer(status, None::<()>, None)
}

/// 200 with a page: the `number`th, counted from 1, of pages of so many.
pub(super) fn page<T: Serialize>(page: &Page<T>, number: usize, per_page: usize) -> Response {
    let info = ResultInfo {
        page: number,
        per_page,
        count: page.items.len(),
        total_count: page.total,
        total_pages: page.total.div_ceil(per_page),
    };
    answer(StatusCode::OK, Some(&page.items), Some(info))
}

fn answer(
    status: StatusCode,
    result: Option<impl Serialize>,
    result_info: Option<ResultInfo>,
) -> Response {
    let envelope = Envelope {
        success: true,
        errors: Vec::new(),
        messages: Vec::new(),
        result,
        result_info,
    };
    (status, Json(envelope)).into_response()
}

/// An answer that says why something was not done.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    faults: Vec<Fault>,
    is_final: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            faults: vec![Fault { code, message }],
            is_final: false,
            retry_after: None,
        }
    }

    /// Of what any request can run into.
    pub(super) fn of(trouble: Trouble, path: &str) -> Self {
        let failure = match trouble {
            Trouble::NoCredentials => Self::new(
                StatusCode::BAD_REQUEST,
                9106,
                "Missing X-Auth-Key, X-Auth-Email or Authorization headers",
            ),
            Trouble::BadCredentials => Self::authentication(),
            Trouble::TooMany(_) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                10429,
                "Please wait and consider throttling your request speed",
            ),
            Trouble::Unavailable => unavailable(),
            Trouble::Slow => Self::new(StatusCode::GATEWAY_TIMEOUT, 10504, "timeout"),
            Trouble::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                1001,
                "request_body_too_large",
            ),
            // Below the service nothing has an empty identifier.
            Trouble::NoRoute if path.contains("/secrets_store/") && path.ends_with('/') => {
                Self::new(StatusCode::NOT_FOUND, 1000, "not found")
            }
            Trouble::NoRoute => Self::no_route(StatusCode::NOT_FOUND, path),
            Trouble::Method => Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                7001,
                "Method not available for that URI",
            ),
        };
        match trouble {
            Trouble::TooMany(after) => Self {
                retry_after: Some(after),
                ..failure
            },
            _ => failure,
        }
    }

    /// The same request would fail again, whatever its status says to a client.
    pub(super) fn and_again(self) -> Self {
        Self {
            is_final: true,
            ..self
        }
    }

    /// There is nothing at this path; also where its account is none.
    pub(super) fn no_route(status: StatusCode, path: &str) -> Self {
        let mut failure = Self::new(
            status,
            7003,
            format!("Could not route to {path}, perhaps your object identifier is invalid?"),
        );
        failure.faults.push(Fault {
            code: 7000,
            message: "No route for that URI".to_owned(),
        });
        failure
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 1001, message)
    }

    pub(super) fn invalid_json() -> Self {
        Self::invalid("invalid_json_body")
    }

    pub(super) fn authentication() -> Self {
        Self::new(StatusCode::FORBIDDEN, 10000, "Authentication error")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let envelope = Envelope {
            success: false,
            errors: self.faults,
            messages: Vec::new(),
            result: None::<()>,
            result_info: None,
        };
        let mut response = (self.status, Json(envelope)).into_response();
        let headers = response.headers_mut();
        if self.is_final {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds(after).into());
        }
        response
    }
}

/// In whole seconds, rounded up: asked earlier it would be refused again.
fn seconds(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
}

/// What any request can run into, in the words of this interface.
pub(in crate::facade) fn trouble(trouble: Trouble, path: &str) -> Response {
    Failure::of(trouble, path).into_response()
}

/// It may be done a moment later.
pub(super) fn unavailable() -> Failure {
    Failure {
        retry_after: Some(Duration::from_secs(1)),
        ..Failure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            10503,
            "service_unavailable",
        )
    }
}
