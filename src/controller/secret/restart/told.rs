//! What the condition says of workloads.

use crate::api::wellknown::RESTART_LABEL;
use crate::api::{Reason, Workload};
use crate::controller::error::{Error, Failure};
use crate::policy::Problem;
use crate::telemetry;

/// As the condition names it.
pub(in crate::controller::secret) fn called(workload: &Workload) -> String {
    format!("{} `{}`", workload.kind.as_str(), workload.name)
}

pub(super) fn done(restarted: &[String]) -> String {
    let restarted = restarted.join(", ");
    format!("restarted for the last change of the content: {restarted}")
}

/// In the same words at each try, so that none but the first writes a status.
pub(super) fn owed(workloads: &[String]) -> Problem {
    let workloads = workloads.join(", ");
    Problem::new(
        Reason::RestartPending,
        format!(
            "not restarted yet for the last change of the content: {workloads}. The API server did not do it, or others \
             change them all the time; it is tried again, and the operator's log says why"
        ),
    )
}

pub(super) fn missing(workload: &Workload) -> Problem {
    let called = called(workload);
    Problem::new(
        Reason::WorkloadNotFound,
        format!(
            "{called} was not there to be restarted when the content last changed: correct `spec.target.restart`, \
             unless it was made since"
        ),
    )
}

pub(super) fn no_consent(workload: &Workload) -> Problem {
    let called = called(workload);
    Problem::new(
        Reason::ConsentMissing,
        format!(
            "{called} was not restarted when the content last changed: its owner has to label it {RESTART_LABEL}=true, \
             and restart it this once"
        ),
    )
}

/// What the API server will not take is for the user.
pub(super) fn refused(workload: &Workload, action: &'static str, error: kube::Error) -> Failure {
    let called = called(workload);
    let is_final = match &error {
        kube::Error::Api(status) => matches!(status.code, 400 | 403 | 422),
        kube::Error::SerdeError(_) => true,
        _ => false,
    };
    match Error::api(action, called.clone())(error) {
        Error::Api { source, .. } if is_final => Problem::new(
            Reason::WorkloadRejected,
            format!(
                "{called} could not be restarted when the content last changed: {}. See what forbids it, and restart it \
                 this once",
                telemetry::kube_error(&source)
            ),
        )
        .into(),
        error => error.into(),
    }
}
