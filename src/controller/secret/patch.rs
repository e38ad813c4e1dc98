//! From a native Secret as it is to what it should be, as a JSON patch (RFC 6902).
//!
//! Why not server-side apply: it would merge silently into a foreign object, and keep keys that
//! someone added. The patch tests the resourceVersion it was decided on, and replaces `/data` whole.

use std::collections::BTreeMap;

use json_patch::Patch;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::ResourceExt as _;
use serde_json::{Value as Json, json};

use crate::api::wellknown::FINGERPRINT_ANNOTATION;
use crate::policy::native::{Desired, decides_about};

/// The patch. Labels, annotations and owners that are not Coffer's stay.
pub(super) fn to_desired(
    object: &core::Secret,
    desired: &Desired,
    fingerprint: &str,
    owner: Option<OwnerReference>,
) -> Patch {
    let mut annotations = desired.annotations.clone();
    annotations.insert(FINGERPRINT_ANNOTATION.to_owned(), fingerprint.to_owned());
    let data: BTreeMap<_, _> = desired
        .data
        .iter()
        .map(|(key, value)| (key, ByteString(value.expose().to_vec())))
        .collect();
    let origin = owner.as_ref().map(|owner| owner.uid.clone());
    let owners: Vec<_> = object
        .owner_references()
        .iter()
        .filter(|other| Some(&other.uid) != origin.as_ref() && !is_from_coffer(other))
        .cloned()
        .chain(owner)
        .collect();
    let mut operations = json!([
        { "op": "test", "path": "/metadata/resourceVersion", "value": object.resource_version() },
        { "op": "add", "path": "/metadata/labels", "value": merged(object.labels(), &desired.labels) },
        { "op": "add", "path": "/metadata/annotations", "value": merged(object.annotations(), &annotations) },
        { "op": "add", "path": "/metadata/ownerReferences", "value": owners },
        { "op": "add", "path": "/data", "value": data },
    ]);
    if desired.immutable
        && let Some(operations) = operations.as_array_mut()
    {
        operations.push(json!({ "op": "add", "path": "/immutable", "value": true }));
    }
    parse(operations)
}

fn merged(
    live: &BTreeMap<String, String>,
    desired: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let foreign = live.iter().filter(|(key, _)| !decides_about(key));
    foreign
        .chain(desired)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A former origin of the same name: after a restore, or where the target moved to another Secret.
fn is_from_coffer(owner: &OwnerReference) -> bool {
    owner.kind == "Secret" && owner.api_version.starts_with("coffer.dev/")
}

fn parse(operations: Json) -> Patch {
    serde_json::from_value(operations).expect("the operations are well-formed")
}
