//! A store that is gone: with `deletionPolicy: Cascade` its Secrets go too.
//!
//! No finalizer: what the store wanted is in the record of its keys, so it is also known when the
//! store was deleted while the operator was not running.

use futures::{StreamExt as _, TryStreamExt as _};
use kube::api::{Api, DeleteParams, Preconditions};

use crate::api::Secret;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::{Link, ObjectKey, Observed};

/// Deletions at once.
const CONCURRENCY: usize = 16;

/// Deletes the Secrets of a store that is gone, where it wanted that. Secrets that never belonged to
/// it, and those of a new store of the same name, stay.
pub(in crate::controller) async fn cascade(ctx: &Context, store: &ObjectKey) -> Result<(), Error> {
    let Some(keys) = ctx.index.keys(store) else {
        return Ok(());
    };
    let secrets: Vec<_> = ctx
        .index
        .dependents(&Link::Store(store.clone()))
        .into_iter()
        .filter_map(|key| ctx.index.secrets.get(&key.to_ref()))
        .filter(|secret| keys.record.takes_with_it(secret))
        .collect();
    if secrets.is_empty() {
        return Ok(());
    }
    // The memory could be wrong about what is not there. Before anything is deleted, ask.
    if super::is_there(ctx, store).await? {
        return Ok(());
    }
    tracing::info!(%store, secrets = secrets.len(), "the store was deleted: deleting its Secrets");
    futures::stream::iter(secrets)
        .map(Ok)
        .try_for_each_concurrent(
            CONCURRENCY,
            |secret| async move { delete(ctx, &secret).await },
        )
        .await
}

/// Only as it was looked at: one that was moved to another store meanwhile is that one's.
async fn delete(ctx: &Context, secret: &Secret) -> Result<(), Error> {
    let key = ObjectKey::of(secret);
    let params = DeleteParams {
        preconditions: Some(Preconditions {
            uid: secret.metadata.uid.clone(),
            resource_version: secret.metadata.resource_version.clone(),
        }),
        ..DeleteParams::default()
    };
    match Api::<Observed<Secret>>::namespaced(ctx.client.clone(), &key.namespace)
        .delete(&key.name, &params)
        .await
    {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(Error::api("delete", format!("Secret {key}"))(error)),
    }
}
