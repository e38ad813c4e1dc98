//! What interrupts a reconcile.

use crate::policy::Problem;
use crate::telemetry::kube_error;

/// Why a reconcile is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
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
}

impl Error {
    /// From an answer of the API server; a conflict means that the object changed.
    pub fn api(action: &'static str, what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        move |source| match &source {
            kube::Error::Api(status) if status.is_conflict() => Self::Stale,
            _ => Self::Api {
                action,
                what,
                source: Box::new(source),
            },
        }
    }

    /// A word for metrics and logs.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Api { .. } => "ApiError",
            Self::Stale => "Stale",
        }
    }
}

/// Why a step did not succeed: something that the object's conditions tell, or something to try
/// again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// For the user.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// For the next try.
    #[error(transparent)]
    Error(#[from] Error),
}
