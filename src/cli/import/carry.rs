//! From a native Secret to the spec of a Coffer Secret: what goes along, what does not. No client.

use std::collections::BTreeMap;

use super::loss::Loss;
use super::native::Native;
use super::skip::{MAX_KEYS, Skip};
use crate::api::Target;
use crate::api::wellknown::{MANAGED_BY_LABEL, ORIGIN_LABEL, PART_LABEL};
use crate::crypto::Plaintext;
use crate::policy::encoding::is_envelope;
use crate::policy::names;
use crate::policy::native::OPAQUE;
use crate::policy::scrub::is_marker;
use crate::policy::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES};

/// Labels, and annotations, that a target has at the most.
const MAX_ENTRIES: usize = 32;

/// Label of the native Secrets that hold the keys of Sealed Secrets.
const SEALED_SECRETS_KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";

/// What becomes of a native Secret, its values still in clear.
pub(super) struct Carried {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) data: BTreeMap<String, Plaintext>,
    /// What stays behind.
    pub(super) losses: Vec<Loss>,
}

/// What can be carried over, or why nothing is.
///
/// # Errors
/// [`Skip`]: a Secret is imported whole or not at all.
pub(super) fn run(native: Native) -> Result<Carried, Skip> {
    refuse_what_is_not_the_authors(&native)?;
    let Native {
        namespace: _,
        name,
        type_,
        labels,
        annotations,
        immutable,
        owners,
        data,
    } = native;
    if !names::is_subdomain(&name) {
        return Err(Skip::InvalidName);
    }
    judge(&data)?;
    let mut losses = Vec::new();
    let (labels, lost) = split(labels, |key, value| {
        is_carried(key) && key != MANAGED_BY_LABEL && names::is_label_value(value)
    });
    losses.extend(lost.map(Loss::Label));
    let (annotations, lost) = split(annotations, |key, _| is_carried(key));
    losses.extend(lost.map(Loss::Annotation));
    losses.extend(immutable.then_some(Loss::Immutable));
    losses.extend(owners.into_iter().map(Loss::Owner));
    let target = Target {
        type_: type_.filter(|type_| !type_.is_empty() && type_ != OPAQUE),
        labels,
        annotations,
        ..Target::default()
    };
    Ok(Carried {
        name,
        target,
        data,
        losses,
    })
}

fn refuse_what_is_not_the_authors(native: &Native) -> Result<(), Skip> {
    match native.type_.as_deref() {
        Some("kubernetes.io/service-account-token") => return Err(Skip::ServiceAccountToken),
        Some("bootstrap.kubernetes.io/token") => return Err(Skip::BootstrapToken),
        Some("helm.sh/release.v1") => return Err(Skip::HelmRelease),
        _ => {}
    }
    if native.labels.contains_key(PART_LABEL) {
        return Err(Skip::CofferKeys);
    }
    if native.labels.contains_key(ORIGIN_LABEL) {
        return Err(Skip::Delivered);
    }
    if native.labels.contains_key(SEALED_SECRETS_KEY_LABEL) {
        return Err(Skip::SealedSecretsKey);
    }
    Ok(())
}

fn judge(data: &BTreeMap<String, Plaintext>) -> Result<(), Skip> {
    if data.is_empty() {
        return Err(Skip::NoData);
    }
    if data.len() > MAX_KEYS {
        return Err(Skip::TooManyKeys(data.len()));
    }
    // First, so that no message shows a key that could be something else.
    if !data.keys().all(|key| names::is_data_key(key)) {
        return Err(Skip::InvalidKey);
    }
    if let Some((key, value)) = data.iter().find(|(_, value)| value.len() > MAX_VALUE_BYTES) {
        return Err(Skip::ValueTooLarge {
            key: key.clone(),
            bytes: value.len(),
        });
    }
    if let Some((key, _)) = data.iter().find(|(_, value)| is_marker(value.expose())) {
        return Err(Skip::Marker(key.clone()));
    }
    if let Some((key, _)) = data.iter().find(|(_, value)| is_envelope(value.expose())) {
        return Err(Skip::Envelope(key.clone()));
    }
    if data.values().map(Plaintext::len).sum::<usize>() > MAX_TOTAL_BYTES {
        return Err(Skip::TooLarge);
    }
    Ok(())
}

/// Those that `holds` accepts, as many as a target may have, and the keys of the rest.
fn split(
    entries: BTreeMap<String, String>,
    holds: impl Fn(&str, &str) -> bool,
) -> (BTreeMap<String, String>, impl Iterator<Item = String>) {
    let (mut kept, mut lost) = (BTreeMap::new(), Vec::new());
    for (key, value) in entries {
        if kept.len() < MAX_ENTRIES && holds(&key, &value) {
            kept.insert(key, value);
        } else {
            lost.push(key);
        }
    }
    (kept, lost.into_iter())
}

/// As the rules of the resource say: without a prefix, or of `app.kubernetes.io/`.
fn is_carried(key: &str) -> bool {
    names::is_qualified(key.strip_prefix("app.kubernetes.io/").unwrap_or(key))
}
