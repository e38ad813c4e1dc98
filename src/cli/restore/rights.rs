//! Whether all that a restore writes is allowed: asked before anything is written.

use std::collections::BTreeSet;

use anyhow::bail;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};

use super::plan::{Plan, Step};
use crate::api::wellknown::GROUP;
use crate::cli::archive::intake::Intake;
use crate::cli::cluster::Cluster;

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right<'a> {
    verb: &'static str,
    /// Empty for Kubernetes' own.
    group: &'static str,
    resource: &'static str,
    /// Empty for all.
    namespace: &'a str,
}

impl Right<'_> {
    /// The resource as kubectl takes it.
    fn full(&self) -> String {
        match self.group {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }
}

/// # Errors
/// A right that is missing: all of them are named on stderr.
pub(super) fn check(
    cluster: &Cluster,
    plan: &Plan,
    intake: &Intake<'_>,
    overwrite: bool,
) -> anyhow::Result<()> {
    let mut wanted = wanted(plan, overwrite);
    wanted.extend(keys(intake));
    let everywhere: BTreeSet<_> = wanted
        .iter()
        .map(|right| Right {
            namespace: "",
            ..*right
        })
        .collect();
    let mut granted = BTreeSet::new();
    for right in everywhere {
        if is_granted(cluster, &right)? {
            granted.insert((right.verb, right.group, right.resource));
        }
    }
    let mut missing = 0;
    for right in wanted {
        let is_everywhere = granted.contains(&(right.verb, right.group, right.resource));
        if !is_everywhere && !is_granted(cluster, &right)? {
            missing += 1;
            let (verb, namespace, resource) = (right.verb, right.namespace, right.full());
            eprintln!(
                "coffer: you may not {verb} {resource} in namespace {namespace}; ask for that right, as in `kubectl create role … --verb={verb} --resource={resource}`"
            );
        }
    }
    if missing > 0 {
        bail!("rights are missing; nothing was written");
    }
    Ok(())
}

/// What is in a backup was filled in by the operator in part: that takes a right of its own.
fn wanted(plan: &Plan, overwrite: bool) -> BTreeSet<Right<'_>> {
    let mut wanted = BTreeSet::new();
    for (kind, namespace, step) in plan.places() {
        let verbs: &[&str] = match step {
            Step::Create => &["create", "restore"],
            Step::Replace if overwrite => &["get", "update", "restore"],
            Step::Replace => &[],
        };
        let resource = match kind {
            "SecretStore" => "secretstores",
            _ => "secrets",
        };
        wanted.extend(verbs.iter().map(|verb| Right {
            verb,
            group: GROUP,
            resource,
            namespace,
        }));
    }
    wanted
}

/// What writing the keys takes.
fn keys<'i>(intake: &'i Intake<'_>) -> impl Iterator<Item = Right<'i>> {
    let verbs: &[&str] = match intake.changes() {
        0 => &[],
        _ => &["create", "patch"],
    };
    verbs.iter().map(|verb| Right {
        verb,
        group: "",
        resource: "secrets",
        namespace: intake.namespace(),
    })
}

fn is_granted(cluster: &Cluster, right: &Right<'_>) -> anyhow::Result<bool> {
    let text = |text: &str| Some(text.to_owned());
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: text(right.group),
                namespace: text(right.namespace),
                resource: text(right.resource),
                verb: text(right.verb),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let reviews = Api::<SelfSubjectAccessReview>::all(cluster.client());
    let params = PostParams::default();
    let asked = reviews.create(&params, &review);
    let answer = cluster.ask_core(("create", "selfsubjectaccessreviews"), None, asked)?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}
