//! Whose a native Secret is, and so whether it may be written.
//!
//! Coffer's is what its status recorded by UID, or what carries a fingerprint that only Coffer can have
//! made. A label or an owner reference proves nothing: anyone who may write Secrets can write them.

use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::Api;
use kube::core::PartialObjectMeta;

use super::Found;
use crate::api::wellknown::{
    ADOPT_IF_ANNOTATION, ADOPT_LABEL, FINGERPRINT_ANNOTATION, ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION,
};
use crate::api::{Delivery, Reason, Secret};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::policy::Problem;
use crate::policy::native::{self, Desired};

/// What the status says about an object of this name.
pub(super) fn recorded<'a>(secret: &'a Secret, key: &ObjectKey) -> Option<&'a Delivery> {
    let status = secret.status.as_ref()?;
    status
        .deliveries
        .iter()
        .find(|delivery| *delivery.namespace == *key.namespace && *delivery.name == *key.name)
}

/// Whether the status recorded this very object.
pub(super) fn is_recorded(secret: &Secret, object: &core::Secret) -> bool {
    recorded(secret, &ObjectKey::of(object))
        .is_some_and(|delivery| Some(&delivery.uid) == object.metadata.uid.as_ref())
}

/// Whether it could be Coffer's, or be handed over, by its metadata alone: the status recorded it, it
/// carries a fingerprint, or the label of consent.
pub(super) fn is_possible(found: &Found, metadata: &PartialObjectMeta<core::Secret>) -> bool {
    recorded(&found.secret, &ObjectKey::of(metadata))
        .is_some_and(|delivery| Some(&delivery.uid) == metadata.metadata.uid.as_ref())
        || metadata.annotations().contains_key(FINGERPRINT_ANNOTATION)
        || metadata.labels().contains_key(ADOPT_LABEL)
}

/// Fails with what the user is told when the object may not be written.
pub(super) async fn check(
    ctx: &Context,
    found: &Found,
    desired: &Desired,
    object: &core::Secret,
) -> Result<(), Failure> {
    if is_recorded(&found.secret, object)
        || native::is_genuine(object, &ctx.fingerprinter, found.uid())
        || is_left_by_a_former(ctx, found, object).await?
    {
        return Ok(());
    }
    if let Some(other) = delivered_by_another(ctx, object) {
        return Err(shared(object, &other).into());
    }
    if object.labels().get(ADOPT_LABEL) != Some(&found.secret.name_any()) {
        return Err(conflict(&ObjectKey::of(object), &found.secret).into());
    }
    let differing = desired.differing(object);
    if differing.is_empty() || !object.annotations().contains_key(ADOPT_IF_ANNOTATION) {
        return Ok(());
    }
    Err(another_content(&object.name_any(), &differing).into())
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
    is_recorded(&other, object).then(|| name.clone())
}

fn another_content(name: &str, keys: &[&str]) -> Problem {
    Problem::new(
        Reason::TargetDiffers,
        format!(
            "native secret `{name}` may be taken over with its present content only, and the Secret has another \
             in `{}`, so it was left alone: import it again, or have it written over with \
             `kubectl annotate secret {name} {ADOPT_IF_ANNOTATION}-`",
            keys.join("`, `")
        ),
    )
}

fn shared(object: &core::Secret, other: &str) -> Problem {
    Problem::new(
        Reason::TargetConflict,
        format!(
            "native secret `{}` is the target of Secret `{other}`: choose another \
             `spec.target.name` for one of them",
            object.name_any()
        ),
    )
}

/// The name is taken.
pub(super) fn conflict(key: &ObjectKey, secret: &Secret) -> Problem {
    let (name, origin) = (&key.name, secret.name_any());
    // The value of a label has at most 63 characters.
    let remedies = if origin.len() > 63 {
        "or choose another `spec.target.name`".to_owned()
    } else {
        format!(
            "choose another `spec.target.name`, or let Coffer take it over with \
             `kubectl label secret {name} {ADOPT_LABEL}={origin}`"
        )
    };
    Problem::new(
        Reason::TargetConflict,
        format!(
            "native secret `{name}` exists and is not Coffer's, so it was left alone: delete it, {remedies}"
        ),
    )
}
