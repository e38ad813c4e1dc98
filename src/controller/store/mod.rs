//! SecretStore: its keys, made once, and what its status shows of them.

mod apply;
mod build;
mod cascade;
mod dereference;
mod status;
mod validate;

pub(super) use cascade::cascade;
pub(super) use status::UsageWrites;

use std::sync::Arc;

use kube::runtime::controller::Action;

use super::context::Context;
use super::error::Error;
use crate::api::SecretStore;
use crate::index::ObjectKey;

/// Brings one store in order.
///
/// Guarantees: keys are made once, whoever starts at the same time; a store in order costs no
/// request; its usage is written at most once a second.
pub(super) async fn reconcile(store: Arc<SecretStore>, ctx: Arc<Context>) -> Result<Action, Error> {
    if store.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    let found = dereference::run(&ctx, store.clone()).await?;
    let outcome = match validate::run(&found) {
        Ok(step) => {
            let plan = build::run(&found, step, &ctx.keyring, jiff::Timestamp::now());
            Ok(apply::run(&ctx, &found, plan).await?)
        }
        Err(problem) => Err(problem),
    };
    let action = status::publish(&ctx, &found, outcome).await?;
    ctx.backoff.succeeded(&ObjectKey::of(&*store));
    Ok(action)
}
