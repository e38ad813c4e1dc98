//! The keys of a store that is gone: kept for a time, then destroyed.

use jiff::Timestamp;
use kube::api::{Api, ListParams};

use crate::api::{Secret, SecretStore};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::{Link, ObjectKey, Observed, StoreKeys, links};
use crate::keys::{self, Fate, fate, orphaned};

/// Secrets of one answer: each may have half a megabyte.
const PAGE: u32 = 50;

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
    let api = Api::<Observed<Secret>>::namespaced(ctx.client.clone(), &store.namespace);
    let is_of_these = |link| matches!(link, Link::Key(_, id) if keys.find(id).is_some());
    let needs = |secret: Observed<Secret>| match secret.read() {
        Ok(secret) => links::of(&secret).into_iter().any(is_of_these),
        // Who knows.
        Err(_) => true,
    };
    let mut params = ListParams::default()
        .fields(&format!("spec.storeRef.name={}", store.name))
        .limit(PAGE);
    loop {
        let page = api.list(&params).await;
        let page = page.map_err(Error::api("list", format!("the Secrets of {store}")))?;
        let next = page.metadata.continue_.clone().unwrap_or_default();
        if page.items.into_iter().any(needs) {
            return Ok(true);
        }
        if next.is_empty() {
            return Ok(false);
        }
        params = params.continue_token(&next);
    }
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
