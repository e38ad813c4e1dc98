//! A native Secret, as far as an import looks at it.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use zeroize::Zeroize as _;

use crate::api::wellknown::LAST_APPLIED_ANNOTATION;
use crate::crypto::Plaintext;

/// A native Secret. Has no Debug: annotations of others may repeat values.
#[derive(Default)]
pub(super) struct Native {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    /// As it is written; none means `Opaque`.
    pub(super) type_: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) immutable: bool,
    /// Kind and name of what owns it.
    pub(super) owners: Vec<String>,
    pub(super) data: BTreeMap<String, Plaintext>,
}

impl Native {
    /// From the types of the API server's answer, which are erased as far as they are ours.
    pub(super) fn of(object: core::Secret) -> Self {
        let metadata = object.metadata;
        let mut annotations = metadata.annotations.unwrap_or_default();
        forget_manifest(&mut annotations);
        let owners = metadata.owner_references.unwrap_or_default();
        let plaintext = |(key, ByteString(bytes))| (key, Plaintext::from(bytes));
        Self {
            namespace: metadata.namespace,
            name: metadata.name.unwrap_or_default(),
            type_: object.type_,
            labels: metadata.labels.unwrap_or_default(),
            annotations,
            immutable: object.immutable.unwrap_or_default(),
            owners: owners
                .into_iter()
                .map(|owner| format!("{} {}", owner.kind, owner.name))
                .collect(),
            data: object.data.into_iter().flatten().map(plaintext).collect(),
        }
    }
}

/// Takes away the copy that `kubectl apply` keeps of the manifest: it holds the values, and is nothing
/// that an author wrote.
pub(super) fn forget_manifest(annotations: &mut BTreeMap<String, String>) {
    if let Some(mut manifest) = annotations.remove(LAST_APPLIED_ANNOTATION) {
        manifest.zeroize();
    }
}
