//! Whether a native Secret may be handed over, and the one write that does it. No client.

use json_patch::Patch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::ResourceExt as _;
use serde_json::{Value as Json, json};

use super::owners::Kinds;
use super::refusal::Refusal;
use crate::api::wellknown::{ADOPT_LABEL, ORIGIN_LABEL};
use crate::api::{ConditionType, Reason, Secret};
use crate::policy::conditions;
use crate::policy::native::OPAQUE;

/// By what the old tools know what is theirs, or may be taken: where it stands, and the key.
const MARKS: [(&str, &str); 4] = [
    ("annotations", "sealedsecrets.bitnami.com/managed"),
    ("annotations", "sealedsecrets.bitnami.com/patch"),
    ("labels", "reconcile.external-secrets.io/created-by"),
    ("labels", "reconcile.external-secrets.io/managed"),
];

/// Says to Helm that an upgrade whose chart does not have the object any more leaves it.
const HELM_KEEP: (&str, &str) = ("helm.sh/resource-policy", "keep");
const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// The longest value of a label.
const LABEL_MAX: usize = 63;

/// What is to be done with one native Secret.
#[derive(Debug)]
pub(super) struct Handover {
    /// The owners that it belonged to.
    pub(super) former: Vec<OwnerReference>,
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

/// What is to be done, if it may be; `secret` is settled.
///
/// # Errors
/// [`Refusal`]: anything that would end with a native Secret deleted, or with nobody in charge of it.
pub(super) fn judge(
    native: &core::Secret,
    secret: &Secret,
    kinds: &Kinds<'_>,
) -> Result<Handover, Refusal> {
    let (name, origin) = (native.name_any(), secret.name_any());
    if native.metadata.deletion_timestamp.is_some() {
        return Err(Refusal::Terminating);
    }
    if origin.len() > LABEL_MAX {
        return Err(Refusal::NameTooLong(origin));
    }
    let delivered_from = native.labels().get(ORIGIN_LABEL);
    if delivered_from.is_some_and(|uid| Some(uid) != secret.metadata.uid.as_ref()) {
        return Err(Refusal::DeliveredByAnother);
    }
    let type_ = native.type_.as_deref().unwrap_or(OPAQUE);
    let wanted = secret.spec.target.as_ref();
    let wanted = wanted.and_then(|target| target.type_.as_deref());
    let wanted = wanted.unwrap_or(OPAQUE);
    if type_ != wanted {
        return Err(Refusal::OtherType {
            native: type_.to_owned(),
            target: wanted.to_owned(),
        });
    }
    if native.immutable == Some(true) {
        return Err(Refusal::Immutable {
            native: name,
            secret: origin,
        });
    }
    let is_delivered = delivers(secret, &native.uid().unwrap_or_default());
    if !is_delivered {
        only_consent_is_missing(secret)?;
    }
    let (former, kept) = kinds.split(native.owner_references())?;
    let release = native.annotations().get(HELM_RELEASE).cloned();
    let mut changes = Vec::new();
    if !former.is_empty() {
        changes.push(json!({ "op": "add", "path": "/metadata/ownerReferences", "value": kept }));
    }
    if !is_delivered && native.labels().get(ADOPT_LABEL) != Some(&origin) {
        let labels = native.metadata.labels.is_some();
        changes.extend(entry("labels", labels, ADOPT_LABEL, &origin));
    }
    let (keep, policy) = HELM_KEEP;
    if release.is_some() && native.annotations().get(keep).is_none_or(|it| it != policy) {
        changes.extend(entry("annotations", true, keep, policy));
    }
    for (part, key) in MARKS {
        let of = if part == "labels" {
            native.labels()
        } else {
            native.annotations()
        };
        if of.contains_key(key) {
            let path = format!("/metadata/{part}/{}", escaped(key));
            changes.push(json!({ "op": "remove", "path": path }));
        }
    }
    Ok(Handover {
        former,
        release,
        patch: (!changes.is_empty()).then(|| patch(native, changes)),
    })
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

/// Adds one label or annotation; the others, which may repeat values, do not travel.
fn entry(part: &str, exists: bool, key: &str, value: &str) -> Vec<Json> {
    let mut changes = Vec::new();
    if !exists {
        changes.push(json!({ "op": "add", "path": format!("/metadata/{part}"), "value": {} }));
    }
    let path = format!("/metadata/{part}/{}", escaped(key));
    changes.push(json!({ "op": "add", "path": path, "value": value }));
    changes
}

/// As a part of a JSON pointer (RFC 6901, section 3).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn patch(native: &core::Secret, changes: Vec<Json>) -> Patch {
    let mut operations = vec![
        json!({ "op": "test", "path": "/metadata/uid", "value": native.uid() }),
        json!({ "op": "test", "path": "/metadata/resourceVersion", "value": native.resource_version() }),
    ];
    operations.extend(changes);
    serde_json::from_value(Json::Array(operations)).expect("the operations are well-formed")
}
