//! What interrupts a reconcile.

use kube::core::Status;

use crate::keys;
use crate::policy::Problem;
use crate::telemetry::{is_namespace_terminating, kube_error};

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
    /// The object has a form that no type here has. What it is stays out: it can be a value.
    #[error("{0} does not read: correct it, or delete it")]
    Unreadable(String),
    /// The keyring is not stored as it is in memory.
    #[error(transparent)]
    Keyring(keys::Error),
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

    /// Whether the API server did not want this object as it would have been; of others that says nothing.
    #[must_use]
    pub(super) fn is_refusal(&self) -> bool {
        let Self::Api { source, .. } = self else {
            return false;
        };
        matches!(&**source, kube::Error::Api(status) if matches!(status.code, 400 | 403 | 413 | 422))
    }

    /// A word for metrics and logs.
    #[must_use]
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::Api { .. } => "ApiError",
            Self::Stale => "Stale",
            Self::Unreadable(_) => "Unreadable",
            Self::Keyring(_) => "KeysUnusable",
            Self::TimedOut => "TimedOut",
        }
    }
}

/// Whether the object changed, is gone, or is going with its namespace.
fn is_stale(status: &Status) -> bool {
    status.is_conflict()
        || status.is_not_found()
        || is_failed_test(status)
        || is_namespace_terminating(status)
}

/// Whether a JSON patch does not fit the object, which means that its `test` failed. That has no reason
/// of its own; by these words of the API server alone it differs from an object that is not valid.
fn is_failed_test(status: &Status) -> bool {
    status.code == 422
        && status.message == "the server rejected our request due to an error in our request"
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    fn is_stale(status: serde_json::Value) -> bool {
        super::is_stale(&serde_json::from_value(status).unwrap())
    }

    /// As kube-apiserver 1.36.3 answers.
    #[test]
    fn a_failed_test_of_a_patch_is_no_refusal() {
        assert!(is_stale(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "the server rejected our request due to an error in our request",
            "reason": "Invalid", "details": {}, "code": 422,
        })));
    }

    #[test]
    fn an_object_that_is_not_valid_is_a_refusal() {
        assert!(!is_stale(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "Secret \"stripe\" is invalid: type: Invalid value",
            "reason": "Invalid", "code": 422,
            "details": { "name": "stripe", "kind": "Secret", "causes": [
                { "reason": "FieldValueInvalid", "message": "Invalid value", "field": "type" },
            ] },
        })));
    }
}
