//! Rolls the workloads that a target names, once for each change of its content, where they consent.
//!
//! They are looked at when the content changes and at no other time: what consents later, or is made later, has the content
//! of its start.

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1 as apps;
use kube::api::{Api, Patch, PatchParams};
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Found;
use crate::api::wellknown::RESTART_LABEL;
use crate::api::{Reason, Workload, WorkloadKind};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::policy::native::Desired;
use crate::policy::{Problem, restart};
use crate::telemetry;

/// A workload that rolls out changes all the time, by its status alone.
const TRIES: usize = 5;

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Restarted {
    /// A digest of the content that the workloads have; `None` where there are none.
    pub(super) content: Option<String>,
    /// What the condition says of a change; `None` where there was none.
    pub(super) change: Option<Result<String, Problem>>,
}

/// Restarts them where the content is another than what the status says that they have. A first delivery restarts nothing.
pub(super) async fn run(
    ctx: &Context,
    found: &Found,
    desired: &Desired,
) -> Result<Restarted, Error> {
    let target = found.secret.spec.target.as_ref();
    let workloads = target.map(|target| &*target.restart).unwrap_or_default();
    if workloads.is_empty() {
        return Ok(Restarted::default());
    }
    let name = found.secret.name_any();
    let content = restart::content(&ctx.fingerprinter, &desired.namespace, &name, &desired.data);
    let status = found.secret.status.as_ref();
    let before = status.and_then(|status| status.restarted_for.as_ref());
    let change = before
        .filter(|before| **before != content)
        .map(|before| Change {
            ctx,
            namespace: &desired.namespace,
            annotation: restart::annotation(&name),
            digest: restart::change(&ctx.fingerprinter, before, &content),
        });
    let change = match change {
        Some(change) => Some(change.make(workloads).await?),
        None => None,
    };
    Ok(Restarted {
        content: Some(content),
        change,
    })
}

/// One change of the content.
struct Change<'a> {
    ctx: &'a Context,
    namespace: &'a str,
    annotation: String,
    digest: String,
}

impl Change<'_> {
    /// What is wrong with one workload keeps no other waiting. Whatever is to be tried again is tried with all of them:
    /// those that were restarted have the digest already, and do not change.
    async fn make(&self, workloads: &[Workload]) -> Result<Result<String, Problem>, Error> {
        let (mut restarted, mut problems, mut failed) = (Vec::new(), Vec::new(), None);
        for workload in workloads {
            let done = match workload.kind {
                WorkloadKind::Deployment => self.roll::<apps::Deployment>(workload).await,
                WorkloadKind::StatefulSet => self.roll::<apps::StatefulSet>(workload).await,
                WorkloadKind::DaemonSet => self.roll::<apps::DaemonSet>(workload).await,
            };
            match done {
                Ok(()) => restarted.push(called(workload)),
                Err(Failure::Problem(problem)) => problems.push(problem),
                Err(Failure::Error(error)) => failed = failed.or(Some(error)),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(match Problem::join(&problems) {
            Some(problem) => Err(problem),
            None => Ok(format!(
                "restarted for the last change of the content: {}",
                restarted.join(", ")
            )),
        })
    }

    /// Only onto what was looked at, because who may change a workload may take its consent away.
    async fn roll<K>(&self, workload: &Workload) -> Result<(), Failure>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned,
        K: std::fmt::Debug,
    {
        let api = Api::<K>::namespaced(self.ctx.client.clone(), self.namespace);
        let params = PatchParams {
            field_manager: Some("coffer/restart".to_owned()),
            ..PatchParams::default()
        };
        for _ in 0..TRIES {
            let live = api.get_metadata_opt(&workload.name).await;
            let Some(live) = live.map_err(|error| refused(workload, "look for", error))? else {
                return Err(missing(workload).into());
            };
            if live.labels().get(RESTART_LABEL).map(String::as_str) != Some("true") {
                return Err(no_consent(workload).into());
            }
            let patch = json!({
                "metadata": { "uid": live.uid(), "resourceVersion": live.resource_version() },
                "spec": { "template": { "metadata": { "annotations": { &self.annotation: &self.digest } } } },
            });
            let patched = api
                .patch_metadata(&workload.name, &params, &Patch::Merge(patch))
                .await;
            match patched.map_err(|error| refused(workload, "restart", error)) {
                Ok(_) => return Ok(()),
                Err(Failure::Error(Error::Stale)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Error::Stale.into())
    }
}

/// As the condition names it.
pub(super) fn called(workload: &Workload) -> String {
    format!("{} `{}`", workload.kind.as_str(), workload.name)
}

fn missing(workload: &Workload) -> Problem {
    let called = called(workload);
    Problem::new(
        Reason::WorkloadNotFound,
        format!(
            "{called} was not there to be restarted when the content last changed: correct `spec.target.restart`, \
             unless it was made since"
        ),
    )
}

fn no_consent(workload: &Workload) -> Problem {
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
fn refused(workload: &Workload, action: &'static str, error: kube::Error) -> Failure {
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
