//! Sealing one Secret again.

use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt as _;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::api::Secret;
use crate::api::wellknown::{RESEAL_ANNOTATION, RESEAL_MANAGER, RESEAL_OWN};
use crate::controller::context::{Context, SealedBy};
use crate::controller::error;
use crate::controller::in_flight::is_older;
use crate::controller::in_place;
use crate::controller::secret::bring_in_order;
use crate::index::{Link, ObjectKey, UsableKeys, links};
use crate::policy::operations::replace;
use crate::policy::owners;
use crate::policy::reseal::{Extent, Swap, swaps};

/// How often memory is looked at for what was written.
const LOOK: Duration = Duration::from_millis(5);

/// How long a watch may be behind.
const BEHIND: Duration = Duration::from_secs(1);

/// Why a Secret was not sealed again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The API server did not do it.
    #[error(transparent)]
    Write(#[from] error::Error),
    /// The annotation was stored: nobody did what it asks for.
    #[error(
        "the webhook `seal` was not called: is the chart as new as the operator, and the webhook configuration there?"
    )]
    Unanswered,
}

impl Error {
    /// Whether the Secret, or the list of them, is not what it was.
    pub(super) const fn is_stale(&self) -> bool {
        matches!(self, Self::Write(error::Error::Stale))
    }

    /// Whether it says nothing of other Secrets.
    pub(super) fn is_about_one(&self) -> bool {
        matches!(self, Self::Write(error) if error.is_refusal())
    }
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Done {
    /// It was written, and brought in order.
    Changed,
    /// There was nothing to do.
    Same,
    /// Someone else is changing it.
    Later,
}

/// Whether it is there, and the last try was not in vain.
pub(super) fn is_worth_trying(ctx: &Context, key: &ObjectKey) -> bool {
    let secret = ctx.index.secrets.get(&key.to_ref::<Secret>());
    secret.is_some_and(|secret| {
        secret.metadata.deletion_timestamp.is_none()
            && !ctx.reseals.is_given_up(key, secret.metadata.generation)
    })
}

/// Whether memory lags behind the last write to it.
pub(super) fn is_being_changed(ctx: &Context, key: &ObjectKey) -> bool {
    let secret = ctx.index.secrets.get(&key.to_ref::<Secret>());
    secret.is_some_and(|secret| ctx.in_flight.awaits(&*secret, &ctx.index).is_some())
}

/// Seals it again, as it was listed if it was, and brings it in order. Beside the queue, in which it would stand
/// before a change that a user makes meanwhile.
pub(super) async fn again(
    ctx: &Context,
    key: &ObjectKey,
    listed: Option<Secret>,
) -> Result<Done, Error> {
    let Some(cached) = ctx.index.secrets.get(&key.to_ref::<Secret>()) else {
        return Ok(Done::Same);
    };
    let uid = cached.uid().unwrap_or_default();
    ctx.in_flight.hold(&uid);
    let written = write(ctx, key, listed).await;
    let done = written.map(|secret| (judge(ctx, key, &cached, &secret), secret));
    let done = if let Ok((Done::Changed, secret)) = done {
        let version = secret.resource_version();
        told(ctx, key, &secret).await;
        // What fails here is tried again by the reconcile.
        let _ = bring_in_order(Arc::new(secret), ctx).await;
        ctx.in_flight.end_hold(&uid, version);
        Ok(Done::Changed)
    } else {
        ctx.in_flight.release(&uid);
        done.map(|(done, _)| done)
    };
    // What it was woken for meanwhile was put off.
    ctx.triggers.secret(key);
    done
}

/// Waits until the watch has told of a write. Before that the API server's own memory may not have it either: a
/// second write would then be begun with what was there before, and begun again.
async fn told(ctx: &Context, key: &ObjectKey, written: &Secret) {
    let seen = async {
        while let Some(secret) = ctx.index.secrets.get(&key.to_ref::<Secret>())
            && is_older(&*secret, written)
        {
            sleep(LOOK).await;
        }
    };
    // A watch that is further behind was interrupted.
    let _ = timeout(BEHIND, seen).await;
}

/// What became of a Secret.
fn judge(ctx: &Context, key: &ObjectKey, cached: &Secret, secret: &Secret) -> Done {
    if !own_swaps(ctx, secret).is_empty() {
        // The webhook of a replica that has not seen the new keys yet leaves things as they are.
        return Done::Later;
    }
    if is_left(ctx, secret) {
        ctx.reseals
            .give_up(key.clone(), secret.metadata.generation, &ctx.index);
        tracing::warn!(%key, "holds a value that was sealed with a former key and does not open here");
    }
    if secret.resource_version() == cached.resource_version() {
        Done::Same
    } else {
        Done::Changed
    }
}

async fn write(ctx: &Context, key: &ObjectKey, listed: Option<Secret>) -> Result<Secret, Error> {
    let api = Api::<Secret>::namespaced(ctx.client.clone(), &key.namespace);
    match (listed, ctx.config.plaintext) {
        (Some(secret), _) => swap(ctx, &api, secret).await,
        (None, SealedBy::Admission) => ask(&api, key).await,
        (None, SealedBy::Controller) => {
            let secret = api.get(&key.name).await.map_err(failed(key))?;
            swap(ctx, &api, secret).await
        }
    }
}

/// The webhook swaps the envelopes, which leaves the ownership of the fields as it is.
async fn ask(api: &Api<Secret>, key: &ObjectKey) -> Result<Secret, Error> {
    let asked = annotate(api, key, Some(RESEAL_OWN)).await?;
    if asked.annotations().contains_key(RESEAL_ANNOTATION) {
        annotate(api, key, None).await?;
        return Err(Error::Unanswered);
    }
    Ok(asked)
}

async fn annotate(
    api: &Api<Secret>,
    key: &ObjectKey,
    value: Option<&str>,
) -> Result<Secret, error::Error> {
    let patch = json!({ "metadata": { "annotations": { RESEAL_ANNOTATION: value } } });
    let params = PatchParams {
        field_manager: Some(RESEAL_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patched = api.patch(&key.name, &params, &Patch::Merge(&patch)).await;
    patched.map_err(failed(key))
}

/// Swaps the envelopes of a whole Secret: by one write, if one keeps the ownership of the fields.
async fn swap(ctx: &Context, api: &Api<Secret>, secret: Secret) -> Result<Secret, Error> {
    let swaps = own_swaps(ctx, &secret);
    if swaps.is_empty() {
        return Ok(secret);
    }
    let operations: Vec<_> = swaps
        .iter()
        .map(|swap| replace(swap.path(), swap.envelope.to_string()))
        .collect();
    match ctx.config.plaintext {
        SealedBy::Admission if owners::sole(&secret, &operations).is_none() => {
            ask(api, &ObjectKey::of(&secret)).await
        }
        _ => Ok(in_place::write_held(ctx, &secret, operations).await?),
    }
}

/// What this replica would swap in a whole Secret.
fn own_swaps(ctx: &Context, secret: &Secret) -> Vec<Swap> {
    let store = ObjectKey::store_of(secret);
    let (keys, store) = (
        ctx.index.keys(&store),
        ctx.index.stores.get(&store.to_ref()),
    );
    let (Some(keys), Some(store)) = (keys, store) else {
        return Vec::new();
    };
    if !keys.are_of(&store) {
        return Vec::new();
    }
    let keys = UsableKeys::new(ctx.index.clone(), keys);
    swaps(secret, &keys, Some(&*store), Extent::Own).unwrap_or_default()
}

/// Whether a whole Secret still holds something that a former key sealed.
fn is_left(ctx: &Context, secret: &Secret) -> bool {
    links::of(secret).into_iter().any(|link| {
        let Link::Key(store, id) = link else {
            return false;
        };
        let keys = ctx.index.keys(&store);
        keys.is_some_and(|keys| super::former(&keys).any(|former| former == id))
    })
}

fn failed(key: &ObjectKey) -> impl FnOnce(kube::Error) -> error::Error {
    error::Error::api("seal again", format!("Secret {key}"))
}
