//! Step four: the writes. Each one either makes something new or carries what it was decided on.

use futures::{StreamExt as _, stream};
use kube::ResourceExt as _;

use super::Found;
use super::build::Plan;
use super::natives::Natives;
use super::restart::{self, Restarted};
use super::target::{Outcome, Repair, Target};
use crate::api::{Delivery, FormerTarget};
use crate::controller::access;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::index::natives::Native;
use crate::index::verified::made_from;
use crate::policy::Problem;
use crate::policy::native::versions::{self, Former};
use crate::policy::native::{self, Desired, conflict};

/// Copies that are worked on at once: a Secret for many namespaces keeps its place in the queue for long otherwise.
pub(super) const AT_ONCE: usize = 8;

/// What was delivered.
#[derive(Debug)]
pub(super) struct Applied {
    /// The target.
    pub(super) target: Option<Delivery>,
    /// The former versions of the target that are kept; `None` where it was not brought in order.
    pub(super) former: Option<Vec<FormerTarget>>,
    pub(super) copies: Copied,
    /// What became of workloads; `None` where the target was not brought in order.
    pub(super) restarted: Option<Restarted>,
    /// What is wrong with the target, or with what the Secret asks for, while the rest is delivered.
    pub(super) problem: Option<Problem>,
    pub(super) fingerprint: String,
    pub(super) sealed_by_coffer: bool,
    /// Something that was put back: what an event tells.
    pub(super) repaired: Option<Repair>,
}

/// What became of the copies, by namespace.
#[derive(Debug, Default)]
pub(super) struct Copied {
    /// Those that were made before and could not be brought in order included.
    pub(super) deliveries: Vec<Delivery>,
    /// How many are in order.
    pub(super) made: usize,
    pub(super) problems: Vec<Problem>,
    /// To be tried again.
    pub(super) error: Option<Error>,
}

impl Applied {
    /// What is to be tried again once the rest is told.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        let restarted = self.restarted.as_mut();
        let owed = restarted.and_then(|restarted| restarted.error.take());
        self.copies.error.take().or(owed)
    }

    /// Everything that was delivered.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.target.iter().chain(&self.copies.deliveries)
    }

    /// The latest resourceVersion of the native Secrets.
    pub(super) fn version(&self) -> Option<String> {
        let versions = self.deliveries().map(|it| &it.resource_version);
        let latest = versions.max_by_key(|version| version.parse::<u64>().unwrap_or_default());
        latest.cloned()
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
        target: None,
        former: native.is_none().then(Vec::new),
        copies: Copied::default(),
        restarted: native.is_none().then(Restarted::default),
        problem: found.unknown_scopes.clone(),
        fingerprint,
        sealed_by_coffer,
        repaired: None,
    };
    if let Some(native) = &native {
        match bring_in_order(ctx, found, native).await {
            Ok((delivery, repaired)) => {
                applied.former = Some(keep(ctx, found, &delivery.name).await?);
                applied.target = Some(delivery);
                applied.repaired = repaired;
            }
            Err(Failure::Problem(problem)) if !copies.is_empty() => {
                applied.target = delivered(found);
                applied.problem = Some(problem);
            }
            Err(failure) => return Err(failure),
        }
    }
    let work = copies.iter().map(|copy| async {
        let copy = copy.as_ref().map_err(Clone::clone)?;
        bring_in_order(ctx, found, copy).await
    });
    let work: Vec<_> = work.collect();
    let outcomes: Vec<_> = stream::iter(work).buffered(AT_ONCE).collect().await;
    for (copy, outcome) in copies.iter().zip(outcomes) {
        let failure = match outcome {
            Ok((delivery, repaired)) => {
                applied.copies.made += 1;
                applied.copies.deliveries.push(delivery);
                applied.repaired = applied.repaired.or(repaired);
                continue;
            }
            Err(failure) => failure,
        };
        let former = copy
            .as_ref()
            .ok()
            .and_then(|(desired, _)| recorded(found, desired));
        applied.copies.deliveries.extend(former);
        match failure {
            Failure::Problem(problem) => applied.copies.problems.push(problem),
            Failure::Error(error) => applied.copies.error = applied.copies.error.or(Some(error)),
        }
    }
    // Last, and not made again once it is done: nobody waits for it, and the status tells that it is done.
    if let (Some((desired, _)), Some(_)) = (&native, &applied.former) {
        applied.restarted = Some(restart::run(ctx, found, desired).await);
    }
    Ok(applied)
}

/// The target that was delivered before, by whatever name.
fn delivered(found: &Found) -> Option<Delivery> {
    let own = found.secret.metadata.namespace.as_deref();
    let mut delivered = found
        .secret
        .status
        .iter()
        .flat_map(|status| &status.deliveries);
    delivered.find(|it| Some(&*it.namespace) == own).cloned()
}

/// Beside the target, removes what is not one of its last versions.
async fn keep(ctx: &Context, found: &Found, current: &str) -> Result<Vec<FormerTarget>, Error> {
    let namespace = found.secret.metadata.namespace.as_deref();
    let namespace = namespace.unwrap_or_default();
    let of = |it: &FormerTarget| ObjectKey::new(namespace, &it.name);
    let Former { kept, gone } = versions::former(&found.secret, current, |it| {
        let live = ctx.index.native(&of(it));
        live.is_some_and(|live| *live.uid == *it.uid && *live.origin_uid == *found.uid())
    });
    let names = kept.iter().map(|it| it.name.as_str());
    let names: Vec<_> = names.chain([current]).collect();
    let natives = Natives::of(&ctx.client, namespace);
    for version in &gone {
        access::revoke(ctx, &of(version)).await?;
        natives.delete(&of(version), &version.uid, None).await?;
    }
    let gone = gone.iter().map(|it| it.name.as_str());
    sweep(
        ctx,
        found,
        &names.into_iter().chain(gone).collect::<Vec<_>>(),
    )
    .await?;
    Ok(kept)
}

/// What was delivered before stays recorded until there is something better.
fn recorded(found: &Found, desired: &Desired) -> Option<Delivery> {
    conflict::recorded(&found.secret, &desired.namespace, &desired.name).cloned()
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
    let done = target.bring_in_order().await?;
    note(ctx, found, &done.0);
    Ok(done)
}

/// Notes that it is in order, for those who may have it now.
fn note(ctx: &Context, found: &Found, delivery: &Delivery) {
    let key = ObjectKey::new(&delivery.namespace, &delivery.name);
    let made_from = made_from(found.secret.metadata.generation, &found.inputs);
    let (index, version) = (&ctx.index, &delivery.resource_version);
    let is_news = index.verified.note(&key, version, &made_from, index);
    if is_news && index.restricts_pods(&key.namespace) {
        ctx.triggers.pods(&key.namespace);
    }
}

/// Removes the native Secrets of this namespace that came from this Secret and are not in the plan. Those that are
/// retained have no owner reference, and stay.
pub(super) async fn sweep(ctx: &Context, found: &Found, keep: &[&str]) -> Result<(), Error> {
    let namespace = found
        .secret
        .metadata
        .namespace
        .as_deref()
        .unwrap_or_default();
    let natives = Natives::of(&ctx.client, namespace);
    let is_kept = |key: &ObjectKey| keep.contains(&&*key.name);
    let mut labelled = Vec::new();
    let mut here = ctx.index.natives_of(found.uid());
    here.retain(|(key, _)| *key.namespace == *namespace);
    for (key, native) in here {
        if !is_kept(&key) && native.owned && is_ours(found, &key, &native, &natives, ctx).await? {
            access::revoke(ctx, &key).await?;
            natives
                .delete(&key, &native.uid, Some(&native.resource_version))
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
            access::revoke(ctx, &key).await?;
            natives.delete(&key, &delivery.uid, Some(&version)).await?;
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
    if recorded.is_some_and(|delivery| *delivery.uid == *native.uid)
        || versions::is_former(&found.secret, &key.name, &native.uid)
    {
        return Ok(true);
    }
    let object = natives.get(key).await?;
    Ok(object.is_some_and(|object| native::is_genuine(&object, &ctx.fingerprinter, found.uid())))
}
