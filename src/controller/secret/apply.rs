//! Step four: the writes. Each one either makes something new or carries what it was decided on.

use futures::{StreamExt as _, stream};
use kube::ResourceExt as _;

use super::Found;
use super::build::Plan;
use super::natives::Natives;
use super::target::{Outcome, Repair, Target};
use crate::api::Delivery;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::index::natives::Native;
use crate::policy::Problem;
use crate::policy::native::{self, Desired, conflict};

/// Copies that are worked on at once: a Secret for many namespaces keeps its place in the queue for long otherwise.
const AT_ONCE: usize = 8;

/// What was delivered.
#[derive(Debug)]
pub(super) struct Applied {
    /// The target, then the copies by namespace.
    pub(super) deliveries: Vec<Delivery>,
    /// What keeps a part of the plan from being fulfilled; the rest is.
    pub(super) problems: Vec<Problem>,
    pub(super) fingerprint: String,
    pub(super) sealed_by_coffer: bool,
    /// Something that was put back: what an event tells.
    pub(super) repaired: Option<Repair>,
}

impl Applied {
    /// The latest resourceVersion of the native Secrets.
    pub(super) fn version(&self) -> Option<String> {
        let versions = self
            .deliveries
            .iter()
            .map(|delivery| &delivery.resource_version);
        versions
            .max_by_key(|version| version.parse::<u64>().unwrap_or_default())
            .cloned()
    }
}

/// Brings the native Secrets in order, then removes those of this namespace that the plan no longer names. What is wrong
/// with one of several does not keep the others waiting.
pub(super) async fn run(ctx: &Context, found: &Found, plan: Plan) -> Result<Applied, Failure> {
    let Plan {
        native,
        copies,
        fingerprint,
        sealed_by_coffer,
    } = plan;
    let mut applied = Applied {
        deliveries: Vec::new(),
        problems: found.unknown_scopes.iter().cloned().collect(),
        fingerprint,
        sealed_by_coffer,
        repaired: None,
    };
    let is_one_of_several = !copies.is_empty();
    if let Some(native) = &native {
        match bring_in_order(ctx, found, native).await {
            Err(Failure::Problem(problem)) if is_one_of_several => {
                applied.take(found, &native.0, Err(problem));
            }
            outcome => {
                applied.take(found, &native.0, Ok(outcome?));
                sweep(ctx, found, &applied.deliveries).await?;
            }
        }
    }
    let (planned, unplanned): (Vec<_>, Vec<_>) = copies.into_iter().partition(Result::is_ok);
    applied
        .problems
        .extend(unplanned.into_iter().filter_map(Result::err));
    let planned: Vec<_> = planned.into_iter().filter_map(Result::ok).collect();
    let work: Vec<_> = planned
        .iter()
        .map(|copy| bring_in_order(ctx, found, copy))
        .collect();
    let outcomes: Vec<_> = stream::iter(work).buffered(AT_ONCE).collect().await;
    for ((desired, _), outcome) in planned.iter().zip(outcomes) {
        match outcome {
            Ok(outcome) => applied.take(found, desired, Ok(outcome)),
            Err(Failure::Problem(problem)) => applied.take(found, desired, Err(problem)),
            Err(Failure::Error(error)) => return Err(error.into()),
        }
    }
    Ok(applied)
}

async fn bring_in_order(
    ctx: &Context,
    found: &Found,
    (desired, fingerprint): &(Desired, String),
) -> Result<Outcome, Failure> {
    let target = Target {
        ctx,
        found,
        desired,
        fingerprint,
    };
    let outcome = target.bring_in_order().await?;
    let (delivery, _) = &outcome;
    let key = ObjectKey::new(&delivery.namespace, &delivery.name);
    if found.copies.contains_key(&delivery.namespace) {
        ctx.verified
            .note(&key, &delivery.resource_version, &ctx.index);
    }
    Ok(outcome)
}

impl Applied {
    /// What was delivered before stays recorded until there is something better.
    fn take(&mut self, found: &Found, desired: &Desired, outcome: Result<Outcome, Problem>) {
        match outcome {
            Ok((delivery, repaired)) => {
                self.deliveries.push(delivery);
                self.repaired = self.repaired.take().or(repaired);
            }
            Err(problem) => {
                let former = conflict::recorded(&found.secret, &desired.namespace, &desired.name);
                self.deliveries.extend(former.cloned());
                self.problems.push(problem);
            }
        }
    }
}

/// Removes the native Secrets of this namespace that came from this Secret and are not in the plan. Those that are
/// retained have no owner reference, and stay.
pub(super) async fn sweep(ctx: &Context, found: &Found, keep: &[Delivery]) -> Result<(), Error> {
    let namespace = found
        .secret
        .metadata
        .namespace
        .as_deref()
        .unwrap_or_default();
    let natives = Natives::of(&ctx.client, namespace);
    let is_kept = |key: &ObjectKey| keep.iter().any(|delivery| *delivery.name == *key.name);
    let mut labelled = Vec::new();
    let mut here = ctx.index.natives_of(found.uid());
    here.retain(|(key, _)| *key.namespace == *namespace);
    for (key, native) in here {
        if !is_kept(&key) && native.owned && is_ours(found, &key, &native, &natives, ctx).await? {
            natives
                .delete(&key, &native.uid, &native.resource_version)
                .await?;
        }
        labelled.push(key);
    }
    // One that was delivered, and lost its label since, is known by its UID.
    for delivery in found
        .secret
        .status
        .iter()
        .flat_map(|status| &status.deliveries)
    {
        let key = ObjectKey::new(&delivery.namespace, &delivery.name);
        if *key.namespace != *namespace || is_kept(&key) || labelled.contains(&key) {
            continue;
        }
        if let Some(metadata) = natives.metadata(&key).await?
            && metadata.metadata.uid.as_ref() == Some(&delivery.uid)
            && metadata
                .owner_references()
                .iter()
                .any(|owner| owner.uid == found.uid())
        {
            let version = metadata.resource_version().unwrap_or_default();
            natives.delete(&key, &delivery.uid, &version).await?;
        }
    }
    Ok(())
}

async fn is_ours(
    found: &Found,
    key: &ObjectKey,
    native: &Native,
    natives: &Natives,
    ctx: &Context,
) -> Result<bool, Error> {
    let recorded = conflict::recorded(&found.secret, &key.namespace, &key.name);
    if recorded.is_some_and(|delivery| *delivery.uid == *native.uid) {
        return Ok(true);
    }
    let object = natives.get(key).await?;
    Ok(object.is_some_and(|object| native::is_genuine(&object, &ctx.fingerprinter, found.uid())))
}
