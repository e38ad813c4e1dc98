//! The native Secret as it should be, and how to tell whether one is so and is Coffer's.
//!
//! A keyed fingerprint covers origin, place and everything that Coffer decides about the object.
//! Equal fingerprints mean that there is nothing to write; a fingerprint that fits the object it
//! stands on, computed with the operator's key, means that Coffer made it.

pub mod conflict;
pub mod copy;
mod helm;
mod types;
pub mod versions;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;

use super::{Problem, template, values::Values};
use crate::api::wellknown::{
    FINGERPRINT_ANNOTATION, MANAGED_BY_LABEL, MARK_ANNOTATION, ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION,
};
use crate::api::{Reason, Secret, SecretStore, Target, TargetDeletionPolicy};
use crate::crypto::{Fingerprinter, Plaintext};

/// The type of a native Secret that names none.
pub const OPAQUE: &str = "Opaque";

/// The content of a native Secret by its keys.
pub fn content(object: &core::Secret) -> impl Iterator<Item = (&str, &[u8])> {
    let data = object.data.iter().flatten();
    data.map(|(key, value)| (key.as_str(), value.0.as_slice()))
}

/// The keys whose values are not the same in two contents, or that only one of them has.
#[must_use]
pub fn differing<'a>(
    one: impl Iterator<Item = (&'a str, &'a [u8])>,
    other: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Vec<&'a str> {
    let (one, other): (BTreeSet<_>, BTreeSet<_>) = (one.collect(), other.collect());
    let keys: BTreeSet<_> = one
        .symmetric_difference(&other)
        .map(|(key, _)| *key)
        .collect();
    keys.into_iter().collect()
}

/// A native Secret as it should be.
#[derive(Debug)]
pub struct Desired {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Type.
    pub type_: String,
    /// Labels that Coffer decides about.
    pub labels: BTreeMap<String, String>,
    /// Annotations that Coffer decides about, the fingerprint not among them.
    pub annotations: BTreeMap<String, String>,
    /// The content.
    pub data: Arc<BTreeMap<String, Plaintext>>,
    /// Whether it goes when the Coffer Secret goes.
    pub owned: bool,
    /// Whether nobody may change its content.
    pub immutable: bool,
}

/// The target that a Secret has from its store, because it names none.
#[must_use]
pub fn default_target<'a>(secret: &Secret, store: &'a SecretStore) -> Option<&'a Target> {
    let target = store.spec.default_target.as_ref();
    target.filter(|_| secret.spec.target.is_none())
}

/// The Secret with the target that it has from its store, where it names none.
#[must_use]
pub fn with_target<'a>(secret: &'a Secret, store: Option<&SecretStore>) -> Cow<'a, Secret> {
    let Some(target) = store.and_then(|store| default_target(secret, store)) else {
        return Cow::Borrowed(secret);
    };
    let mut secret = secret.clone();
    secret.spec.target = Some(target.clone());
    Cow::Owned(secret)
}

/// Says of a problem with such a target where it is to be mended.
#[must_use]
pub fn of_default_target(problem: Problem, store: &str) -> Problem {
    let Problem { reason, message } = problem;
    let is_about_target = matches!(
        reason,
        Reason::TemplateFailed
            | Reason::TargetInvalid
            | Reason::TargetConflict
            | Reason::TargetDiffers
            | Reason::TargetRejected
    );
    let whose = if is_about_target {
        format!(" (its target is `spec.defaultTarget` of SecretStore `{store}`)")
    } else {
        String::new()
    };
    Problem::new(reason, message + &whose)
}

/// Name of the native Secret that a Secret asks for, where it asks for one.
#[must_use]
pub fn name_of(secret: &Secret) -> Option<String> {
    let target = secret.spec.target.as_ref()?;
    Some(target.name.clone().unwrap_or_else(|| secret.name_any()))
}

/// What a native Secret holds.
pub type Content = Arc<BTreeMap<String, Plaintext>>;

/// The content that the values of a Secret make, by the template of its target where it has one.
///
/// # Errors
/// The problem of a template.
pub fn content_of(secret: &Secret, mut values: Values) -> Result<Content, Problem> {
    values.by_key.append(&mut values.derived);
    let template = secret.spec.target.as_ref().map(|target| &target.template);
    let content = match template.filter(|template| !template.is_empty()) {
        Some(template) => template::render(template, &values.by_key)?,
        None => values.by_key,
    };
    Ok(content.into())
}

/// Labels that tell where a native Secret comes from.
fn own_labels(secret: &Secret) -> [(String, String); 2] {
    [
        (MANAGED_BY_LABEL.to_owned(), "coffer".to_owned()),
        (
            ORIGIN_LABEL.to_owned(),
            secret.metadata.uid.clone().unwrap_or_default(),
        ),
    ]
}

impl Desired {
    /// The keys by which `object` has another content than this.
    #[must_use]
    pub fn differing<'a>(&'a self, object: &'a core::Secret) -> Vec<&'a str> {
        let ours = self.data.iter();
        let ours = ours.map(|(key, value)| (key.as_str(), value.expose()));
        differing(ours, content(object))
    }

    /// What the target of a Secret asks for; `None` where it has no target.
    ///
    /// # Errors
    /// The problem of a template, of a type that asks for other keys, of a name that is too long, or of what Helm would
    /// take for its own.
    pub fn of(secret: &Secret, values: Values) -> Result<Option<Self>, Problem> {
        Self::target(secret, &content_of(secret, values)?)
    }

    /// The same, with the content at hand. What is immutable has the name of all its versions yet:
    /// [`versions::named`] gives it its own.
    ///
    /// # Errors
    /// As [`Desired::of`], but for templates.
    pub fn target(secret: &Secret, content: &Content) -> Result<Option<Self>, Problem> {
        let Some(target) = &secret.spec.target else {
            return Ok(None);
        };
        let type_ = target.type_.clone().unwrap_or_else(|| OPAQUE.to_owned());
        let name = name_of(secret).unwrap_or_default();
        helm::check(&name, &type_, &target.labels)?;
        let immutable = versions::is_wanted(secret);
        if immutable {
            versions::check(&name)?;
        }
        types::check(&type_, content)?;
        let mut labels = target.labels.clone();
        labels.extend(own_labels(secret));
        let mut annotations = target.annotations.clone();
        annotations.insert(ORIGIN_NAME_ANNOTATION.to_owned(), secret.name_any());
        Ok(Some(Self {
            namespace: secret.metadata.namespace.clone().unwrap_or_default(),
            name,
            type_,
            labels,
            annotations,
            data: content.clone(),
            owned: target.deletion_policy.unwrap_or_default() == TargetDeletionPolicy::Delete,
            immutable,
        }))
    }

    /// The fingerprint that belongs on it.
    #[must_use]
    pub fn fingerprint(&self, keys: &Fingerprinter, origin_uid: &str) -> String {
        keys.fingerprint(LABEL, &self.parts(origin_uid).as_slices())
    }

    fn parts<'a>(&'a self, origin_uid: &'a str) -> Parts<'a> {
        Parts {
            place: [origin_uid, &self.namespace, &self.name, &self.type_],
            owned: self.owned,
            labels: pairs(&self.labels),
            annotations: pairs(&self.annotations),
            data: self
                .data
                .iter()
                .map(|(k, v)| (k.as_str(), v.expose()))
                .collect(),
        }
    }
}

/// The fingerprint of a native Secret as it is now.
#[must_use]
pub fn fingerprint_of(object: &core::Secret, keys: &Fingerprinter, origin_uid: &str) -> String {
    let meta = &object.metadata;
    let labels = decided(meta.labels.as_ref());
    let annotations = decided(meta.annotations.as_ref());
    let parts = Parts {
        place: [
            origin_uid,
            meta.namespace.as_deref().unwrap_or_default(),
            meta.name.as_deref().unwrap_or_default(),
            object.type_.as_deref().unwrap_or(OPAQUE),
        ],
        owned: is_owned_by(object, origin_uid),
        labels,
        annotations,
        data: object
            .data
            .iter()
            .flatten()
            .map(|(key, ByteString(bytes))| (key.as_str(), bytes.as_slice()))
            .collect(),
    };
    keys.fingerprint(LABEL, &parts.as_slices())
}

/// Whether a native Secret carries the fingerprint that fits it: Coffer made it from this origin,
/// and nobody changed it since.
#[must_use]
pub fn is_genuine(object: &core::Secret, keys: &Fingerprinter, origin_uid: &str) -> bool {
    object
        .metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get(FINGERPRINT_ANNOTATION))
        .is_some_and(|written| *written == fingerprint_of(object, keys, origin_uid))
}

/// Whether the garbage collector removes it together with its origin.
#[must_use]
pub fn is_owned_by(object: &core::Secret, origin_uid: &str) -> bool {
    object
        .metadata
        .owner_references
        .iter()
        .flatten()
        .any(|owner| owner.uid == origin_uid)
}

/// Whether Coffer decides about a label or annotation: those without a prefix, those of
/// `app.kubernetes.io/`, and its own three. All others belong to whoever put them there.
#[must_use]
pub fn decides_about(key: &str) -> bool {
    !key.contains('/')
        || key.starts_with("app.kubernetes.io/")
        || key == ORIGIN_LABEL
        || key == ORIGIN_NAME_ANNOTATION
        || key == MARK_ANNOTATION
}

/// Domain of the fingerprints of native Secrets.
const LABEL: &str = "native-secret";

struct Parts<'a> {
    place: [&'a str; 4],
    owned: bool,
    labels: Vec<(&'a str, &'a [u8])>,
    annotations: Vec<(&'a str, &'a [u8])>,
    data: Vec<(&'a str, &'a [u8])>,
}

impl Parts<'_> {
    /// One flat list. The kind of each entry stands before it, so no two contents give one list.
    fn as_slices(&self) -> Vec<&[u8]> {
        let mut slices: Vec<&[u8]> = self.place.iter().map(|text| text.as_bytes()).collect();
        slices.push(if self.owned { b"owned" } else { b"retained" });
        for (kind, entries) in [
            ("label", &self.labels),
            ("annotation", &self.annotations),
            ("data", &self.data),
        ] {
            for (key, value) in entries {
                slices.extend([kind.as_bytes(), key.as_bytes(), value]);
            }
        }
        slices
    }
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &[u8])> {
    map.iter()
        .map(|(key, value)| (key.as_str(), value.as_bytes()))
        .collect()
}

fn decided(map: Option<&BTreeMap<String, String>>) -> Vec<(&str, &[u8])> {
    map.into_iter()
        .flatten()
        .filter(|(key, _)| decides_about(key))
        .map(|(key, value)| (key.as_str(), value.as_bytes()))
        .collect()
}

#[cfg(test)]
mod tests;
