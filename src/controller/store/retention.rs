//! The keys of a store that is gone: kept for a time, then destroyed.

use std::pin::pin;

use futures::TryStreamExt as _;
use jiff::Timestamp;

use crate::api::{Secret, SecretStore};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::pages;
use crate::index::{Link, ObjectKey, Observed, StoreKeys, links};
use crate::keys::{self, Fate, fate, orphaned};

/// Looks at the keys of a store that is gone. Without a request, unless there is something to write.
pub(in crate::controller) async fn retain(ctx: &Context, store: &ObjectKey) -> Result<(), Error> {
    let Some(keys) = ctx.index.keys(store).filter(|keys| keys.is_stored()) else {
        return Ok(());
    };
    let exists = ctx
        .index
        .stores
        .get(&store.to_ref::<SecretStore>())
        .is_some();
    let mut ids = keys.all().map(|(_, key)| key.id());
    let needed = ids.any(|key| ctx.index.sealed_with(store, key) > 0);
    let now = Timestamp::now();
    match fate(&keys.record, exists, needed, ctx.config.key_retention, now) {
        Fate::Keep => {}
        Fate::Orphan => {
            let record = orphaned(&keys.record, now);
            let written = ctx.keys.replace(&record, &keys.resource_version).await;
            written.map_err(failed)?;
            tracing::info!(%store, "the store is gone: its keys stay for their time");
        }
        // The memory could be wrong about what is not there. What is destroyed is gone for good, so ask.
        Fate::Destroy if is_needed(ctx, store, &keys).await? => {}
        Fate::Destroy => {
            ctx.keys.destroy(&keys).await.map_err(failed)?;
            tracing::warn!(
                %store,
                keys = keys.record.keys.len(),
                "the store is gone and the time of its keys is over: destroyed them"
            );
        }
    }
    Ok(())
}

/// Whether there is such a store after all, or a Secret that needs its keys.
async fn is_needed(ctx: &Context, store: &ObjectKey, keys: &StoreKeys) -> Result<bool, Error> {
    if super::is_there(ctx, store).await? {
        return Ok(true);
    }
    let is_of_these = |link| matches!(link, Link::Key(_, id) if keys.find(id).is_some());
    let mut secrets = pin!(pages::of_store::<Observed<Secret>>(&ctx.client, store));
    while let Some(secret) = secrets.try_next().await? {
        // Of one that does not read, who knows.
        let needs = |secret| links::of(&secret).into_iter().any(is_of_these);
        if secret.read().map_or(true, needs) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn failed(error: keys::Error) -> Error {
    match error {
        keys::Error::Api {
            action,
            name,
            source,
        } => Error::api(action, format!("native secret {name}"))(*source),
        // They are there, and memory has them: the watch tells what became of them.
        keys::Error::Unusable(_) => Error::Stale,
        error @ keys::Error::Keyring(_) => Error::Keyring(error),
    }
}
