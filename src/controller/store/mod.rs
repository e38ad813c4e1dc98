//! SecretStore: its keys, made once, and what its status shows of them.

mod apply;
mod build;
mod cascade;
mod dereference;
mod presence;
mod retention;
mod rotation;
mod status;
mod validate;

pub(super) use cascade::cascade;
pub(super) use retention::retain;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::controller::Action;

use super::context::Context;
use super::error::{Error, Failure};
use super::reseal;
use crate::api::SecretStore;
use crate::index::{ObjectKey, StoreKeys};
use dereference::Found;
use presence::is_there;

/// How often a store without keys looks whether it may have some. Costs no request.
const LOOK_FOR_ROOM: Duration = Duration::from_mins(1);

/// Brings one store in order.
///
/// Guarantees: keys are made once, whoever starts at the same time; a store in order costs no
/// request; what it counts is written at most once a second.
pub(super) async fn reconcile(store: Arc<SecretStore>, ctx: Arc<Context>) -> Result<Action, Error> {
    if store.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    if let Some(wait) = ctx.in_flight.awaits(&*store, &ctx.index) {
        return Ok(Action::requeue(wait));
    }
    let found = dereference::run(&ctx, store.clone()).await?;
    let outcome = match sync(&ctx, &found).await {
        Ok(keys) => Ok(keys),
        Err(Failure::Problem(problem)) => Err(problem),
        Err(Failure::Error(error)) => return Err(error),
    };
    let wait = status::publish(&ctx, &found, outcome).await?;
    ctx.backoff
        .succeeded("SecretStore", &ObjectKey::of(&*store));
    // Nothing that is watched tells when keys are old enough.
    let keys = ctx.index.keys(&found.key);
    if let Some(keys) = &keys
        && reseal::is_left(&ctx, &found.key, keys)
    {
        ctx.reseals.want(&found.key);
    }
    let due = keys.and_then(|keys| rotation::wait(&store, &keys.record, Timestamp::now()));
    // Nor when others are gone that are in the way.
    let room = validate::waits_for_room(&found).then_some(LOOK_FOR_ROOM);
    let next = wait.into_iter().chain(due).chain(room).min();
    Ok(next.map_or_else(Action::await_change, Action::requeue))
}

async fn sync(ctx: &Context, found: &Found) -> Result<Arc<StoreKeys>, Failure> {
    let step = validate::run(found)?;
    let plan = build::run(found, step, &ctx.keys.keyring(), Timestamp::now());
    let keys = apply::run(ctx, found, plan.record).await?;
    match plan.problem {
        Some(problem) => Err(problem.into()),
        None => Ok(keys),
    }
}
