//! Step five: the public halves of the keys, and what is counted, which is written now and then.

use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt as _;

use super::dereference::Found;
use crate::api::{
    Reason, SealingKeyStatus, SecretStore, SecretStoreStatus, Usage, id, whole_second,
};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::reseal;
use crate::controller::status::write;
use crate::controller::usage_writes::{PROGRESS_INTERVAL, USAGE_INTERVAL};
use crate::index::{ObjectKey, StoreKeys};
use crate::policy::Problem;
use crate::policy::{conditions, names};

/// Writes the status where it differs; where only what is counted does, not more than once a second, and not
/// more than every five while Secrets are sealed again. Says how long the next write has to wait.
pub(super) async fn publish(
    ctx: &Context,
    found: &Found,
    outcome: Result<Arc<StoreKeys>, Problem>,
) -> Result<Option<Duration>, Error> {
    let before = found.store.status.as_ref();
    let wanted = wanted(ctx, found, outcome.as_ref());
    let only_counts = before.is_some_and(|before| uncounted(before) == uncounted(&wanted));
    let is_sealed_again = outcome
        .as_ref()
        .is_ok_and(|keys| reseal::is_left(ctx, &found.key, keys));
    let interval = if is_sealed_again {
        PROGRESS_INTERVAL
    } else {
        USAGE_INTERVAL
    };
    if only_counts
        && before != Some(&wanted)
        && let Some(wait) = ctx.usage_writes.wait(found.uid(), interval)
    {
        return Ok(Some(wait));
    }
    let written = write(&ctx.client, &*found.store, before, &wanted, "coffer/store").await?;
    if let Some(meta) = written {
        ctx.usage_writes.wrote(found.uid());
        ctx.in_flight
            .wrote(found.uid(), meta.resource_version, None);
    }
    tell(ctx, &found.store, &outcome).await;
    Ok(None)
}

/// A status without what is counted.
fn uncounted(status: &SecretStoreStatus) -> SecretStoreStatus {
    let mut status = status.clone();
    status.usage = None;
    for key in &mut status.sealing_keys {
        key.secrets = None;
    }
    status
}

fn wanted(
    ctx: &Context,
    found: &Found,
    outcome: Result<&Arc<StoreKeys>, &Problem>,
) -> SecretStoreStatus {
    let meta = &found.store.metadata;
    let before = found.store.status.clone().unwrap_or_default();
    let now = whole_second(jiff::Timestamp::now());
    let mut conditions = match outcome {
        Ok(_) => conditions::ready(Reason::KeysReady, "values can be sealed for this store"),
        Err(problem) => conditions::not_ready(problem),
    };
    if ctx.index.is_name_taken(&*found.store) {
        conditions.push(conditions::not_named(&names::taken_in_namespace(
            &found.store,
        )));
    }
    let name = found.store.spec.name.clone();
    SecretStoreStatus {
        observed_generation: meta.generation,
        name: Some(name.unwrap_or_else(|| found.store.name_any())),
        id: id(meta),
        created: meta.creation_timestamp.clone(),
        usage: Some(Usage {
            secrets: found.usage,
        }),
        quota: found.store.spec.quota,
        sealing_keys: match outcome.ok().or_else(|| found.own_keys()) {
            Some(keys) => sealing_keys(ctx, &found.key, keys),
            None => before.sealing_keys,
        },
        conditions: conditions::date(&before.conditions, conditions, meta.generation, &now),
    }
}

fn sealing_keys(ctx: &Context, store: &ObjectKey, keys: &StoreKeys) -> Vec<SealingKeyStatus> {
    let count = |key| i64::try_from(ctx.index.sealed_with(store, key)).unwrap_or(i64::MAX);
    keys.all()
        .map(|(written, key)| SealingKeyStatus {
            id: written.id.to_string(),
            suite: written.suite.as_str().to_owned(),
            public_key: key.sealing_key().map(|public| public.public_base64()),
            state: written.state,
            created: written.created.clone(),
            secrets: Some(count(written.id)),
        })
        .collect()
}

/// A problem is told when it begins.
async fn tell(ctx: &Context, store: &SecretStore, outcome: &Result<Arc<StoreKeys>, Problem>) {
    let before = store
        .status
        .as_ref()
        .and_then(|status| conditions::ready_reason(&status.conditions));
    if let Err(problem) = outcome
        && before != Some((false, problem.reason.as_str()))
    {
        ctx.events
            .warn(store, problem.reason, &problem.message)
            .await;
    }
}
