//! Kubernetes' own objects, asked for with the same patience, and refused in words that end with the
//! remedy. What is sent here holds keys, so the API server's own words are not passed on.

use std::future::Future;

use super::Cluster;
use super::connection::PATIENCE;
use super::error::ask_for;
use crate::telemetry::kube_error;

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum CoreError {
    #[error("the cluster did not answer within {PATIENCE:?}; is it the right --context?")]
    Silent,
    #[error("you may not {verb} {resource}{place}; {remedy}")]
    Forbidden {
        verb: &'static str,
        resource: &'static str,
        place: String,
        remedy: String,
    },
    #[error("there is no such object, or its namespace{0} is not there")]
    NotFound(String),
    #[error("an object of this name is there already")]
    AlreadyExists,
    #[error("someone else changed it meanwhile")]
    Conflict,
    #[error("cannot {verb} {resource}{place}: {answer}")]
    Failed {
        verb: &'static str,
        resource: &'static str,
        place: String,
        answer: String,
    },
}

impl Cluster {
    /// Waits for one answer about a resource of the core group; without a namespace about all of them.
    pub(in crate::cli) fn ask_core<T>(
        &self,
        (verb, resource): (&'static str, &'static str),
        namespace: Option<&str>,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, CoreError> {
        let patiently = async { tokio::time::timeout(PATIENCE, answer).await };
        let error = match self.block_on(patiently) {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => return Err(CoreError::Silent),
        };
        let place = namespace.map(|namespace| format!(" in namespace {namespace}"));
        let place = place.unwrap_or_default();
        Err(match &error {
            kube::Error::Api(status) if status.is_forbidden() => CoreError::Forbidden {
                verb,
                resource,
                place,
                remedy: ask_for(verb, resource, namespace),
            },
            kube::Error::Api(status) if status.is_not_found() => {
                let named = namespace.map(|namespace| format!(" {namespace}"));
                CoreError::NotFound(named.unwrap_or_default())
            }
            kube::Error::Api(status) if status.is_already_exists() => CoreError::AlreadyExists,
            kube::Error::Api(status) if status.is_conflict() => CoreError::Conflict,
            other => CoreError::Failed {
                verb,
                resource,
                place,
                answer: kube_error(other),
            },
        })
    }
}
