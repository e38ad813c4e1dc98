//! Step four: the native Secret with the wrapped keys, in the operator's namespace.

use std::sync::Arc;

use super::dereference::Found;
use crate::api::Reason;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::store_keys::Record;
use crate::index::{Link, StoreKeys};
use crate::keys;
use crate::policy::Problem;
use crate::telemetry;

/// The store's keys as they now rest.
pub(super) async fn run(
    ctx: &Context,
    found: &Found,
    record: Option<Record>,
) -> Result<Arc<StoreKeys>, Failure> {
    let stored = found.keys.as_ref().filter(|keys| keys.is_stored());
    let keys = match (record, stored, &found.keys) {
        (None, Some(keys), _) => return Ok(keys.clone()),
        (Some(record), Some(keys), _) => {
            let replaced = ctx.keys.replace(&record, &keys.resource_version).await;
            replaced.map_err(failure)?
        }
        (Some(record), None, _) => create(ctx, &record).await?,
        // Someone deleted the native Secret of a living store: what memory still has is put back.
        (None, None, Some(keys)) => create(ctx, &keys.record).await?,
        (None, None, None) => return Err(Error::Stale.into()),
    };
    // Made here, or by a webhook before the store had any, or imported.
    let before = found.keys.as_ref();
    if before.is_none_or(|keys| keys.record.store_uid.is_empty()) {
        tell_of_lost_ones(ctx, found, &keys).await;
    }
    for secret in ctx.index.dependents(&Link::Store(found.key.clone())) {
        ctx.triggers.secret(&secret);
    }
    Ok(keys)
}

/// The first keys of a store that others sealed values for may have come in the place of lost ones, which nothing
/// else tells of until a value is needed again. Looks at each Secret of the store, once in its life.
async fn tell_of_lost_ones(ctx: &Context, found: &Found, keys: &StoreKeys) {
    let secrets = ctx.index.sealed_otherwise(&found.key, keys);
    if secrets == 0 {
        return;
    }
    let note = format!(
        "it has new keys, and {secrets} of its Secrets hold values that others sealed: if those were lost, \
         bring them back with `coffer keys import` from a backup; until then what is delivered stays, and \
         cannot be made again"
    );
    tracing::warn!(store = %found.key, "{note}");
    ctx.events
        .warn(&*found.store, Reason::KeyUnknown, &note)
        .await;
}

/// Whoever comes second has to look at what is there before it is the store's.
async fn create(ctx: &Context, record: &Record) -> Result<Arc<StoreKeys>, Failure> {
    match ctx.keys.create(record).await.map_err(failure)? {
        (keys, true) => Ok(keys),
        (_, false) => Err(Error::Stale.into()),
    }
}

fn failure(error: keys::Error) -> Failure {
    match error {
        keys::Error::Unusable(error) => {
            Problem::new(Reason::KeysUnusable, telemetry::chain(&error)).into()
        }
        keys::Error::Api {
            action,
            name,
            source,
        } => Error::api(action, format!("native secret {name}"))(*source).into(),
        error @ keys::Error::Keyring(_) => {
            Problem::new(Reason::KeysUnusable, error.to_string()).into()
        }
    }
}
