//! Copies in other namespaces that are no longer to be there. No owner reference reaches them, so Coffer takes them away
//! itself: before anything else is looked at, because that needs no values.

use kube::ResourceExt as _;

use super::Found;
use super::natives::Natives;
use crate::api::Secret;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::ObjectKey;
use crate::index::natives::Native;
use crate::policy::delivery::Copies;
use crate::policy::native::copy;

/// Copies of a Secret that memory knows and the plan does not. Only what carries Coffer's mark is one: a label proves
/// nothing, and anyone could make others' Secrets look after it.
pub(super) fn superfluous(
    ctx: &Context,
    secret: &Secret,
    plan: &Copies,
) -> Vec<(ObjectKey, Native)> {
    let uid = secret.metadata.uid.as_deref().unwrap_or_default();
    let own = secret.metadata.namespace.as_deref().unwrap_or_default();
    let name = copy::name(secret);
    let mut copies = ctx.index.natives_of(uid);
    copies.retain(|(key, native)| {
        let is_planned = *key.name == *name && plan.contains_key(&*key.namespace);
        *key.namespace != *own && !is_planned && is_marked(ctx, uid, key, native)
    });
    copies
}

/// Whether Coffer made this object for this origin in this place.
pub(super) fn is_marked(ctx: &Context, uid: &str, key: &ObjectKey, native: &Native) -> bool {
    let mark = copy::mark(&ctx.fingerprinter, uid, &key.namespace, &key.name);
    native.mark.as_deref() == Some(&*mark)
}

/// Takes away what the plan does not have.
pub(super) async fn withdraw(ctx: &Context, found: &Found) -> Result<(), Error> {
    for (key, native) in superfluous(ctx, &found.secret, &found.copies) {
        remove(ctx, &key, &native.uid, &native.resource_version).await?;
    }
    // One that lost its label is known by its UID.
    let own = found.secret.namespace().unwrap_or_default();
    let name = copy::name(&found.secret);
    let recorded = found
        .secret
        .status
        .iter()
        .flat_map(|status| &status.deliveries);
    for delivery in recorded {
        let is_planned = delivery.name == name && found.copies.contains_key(&delivery.namespace);
        let key = ObjectKey::new(&delivery.namespace, &delivery.name);
        if delivery.namespace == own || is_planned || ctx.index.native(&key).is_some() {
            continue;
        }
        let natives = Natives::of(&ctx.client, &key.namespace);
        if let Some(found) = natives.metadata(&key).await?
            && found.metadata.uid.as_ref() == Some(&delivery.uid)
        {
            let version = found.resource_version().unwrap_or_default();
            remove(ctx, &key, &delivery.uid, &version).await?;
        }
    }
    Ok(())
}

/// Takes away a copy whose origin is gone; asks for the origin first, because memory could be behind.
pub(in crate::controller) async fn sweep(ctx: &Context, key: &ObjectKey) -> Result<(), Error> {
    let Some(native) = ctx.index.native(key) else {
        return Ok(());
    };
    let Some(origin) = native.origin(key) else {
        return Ok(());
    };
    if !is_marked(ctx, &native.origin_uid, key, &native) || !ctx.index.is_orphan(key, &native) {
        return Ok(());
    }
    let secrets = kube::Api::<Secret>::namespaced(ctx.client.clone(), &origin.namespace);
    let live = secrets.get_metadata_opt(&origin.name).await;
    let live = live.map_err(Error::api("look for", format!("Secret {origin}")))?;
    if live.and_then(|live| live.metadata.uid).as_deref() == Some(&*native.origin_uid) {
        return Ok(());
    }
    remove(ctx, key, &native.uid, &native.resource_version).await
}

async fn remove(ctx: &Context, key: &ObjectKey, uid: &str, version: &str) -> Result<(), Error> {
    let natives = Natives::of(&ctx.client, &key.namespace);
    natives.delete(key, uid, version).await?;
    ctx.verified.forget(key);
    Ok(())
}
