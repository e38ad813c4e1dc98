//! Step four: the writes. Each one either makes something new or carries what it was decided on.

use kube::ResourceExt as _;

use super::Found;
use super::build::Plan;
use super::natives::Natives;
use super::target::{Repair, Target};
use crate::api::Delivery;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::index::natives::Native;
use crate::policy::native::{self, conflict};

/// What was delivered.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) fingerprint: String,
    pub(super) sealed_by_coffer: bool,
    /// Something that was put back: what an event tells.
    pub(super) repaired: Option<Repair>,
}

impl Applied {
    /// The resourceVersion of the native Secret.
    pub(super) fn version(&self) -> Option<String> {
        let delivery = self.deliveries.first();
        delivery.map(|delivery| delivery.resource_version.clone())
    }
}

/// Brings the native Secret in order, then removes those that the plan no longer names.
pub(super) async fn run(ctx: &Context, found: &Found, plan: Plan) -> Result<Applied, Failure> {
    let Plan {
        native,
        fingerprint,
        sealed_by_coffer,
    } = plan;
    let mut applied = Applied {
        deliveries: Vec::new(),
        fingerprint,
        sealed_by_coffer,
        repaired: None,
    };
    if let Some((desired, fingerprint)) = native {
        let target = Target {
            ctx,
            found,
            desired: &desired,
            fingerprint: &fingerprint,
        };
        let (delivery, repaired) = target.bring_in_order().await?;
        applied.deliveries.push(delivery);
        applied.repaired = repaired;
        sweep(ctx, found, &applied.deliveries).await?;
    }
    Ok(applied)
}

/// Removes the native Secrets that came from this Secret and are not in the plan. Those that are
/// retained have no owner reference, and stay.
pub(super) async fn sweep(ctx: &Context, found: &Found, keep: &[Delivery]) -> Result<(), Error> {
    let namespace = found
        .secret
        .metadata
        .namespace
        .as_deref()
        .unwrap_or_default();
    let natives = Natives::of(&ctx.client, namespace);
    let is_kept = |key: &ObjectKey| keep.iter().any(|delivery| *delivery.name == *key.name);
    let mut labelled = Vec::new();
    for (key, native) in ctx.index.natives_of(namespace, found.uid()) {
        if !is_kept(&key) && native.owned && is_ours(found, &key, &native, &natives, ctx).await? {
            natives
                .delete(&key, &native.uid, &native.resource_version)
                .await?;
        }
        labelled.push(key);
    }
    // One that was delivered, and lost its label since, is known by its UID.
    for delivery in found
        .secret
        .status
        .iter()
        .flat_map(|status| &status.deliveries)
    {
        let key = ObjectKey::new(&delivery.namespace, &delivery.name);
        if is_kept(&key) || labelled.contains(&key) {
            continue;
        }
        if let Some(metadata) = natives.metadata(&key).await?
            && metadata.metadata.uid.as_ref() == Some(&delivery.uid)
            && metadata
                .owner_references()
                .iter()
                .any(|owner| owner.uid == found.uid())
        {
            let version = metadata.resource_version().unwrap_or_default();
            natives.delete(&key, &delivery.uid, &version).await?;
        }
    }
    Ok(())
}

async fn is_ours(
    found: &Found,
    key: &ObjectKey,
    native: &Native,
    natives: &Natives,
    ctx: &Context,
) -> Result<bool, Error> {
    let recorded = conflict::recorded(&found.secret, &key.namespace, &key.name);
    if recorded.is_some_and(|delivery| *delivery.uid == *native.uid) {
        return Ok(true);
    }
    let object = natives.get(key).await?;
    Ok(object.is_some_and(|object| native::is_genuine(&object, &ctx.fingerprinter, found.uid())))
}
