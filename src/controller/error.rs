//! What interrupts a reconcile.

use kube::core::Status;
use kube::core::response::StatusCause;

use crate::policy::Problem;
use crate::telemetry::kube_error;

/// Why a reconcile is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The API server did not do it.
    #[error("cannot {action} {what}: {}", kube_error(source))]
    Api {
        /// What was tried.
        action: &'static str,
        /// With what: kind and name.
        what: String,
        /// The answer. Not shown as a source, because it can quote the object.
        source: Box<kube::Error>,
    },
    /// The object is not what it was when the reconcile began. The watch brings the new one.
    #[error("the object changed meanwhile")]
    Stale,
    /// The API server did not answer for minutes.
    #[error("the API server does not answer")]
    TimedOut,
}

impl Error {
    /// From an answer of the API server. What only says that the object is no longer what was looked
    /// at is [`Error::Stale`].
    pub(super) fn api(
        action: &'static str,
        what: impl Into<String>,
    ) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        move |source| match &source {
            kube::Error::Api(status) if is_stale(status) => Self::Stale,
            _ => Self::Api {
                action,
                what,
                source: Box::new(source),
            },
        }
    }

    /// A word for metrics and logs.
    #[must_use]
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::Api { .. } => "ApiError",
            Self::Stale => "Stale",
            Self::TimedOut => "TimedOut",
        }
    }
}

/// Whether the object changed, is gone, or is going with its namespace.
fn is_stale(status: &Status) -> bool {
    // A failed `test` of a JSON patch has no reason of its own: it is a 422 with this cause.
    let is_failed_test =
        |cause: &StatusCause| status.code == 422 && cause.reason == "UnexpectedServerResponse";
    let is_terminating = |cause: &StatusCause| cause.reason == "NamespaceTerminating";
    status.is_conflict()
        || status.is_not_found()
        || status
            .details
            .iter()
            .flat_map(|details| &details.causes)
            .any(|cause| is_failed_test(cause) || is_terminating(cause))
}

/// Why a step did not succeed: something that the object's conditions tell, or something to try
/// again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// For the user.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// For the next try.
    #[error(transparent)]
    Error(#[from] Error),
}
