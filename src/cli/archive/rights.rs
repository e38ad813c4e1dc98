//! Whether all that is to be written is allowed: asked before anything is written.

use std::collections::BTreeSet;

use anyhow::bail;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};

use crate::cli::cluster::{Cluster, ask_for};

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) struct Right<'a> {
    pub(in crate::cli) verb: &'static str,
    /// Empty for Kubernetes' own.
    pub(in crate::cli) group: &'static str,
    pub(in crate::cli) resource: &'static str,
    /// None for all, and for what is in none.
    pub(in crate::cli) namespace: Option<&'a str>,
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
pub(in crate::cli) fn check(cluster: &Cluster, wanted: &BTreeSet<Right<'_>>) -> anyhow::Result<()> {
    let everywhere: BTreeSet<_> = wanted
        .iter()
        .map(|right| Right {
            namespace: None,
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
        if !is_everywhere && (right.namespace.is_none() || !is_granted(cluster, right)?) {
            missing += 1;
            let (verb, resource) = (right.verb, right.full());
            let place = right.namespace;
            let place = place.map(|namespace| format!(" in namespace {namespace}"));
            eprintln!(
                "coffer: you may not {verb} {resource}{}; {}",
                place.unwrap_or_default(),
                ask_for(verb, &resource, right.namespace)
            );
        }
    }
    if missing > 0 {
        bail!("rights are missing; nothing was written");
    }
    Ok(())
}

fn is_granted(cluster: &Cluster, right: &Right<'_>) -> anyhow::Result<bool> {
    let text = |text: &str| Some(text.to_owned());
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: text(right.group),
                namespace: right.namespace.map(str::to_owned),
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
