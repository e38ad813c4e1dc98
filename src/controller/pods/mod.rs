//! PodPolicies: written where a namespace restricts its pods, before there is anything that they restrict.

mod run;
mod turns;
mod write;

pub(super) use run::run;
pub(super) use turns::Turns;

use std::time::{Duration, Instant};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::context::Context;
use super::error::{Error, Failure};
use crate::api::{Reason, Secret};
use crate::index::ObjectKey;
use crate::index::natives::Origin;
use crate::index::pods::Wanted;
use crate::policy::Problem;
use crate::policy::pods::{restricts, scopes_of};

/// How long a change waits for what comes with it, such as the native Secret that it is about; so often is looked at all
/// that a namespace lists, at most.
const SETTLE: Duration = Duration::from_millis(50);

/// Whether a native Secret that is to be made is one that the PodPolicy of its namespace has to list, and does not yet.
/// Then look first whether someone else has the name: a Secret must not keep pods from what it did not make.
#[must_use]
pub(super) fn are_to_list(ctx: &Context, secret: &Secret, native: &ObjectKey) -> bool {
    let Some(scopes) = scopes_of(secret) else {
        return false;
    };
    let policy = ctx.index.pod_policy(&native.namespace);
    ctx.index.restricts_pods(&native.namespace)
        && !policy.is_some_and(|policy| restricts(&policy.spec, &native.name, &scopes))
}

/// Returns once the PodPolicy of a namespace lists a native Secret that is about to be made there. Costs no request where
/// it does, or where the namespace restricts nothing.
///
/// Whoever comes while a write is on its way finds itself in the next one: it says all that memory knows.
///
/// # Errors
/// It has no place for another one, could not be written, or memory is behind.
pub(super) async fn list(
    ctx: &Context,
    secret: &Secret,
    native: &ObjectKey,
) -> Result<(), Failure> {
    let namespace = &*native.namespace;
    if scopes_of(secret).is_none() {
        return Ok(());
    }
    let is_claimed = claim(ctx, secret, native)?;
    if !ctx.index.restricts_pods(namespace) {
        return Ok(());
    }
    if !is_claimed {
        return Err(Error::Stale.into());
    }
    let listed = until_listed(ctx, secret, native).await;
    if listed.is_err() {
        ended(ctx, secret, native, None);
    }
    Ok(listed?)
}

/// Takes a place for a native Secret, one at a time: of two for the last one, one has it. Says whether the name is claimed
/// for this Secret.
fn claim(ctx: &Context, secret: &Secret, native: &ObjectKey) -> Result<bool, Problem> {
    let _alone = ctx.pods.alone();
    if are_to_list(ctx, secret, native) && !ctx.index.has_room(native, secret) {
        return Err(no_room(native));
    }
    // In any case: where the label comes while the native Secret is being made, the first PodPolicy lists it.
    Ok(ctx.index.claim_native(native, &origin(secret)))
}

fn no_room(native: &ObjectKey) -> Problem {
    let ObjectKey { namespace, name } = native;
    Problem::new(
        Reason::PodPolicyFull,
        format!(
            "native secret `{name}` is not written: namespace `{namespace}` restricts its pods, and its PodPolicy has no \
             place for another scoped Secret and the accounts of its scopes: have fewer there, or with shorter names"
        ),
    )
}

/// What was listed was made, and is as these metadata say, or could not be. Gone again already is like not made.
pub(super) fn ended(ctx: &Context, secret: &Secret, native: &ObjectKey, made: Option<&ObjectMeta>) {
    let version = made.and_then(|made| made.resource_version.as_deref());
    let is_awaited = ctx.index.end_claim(native, &origin(secret), version);
    let is_there = version.is_some() && (is_awaited || ctx.index.native(native).is_some());
    if !is_there && scopes_of(secret).is_some() && ctx.index.restricts_pods(&native.namespace) {
        ctx.triggers.pods(&native.namespace);
    }
}

fn origin(secret: &Secret) -> Origin {
    Origin {
        key: ObjectKey::of(secret),
        uid: secret.metadata.uid.as_deref().unwrap_or_default().into(),
    }
}

async fn until_listed(ctx: &Context, secret: &Secret, native: &ObjectKey) -> Result<(), Error> {
    if !are_to_list(ctx, secret, native) {
        return Ok(());
    }
    let came = Instant::now();
    let mut turn = ctx.pods.turn(&native.namespace).await;
    if !are_to_list(ctx, secret, native) {
        return Ok(());
    }
    if turn.has_failed_since(came) {
        return Err(Error::Stale);
    }
    bring_in_order(ctx, &native.namespace, &mut turn).await?;
    if are_to_list(ctx, secret, native) {
        return Err(Error::Stale);
    }
    Ok(())
}

/// Writes the PodPolicy of a namespace where it does not say what it should.
async fn settle(ctx: &Context, namespace: &str) -> Result<(), Error> {
    tokio::time::sleep(SETTLE).await;
    if is_as_wanted(ctx, namespace) {
        return Ok(());
    }
    let mut turn = ctx.pods.turn(namespace).await;
    bring_in_order(ctx, namespace, &mut turn).await
}

async fn bring_in_order(
    ctx: &Context,
    namespace: &str,
    turn: &mut turns::Turn,
) -> Result<(), Error> {
    if !is_as_wanted(ctx, namespace) {
        turn.gather().await;
        let written = write::run(ctx, namespace).await;
        turn.ended(&written);
        written?;
    }
    Ok(())
}

fn is_as_wanted(ctx: &Context, namespace: &str) -> bool {
    let written = ctx.index.pod_policy(namespace);
    match ctx.index.wanted_pod_policy(namespace) {
        Wanted::Nothing => true,
        Wanted::Off => written.is_none(),
        Wanted::Policy(spec) => written.is_some_and(|written| written.spec == spec),
    }
}
