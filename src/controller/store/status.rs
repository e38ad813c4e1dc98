//! Step five: the public halves of the keys, and the usage, written at most once a second.

use std::sync::Arc;

use kube::runtime::controller::Action;

use super::dereference::Found;
use crate::api::{Reason, SealingKeyStatus, SecretStore, SecretStoreStatus, Usage, id};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::status::write;
use crate::index::StoreKeys;
use crate::policy::Problem;
use crate::policy::conditions;

/// Writes the status where it differs; where only the usage does, not more than once a second.
pub(super) async fn publish(
    ctx: &Context,
    found: &Found,
    outcome: Result<Arc<StoreKeys>, Problem>,
) -> Result<Action, Error> {
    let before = found.store.status.as_ref();
    let wanted = wanted(found, outcome.as_ref());
    let only_usage = before.is_some_and(|before| {
        SecretStoreStatus {
            usage: wanted.usage,
            ..before.clone()
        } == wanted
    });
    if only_usage
        && before != Some(&wanted)
        && let Some(wait) = ctx.usage_writes.wait(found.uid())
    {
        return Ok(Action::requeue(wait));
    }
    let written = write(&ctx.client, &*found.store, before, &wanted, "coffer/store").await?;
    if let Some(store) = written {
        ctx.usage_writes.wrote(found.uid());
        ctx.in_flight
            .wrote(found.uid(), store.metadata.resource_version, None);
    }
    tell(ctx, &found.store, &outcome).await;
    Ok(Action::await_change())
}

fn wanted(found: &Found, outcome: Result<&Arc<StoreKeys>, &Problem>) -> SecretStoreStatus {
    let meta = &found.store.metadata;
    let before = found.store.status.clone().unwrap_or_default();
    let now = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(
        jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH),
    );
    let conditions = match outcome {
        Ok(_) => conditions::ready(Reason::KeysReady, "values can be sealed for this store"),
        Err(problem) => conditions::not_ready(problem),
    };
    SecretStoreStatus {
        observed_generation: meta.generation,
        id: id(meta),
        created: meta.creation_timestamp.clone(),
        usage: Some(Usage {
            secrets: found.usage,
        }),
        sealing_keys: outcome.map_or(before.sealing_keys, |keys| sealing_keys(keys)),
        conditions: conditions::date(&before.conditions, conditions, meta.generation, &now),
    }
}

fn sealing_keys(keys: &StoreKeys) -> Vec<SealingKeyStatus> {
    keys.all()
        .map(|(written, key)| SealingKeyStatus {
            id: written.id.to_string(),
            suite: written.suite.as_str().to_owned(),
            public_key: key.sealing_key().map(|public| public.public_base64()),
            state: written.state,
            created: written.created.clone(),
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
