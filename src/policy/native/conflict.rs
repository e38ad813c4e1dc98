//! Whose a native Secret is, and why it is left alone or not followed, in words that end with the remedy.

use kube::{Resource, ResourceExt as _};

use super::versions;
use crate::api::wellknown::{ADOPT_IF_ANNOTATION, ADOPT_LABEL, FINGERPRINT_ANNOTATION};
use crate::api::{Delivery, Reason, Secret};
use crate::policy::Problem;

/// What the status of a Secret says about the native Secret of this name.
#[must_use]
pub fn recorded<'a>(secret: &'a Secret, namespace: &str, name: &str) -> Option<&'a Delivery> {
    let deliveries = &secret.status.as_ref()?.deliveries;
    deliveries
        .iter()
        .find(|delivery| delivery.namespace == namespace && delivery.name == name)
}

/// Whether the status recorded this very object, as current or as a former version.
pub fn is_recorded(secret: &Secret, native: &impl Resource) -> bool {
    let namespace = native.namespace().unwrap_or_default();
    let Some(uid) = native.uid() else {
        return false;
    };
    let recorded = recorded(secret, &namespace, &native.name_any());
    recorded.is_some_and(|delivery| delivery.uid == uid)
        || native.namespace() == secret.namespace()
            && versions::is_former(secret, &native.name_any(), &uid)
}

/// Whether a native Secret could be what this one delivered, or be handed over to it, by its metadata alone: the
/// status recorded it, it carries a fingerprint, or the label of consent.
pub fn is_possible(secret: &Secret, native: &impl Resource) -> bool {
    is_recorded(secret, native)
        || native.annotations().contains_key(FINGERPRINT_ANNOTATION)
        || native.labels().contains_key(ADOPT_LABEL)
}

/// The name is taken.
#[must_use]
pub fn taken(name: &str, secret: &Secret) -> Problem {
    let origin = secret.name_any();
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
            "native secret `{name}` exists and is not Coffer's, so it is left alone: delete it, {remedies}"
        ),
    )
}

/// The name of a copy is taken, in a namespace whose owner is someone else.
#[must_use]
pub fn taken_elsewhere(namespace: &str, name: &str) -> Problem {
    Problem::new(
        Reason::TargetConflict,
        format!(
            "native secret `{name}` in namespace `{namespace}` exists and is not Coffer's, so it is left alone: its \
             owner has to delete it, or choose another `spec.target.name`"
        ),
    )
}

/// Another Coffer Secret delivers it.
#[must_use]
pub fn shared(name: &str, other: &str) -> Problem {
    Problem::new(
        Reason::TargetConflict,
        format!(
            "native secret `{name}` is the target of Secret `{other}`: choose another `spec.target.name` for one of \
             them"
        ),
    )
}

/// It was to be taken over with its present content, which is another than that of the values under these `keys`.
#[must_use]
pub fn differs(name: &str, keys: &[&str]) -> Problem {
    Problem::new(
        Reason::TargetDiffers,
        format!(
            "native secret `{name}` may be taken over with its present content only, and the Secret has another \
             in `{}`, so it is left alone: import it again, or have it written over with \
             `kubectl annotate secret {name} {ADOPT_IF_ANNOTATION}-`",
            keys.join("`, `")
        ),
    )
}

/// `fromSecret` names what Coffer delivers, and does not follow: a Secret could come to feed itself, without end.
#[must_use]
pub fn delivered_source(name: &str) -> Problem {
    Problem::new(
        Reason::SourceDelivered,
        format!(
            "native secret `{name}` is one that Coffer delivers: give the value here as well, or deliver it from \
             this Secret"
        ),
    )
}
