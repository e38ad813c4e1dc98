//! Secret: from sealed values to the native Secret of its target, and to copies for those who may have them.

mod apply;
mod build;
pub(super) mod copies;
mod deliveries;
mod dereference;
mod natives;
mod ownership;
mod patch;
mod restart;
mod said;
mod seal;
mod sources;
mod status;
mod target;
mod validate;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::controller::Action;

use super::access;
use super::context::Context;
use super::error::{Error, Failure};
use super::repairs::INTERVAL;
use crate::api::{ConditionType, Reason, Secret};
use crate::index::{ObjectKey, View};
use crate::policy::{Problem, generate};
use apply::Applied;
use copies::Withdrawn;
use dereference::{Found, Seen};

/// Brings one Secret in order, once memory has seen the last write to it.
pub(super) async fn reconcile(secret: Arc<Secret>, ctx: Arc<Context>) -> Result<Action, Error> {
    if let Some(wait) = ctx.in_flight.awaits(&*secret, &ctx.index) {
        return Ok(Action::requeue(wait));
    }
    let key = ObjectKey::of(&*secret);
    let done = bring_in_order(secret, &ctx).await;
    // Also where something is wrong with one of several.
    access::look(&ctx, &key);
    done
}

/// Brings one Secret in order, as memory has it or as it just came from the API server.
///
/// Guarantees: an object in sync costs no request. A new, sealed one costs two writes. A write is
/// made only onto what was looked at.
pub(super) async fn bring_in_order(secret: Arc<Secret>, ctx: &Context) -> Result<Action, Error> {
    // Before anything else: it needs no values, and waits for nothing that could go wrong with them.
    let plan = dereference::plan(ctx, &secret);
    let withdrawn = copies::withdraw(ctx, &secret, &plan.copies).await;
    if secret.metadata.deletion_timestamp.is_some() {
        status::publish_end(ctx, &secret).await?;
        return withdrawn
            .error
            .map_or_else(|| Ok(Action::await_change()), Err);
    }
    let key = ObjectKey::of(&*secret);
    let found = match dereference::run(ctx, View::of(secret.clone()), plan, withdrawn.any).await? {
        Seen::InSync => {
            if let Some(error) = withdrawn.error {
                return Err(error);
            }
            ctx.backoff.succeeded("Secret", &key);
            return Ok(until_due(&secret));
        }
        Seen::Contested => return Ok(Action::requeue(INTERVAL)),
        Seen::Changed(found) => seal::run(ctx, *found).await?,
    };
    if let Some(wait) = found.settles_in {
        return Ok(Action::requeue(wait));
    }
    let mut outcome = match sync(ctx, &found).await {
        Ok(applied) => Ok(applied),
        Err(Failure::Problem(problem)) => Err(found.whose_target(problem)),
        Err(Failure::Error(error)) => return Err(error),
    };
    if let Err(problem) = &outcome
        && let Some(wait) = ctx
            .patience
            .left(&found.secret, found.lost_its_store, problem)
    {
        return Ok(Action::requeue(wait));
    }
    let held_up = outcome.as_mut().ok().and_then(Applied::take_error);
    let retry = problems(&outcome, &withdrawn).any(|problem| retries(problem.reason));
    status::publish(ctx, &found, outcome, &withdrawn).await?;
    // After the rest was done, and told.
    if let Some(error) = held_up.or(withdrawn.error) {
        return Err(error);
    }
    ctx.backoff.succeeded("Secret", &key);
    if retry {
        // Nothing that is watched tells when the name becomes free, a quota is raised, or others give in.
        return Ok(Action::requeue(as_long_again(&found.secret)));
    }
    Ok(until_due(&found.secret))
}

/// Nothing that is watched tells when a generated value is due for its successor.
fn until_due(secret: &Secret) -> Action {
    generate::wait(secret, Timestamp::now()).map_or_else(Action::await_change, Action::requeue)
}

/// Everything that is wrong, with the target and with copies.
fn problems<'a>(
    outcome: &'a Result<Applied, Problem>,
    withdrawn: &'a Withdrawn,
) -> impl Iterator<Item = &'a Problem> {
    let own = match outcome {
        Ok(applied) => applied.problem.as_ref(),
        Err(problem) => Some(problem),
    };
    let copies = outcome.iter().flat_map(|applied| &applied.copies.problems);
    own.into_iter().chain(copies).chain(&withdrawn.problems)
}

async fn sync(ctx: &Context, found: &Found) -> Result<Applied, Failure> {
    if !found.may_have_target() {
        // Withdrawing needs no values, so broken ones do not hold it up.
        apply::sweep(ctx, found, &[]).await?;
    }
    let valid = validate::run(found)?; // no client from here …
    let plan = build::run(found, valid, &ctx.fingerprinter)?; // … to here
    let applied = apply::run(ctx, found, plan).await?;
    // At once: should the status not be written, the next try must not judge by an older object.
    ctx.in_flight.wrote(found.uid(), None, applied.version());
    Ok(applied)
}

/// As long as the problem has lasted, within bounds: whoever follows the remedy at once sees its
/// effect at once, and a problem that nobody cares about costs little.
fn as_long_again(secret: &Secret) -> Duration {
    let conditions = secret.status.iter().flat_map(|status| &status.conditions);
    let lasted = conditions
        .filter(|condition| {
            let told = [ConditionType::Ready, ConditionType::Copied].map(ConditionType::as_str);
            told.contains(&condition.type_.as_str()) && condition.status == "False"
        })
        .map(|condition| Timestamp::now().duration_since(condition.last_transition_time.0))
        .find_map(|lasted| Duration::try_from(lasted).ok());
    lasted
        .unwrap_or_default()
        .clamp(Duration::from_secs(5), Duration::from_mins(1))
}

const fn retries(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::TargetConflict
            | Reason::TargetDiffers
            | Reason::TargetContested
            | Reason::TargetRejected
            | Reason::PodPolicyFull
    )
}
