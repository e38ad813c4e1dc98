//! Whether a native Secret may be handed over. No client.

use json_patch::Patch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::ResourceExt as _;

use super::change::{self, Change};
use super::owners::Kinds;
use super::refusal::Refusal;
use crate::api::wellknown::{ADOPT_IF_ANNOTATION, ADOPT_LABEL, ORIGIN_LABEL};
use crate::api::{ConditionType, Reason, Secret};
use crate::policy::conditions;
use crate::policy::native::OPAQUE;

/// The longest value of a label.
const LABEL_MAX: usize = 63;

/// What is to be done with one native Secret.
#[derive(Debug)]
pub(super) struct Handover {
    /// The owners that it belonged to.
    pub(super) former: Vec<OwnerReference>,
    /// Whether the patch lets Coffer take it over.
    pub(super) consents: bool,
    /// The Helm release that it is a part of.
    pub(super) release: Option<String>,
    /// Tests what was looked at; `None` where there is nothing left to do.
    pub(super) patch: Option<Patch>,
}

/// The Coffer Secret that has `native` as its target.
///
/// # Errors
/// [`Refusal::NoSecret`], [`Refusal::Several`].
pub(super) fn origin<'s>(secrets: &'s [Secret], native: &str) -> Result<&'s Secret, Refusal> {
    let is_target = |secret: &&Secret| {
        let target = secret.spec.target.as_ref();
        target.is_some_and(|target| match &target.name {
            Some(name) => name == native,
            None => secret.name_any() == native,
        })
    };
    let origins: Vec<_> = secrets.iter().filter(is_target).collect();
    match origins[..] {
        [] => Err(Refusal::NoSecret),
        [origin] => Ok(origin),
        _ => {
            let names: Vec<_> = origins.iter().map(|origin| origin.name_any()).collect();
            Err(Refusal::Several(names.join(", ")))
        }
    }
}

/// Whether the status is about the present spec, and says whether all is well.
pub(super) fn is_settled(secret: &Secret) -> bool {
    secret.status.as_ref().is_some_and(|status| {
        status.observed_generation == secret.metadata.generation
            && conditions::ready_reason(&status.conditions).is_some()
    })
}

/// Whether the Coffer Secret says that it delivers the object of this UID.
pub(super) fn delivers(secret: &Secret, uid: &str) -> bool {
    is_settled(secret)
        && secret.status.as_ref().is_some_and(|status| {
            conditions::ready_reason(&status.conditions).is_some_and(|(ready, _)| ready)
                && status.deliveries.iter().any(|delivery| delivery.uid == uid)
        })
}

/// Why Coffer left it alone after all, where the content is another.
pub(super) fn difference(secret: &Secret) -> Option<&str> {
    let conditions = &secret.status.as_ref()?.conditions;
    let ready = conditions
        .iter()
        .find(|condition| condition.type_ == ConditionType::Ready.as_str())?;
    (is_settled(secret) && ready.reason == Reason::TargetDiffers.as_str())
        .then_some(&*ready.message)
}

/// What is to be done, if it may be; `secret` is settled.
///
/// # Errors
/// [`Refusal`]: anything that would end with a native Secret deleted, or with nobody in charge of it.
pub(super) fn judge(
    native: &core::Secret,
    secret: &Secret,
    kinds: &Kinds<'_>,
) -> Result<Handover, Refusal> {
    refuse_what_would_be_made_anew(native, secret)?;
    let origin = secret.name_any();
    if origin.len() > LABEL_MAX {
        return Err(Refusal::NameTooLong(origin));
    }
    let delivered_from = native.labels().get(ORIGIN_LABEL);
    if delivered_from.is_some_and(|uid| Some(uid) != secret.metadata.uid.as_ref()) {
        return Err(Refusal::DeliveredByAnother);
    }
    let is_delivered = delivers(secret, &native.uid().unwrap_or_default());
    if !is_delivered {
        only_consent_is_missing(secret)?;
    }
    let (former, kept) = kinds.split(native.owner_references())?;
    let consents = !is_delivered
        && (native.labels().get(ADOPT_LABEL) != Some(&origin)
            || !native.annotations().contains_key(ADOPT_IF_ANNOTATION));
    let change = Change {
        owners: (!former.is_empty()).then_some(&kept),
        consent: consents.then_some(&origin),
    };
    Ok(Handover {
        former,
        consents,
        release: change::helm_release(native).cloned(),
        patch: change.patch(native),
    })
}

/// Neither a type nor an immutable object can be changed: Coffer would delete it, and make it anew.
fn refuse_what_would_be_made_anew(native: &core::Secret, secret: &Secret) -> Result<(), Refusal> {
    if native.metadata.deletion_timestamp.is_some() {
        return Err(Refusal::Terminating);
    }
    let type_ = native.type_.as_deref().unwrap_or(OPAQUE);
    let target = secret.spec.target.as_ref();
    let wanted = target.and_then(|target| target.type_.as_deref());
    let wanted = wanted.unwrap_or(OPAQUE);
    if type_ != wanted {
        return Err(Refusal::OtherType {
            native: type_.to_owned(),
            target: wanted.to_owned(),
        });
    }
    if native.immutable == Some(true) {
        return Err(Refusal::Immutable {
            native: native.name_any(),
            secret: secret.name_any(),
        });
    }
    Ok(())
}

/// Everything else must be well before the old tool is out of charge.
fn only_consent_is_missing(secret: &Secret) -> Result<(), Refusal> {
    let mut all = secret.status.iter().flat_map(|status| &status.conditions);
    match all.find(|condition| condition.type_ == ConditionType::Ready.as_str()) {
        Some(ready)
            if ready.status != "True" && ready.reason != Reason::TargetConflict.as_str() =>
        {
            Err(Refusal::NotDeliverable {
                secret: secret.name_any(),
                reason: ready.reason.clone(),
                message: ready.message.clone(),
            })
        }
        _ => Ok(()),
    }
}
