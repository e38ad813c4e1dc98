//! Whose a native Secret is, and so whether it may be written.
//!
//! Coffer's is what its status recorded by UID, or what carries a fingerprint that only Coffer can have
//! made. A label or an owner reference proves nothing: anyone who may write Secrets can write them.

use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::Api;

use super::Found;
use crate::api::Secret;
use crate::api::wellknown::{
    ADOPT_IF_ANNOTATION, ADOPT_LABEL, ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION,
};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::policy::native::{self, Desired, conflict};

/// Fails with what the user is told when the object may not be written.
pub(super) async fn check(
    ctx: &Context,
    found: &Found,
    desired: &Desired,
    object: &core::Secret,
) -> Result<(), Failure> {
    if conflict::is_recorded(&found.secret, object)
        || native::is_genuine(object, &ctx.fingerprinter, found.uid())
        || is_left_by_a_former(ctx, found, object).await?
    {
        return Ok(());
    }
    if let Some(other) = delivered_by_another(ctx, object) {
        return Err(conflict::shared(&object.name_any(), &other).into());
    }
    if object.labels().get(ADOPT_LABEL) != Some(&found.secret.name_any()) {
        return Err(conflict::taken(&object.name_any(), &found.secret).into());
    }
    let differing = desired.differing(object);
    if differing.is_empty() || !object.annotations().contains_key(ADOPT_IF_ANNOTATION) {
        return Ok(());
    }
    Err(conflict::differs(&object.name_any(), &differing).into())
}

/// Whether Coffer made the object for a former Secret of this name, which was deleted and made
/// anew before the garbage collector came. What was retained on purpose is not meant.
async fn is_left_by_a_former(
    ctx: &Context,
    found: &Found,
    object: &core::Secret,
) -> Result<bool, Error> {
    let Some(former) = object.labels().get(ORIGIN_LABEL) else {
        return Ok(false);
    };
    let origin = &found.secret;
    let is_left = object.annotations().get(ORIGIN_NAME_ANNOTATION) == Some(&origin.name_any())
        && native::is_owned_by(object, former)
        && native::is_genuine(object, &ctx.fingerprinter, former);
    if !is_left {
        return Ok(false);
    }
    // The memory could be the one that is behind: then this is the former.
    let key = ObjectKey::of(&**origin);
    let live = Api::<Secret>::namespaced(ctx.client.clone(), &key.namespace)
        .get_metadata_opt(&key.name)
        .await
        .map_err(Error::api("look for", format!("Secret {key}")))?;
    match live {
        Some(live) if live.metadata.uid == origin.metadata.uid => Ok(true),
        _ => Err(Error::Stale),
    }
}

/// The name of another Coffer Secret that lives and delivers this object. Between the two there
/// would be no end of repairing.
fn delivered_by_another(ctx: &Context, object: &core::Secret) -> Option<String> {
    let name = object.annotations().get(ORIGIN_NAME_ANNOTATION)?;
    let other = ObjectKey::new(&ObjectKey::of(object).namespace, name);
    let other = ctx.index.secrets.get(&other.to_ref())?;
    conflict::is_recorded(&other, object).then(|| name.clone())
}
