//! Rolls the workloads that a target names, once for each change of its content, where they consent.
//!
//! They are looked at when the content changes and at no other time: what consents later, or is made later, has the content
//! of its start. What the API server did not do then is owed, which the condition says, so that it is done after a restart
//! of the operator as well.

mod live;
mod roll;
mod told;

pub(super) use told::called;

use std::time::Instant;

use k8s_openapi::api::apps::v1 as apps;
use kube::ResourceExt as _;

use super::Found;
use crate::api::{ConditionType, Reason, Secret, Workload, WorkloadKind};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::policy::native::Desired;
use crate::policy::{Problem, restart};
use roll::Change;

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Restarted {
    /// A digest of the content that the workloads have, all of them; `None` where there are none.
    pub(super) content: Option<String>,
    /// What the condition says of a change; `None` where there was none.
    pub(super) change: Option<Result<String, Problem>>,
    /// To be tried again, once the rest is done and told.
    pub(super) error: Option<Error>,
}

/// Whether workloads are still to be restarted for the last change.
pub(super) fn is_owed(secret: &Secret) -> bool {
    let mut told = secret.status.iter().flat_map(|status| &status.conditions);
    told.any(|it| {
        it.type_ == ConditionType::Restarted.as_str()
            && it.reason == Reason::RestartPending.as_str()
    })
}

/// Whether that was not tried again too often lately. Each try has its time; but others can wake a Secret up in between.
pub(super) fn may_be_tried(ctx: &Context, uid: &str) -> bool {
    ctx.repairs.may_be_made(&budget(uid), Instant::now())
}

fn budget(uid: &str) -> String {
    format!("restart {uid}")
}

/// Restarts them where the content is another than what the status says that they have. A first delivery restarts nothing.
pub(super) async fn run(ctx: &Context, found: &Found, desired: &Desired) -> Restarted {
    let target = found.secret.spec.target.as_ref();
    let workloads = target.map(|target| &*target.restart).unwrap_or_default();
    if workloads.is_empty() {
        return Restarted::default();
    }
    let name = found.secret.name_any();
    let content = restart::content(&ctx.fingerprinter, &desired.namespace, &name, &desired.data);
    let status = found.secret.status.as_ref();
    let before = status.and_then(|status| status.restarted_for.as_ref());
    // Where some are owed a restart, others had it: they have to come back as well to a content that comes back.
    let before = before.filter(|before| **before != content || is_owed(&found.secret));
    let Some(before) = before else {
        return Restarted {
            content: Some(content),
            ..Restarted::default()
        };
    };
    let change = Change {
        ctx,
        namespace: &desired.namespace,
        annotation: restart::annotation(&name),
        digest: restart::change(&ctx.fingerprinter, before, &content),
    };
    let made = make(&change, workloads).await;
    let Some(error) = made.error else {
        return Restarted {
            content: Some(content),
            change: Some(made.told),
            error: None,
        };
    };
    // The first try for a change is its author's, and waits for nothing.
    if is_owed(&found.secret) {
        ctx.repairs.made(&budget(found.uid()), Instant::now());
    }
    Restarted {
        content: Some(before.clone()),
        change: Some(made.told),
        error: Some(error),
    }
}

struct Made {
    told: Result<String, Problem>,
    error: Option<Error>,
}

/// What is wrong with one workload keeps no other waiting. Whatever is to be tried again is tried with all of them: those
/// that were restarted have the digest already, and do not change.
async fn make(change: &Change<'_>, workloads: &[Workload]) -> Made {
    let (mut restarted, mut problems) = (Vec::new(), Vec::new());
    let (mut owed, mut error) = (Vec::new(), None);
    for workload in workloads {
        let done = match workload.kind {
            WorkloadKind::Deployment => change.roll::<apps::Deployment>(workload).await,
            WorkloadKind::StatefulSet => change.roll::<apps::StatefulSet>(workload).await,
            WorkloadKind::DaemonSet => change.roll::<apps::DaemonSet>(workload).await,
        };
        match done {
            Ok(()) => restarted.push(called(workload)),
            Err(Failure::Problem(problem)) => problems.push(problem),
            Err(Failure::Error(failed)) => {
                owed.push(called(workload));
                error = error.or(Some(failed));
            }
        }
    }
    if !owed.is_empty() {
        problems.insert(0, told::owed(&owed));
    }
    let told = Problem::join(&problems).map_or_else(|| Ok(told::done(&restarted)), Err);
    Made { told, error }
}
