//! One object of coffer.dev: what it is, its metadata, its spec.

use std::collections::HashMap;
use std::sync::LazyLock;

use kube::Resource as _;
use serde_json::Value as Json;

use super::finding::{Path, Remark};
use super::schema;
use crate::api::wellknown::{GROUP, LAST_APPLIED_ANNOTATION};
use crate::api::{PodPolicy, custom_resource_definitions};
use crate::policy::{names, scrub};

const VERSION: &str = "coffer.dev/v1alpha1";

/// Fields of every object (`ObjectMeta` of Kubernetes).
const METADATA: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The schema of each kind that people write.
static SCHEMAS: LazyLock<HashMap<String, Json>> = LazyLock::new(|| {
    let schema = |definition| {
        let mut definition = serde_json::to_value(definition).ok()?;
        let kind = definition["spec"]["names"]["kind"].as_str()?.to_owned();
        let schema = definition.pointer_mut("/spec/versions/0/schema/openAPIV3Schema")?;
        Some((kind, schema.take()))
    };
    custom_resource_definitions()
        .into_iter()
        .filter_map(schema)
        .filter(|(kind, _)| *kind != PodPolicy::kind(&()))
        .collect()
});

/// Whether an object is of coffer.dev, in whatever version.
pub(super) fn is_ours(object: &Json) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    version.split('/').next() == Some(GROUP) && version.contains('/')
}

/// `Secret team-a/stripe`, as far as it is known and is what it should be.
pub(super) fn name_of(object: &Json, namespace: Option<&str>) -> String {
    let kind = object["kind"]
        .as_str()
        .filter(|kind| SCHEMAS.contains_key(*kind));
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"]
        .as_str()
        .filter(|name| names::is_label(name))
        .or(namespace);
    let name = metadata["name"]
        .as_str()
        .filter(|name| names::is_subdomain(name));
    let place: Vec<&str> = namespace.into_iter().chain(name).collect();
    let parts = kind.into_iter().map(str::to_owned);
    parts
        .chain((name.is_some()).then(|| place.join("/")))
        .collect::<Vec<_>>()
        .join(" ")
}

/// What is wrong with an object as it stands; the values of a Secret apart.
pub(super) fn check(object: &Json) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let root = Path::default();
    if object["apiVersion"] != VERSION {
        let message = format!("this version of coffer.dev is not known here; write `{VERSION}`");
        return vec![Remark::error(&root.field("apiVersion"), message)];
    }
    let kind = object["kind"].as_str().unwrap_or_default();
    let Some(schema) = SCHEMAS.get(kind) else {
        let mut kinds: Vec<&str> = SCHEMAS.keys().map(String::as_str).collect();
        kinds.sort_unstable();
        let message = format!(
            "coffer.dev has no such kind; write one of {}",
            kinds.join(", ")
        );
        return vec![Remark::error(&root.field("kind"), message)];
    };
    let known = ["apiVersion", "kind", "metadata", "spec", "status"];
    for field in object
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
    {
        if !known.contains(&field.as_str()) {
            remarks.push(schema::unknown_field(field, known.into_iter(), &root));
        }
    }
    metadata(&object["metadata"], &root.field("metadata"), &mut remarks);
    let spec = root.field("spec");
    match object.get("spec") {
        // What is below `status` is the operator's: the API server drops it from a manifest.
        Some(value) => schema::check(&schema["properties"]["spec"], value, &spec, &mut remarks),
        None => remarks.push(Remark::error(&spec, "is missing; add it")),
    }
    remarks
}

fn metadata(metadata: &Json, at: &Path, remarks: &mut Vec<Remark>) {
    let Json::Object(fields) = metadata else {
        return remarks.push(Remark::error(
            at,
            "is missing or no mapping; give it a name",
        ));
    };
    for field in fields
        .keys()
        .filter(|field| !METADATA.contains(&field.as_str()))
    {
        remarks.push(schema::unknown_field(field, METADATA.into_iter(), at));
    }
    let mut name = |field: &str, fits: fn(&str) -> bool, wanted: &str| match fields.get(field) {
        Some(Json::String(name)) if fits(name) => true,
        None | Some(Json::Null) => false,
        Some(_) => {
            let message = format!("must be {wanted}, beginning and ending with a letter or digit");
            remarks.push(Remark::error(&at.field(field), message));
            true
        }
    };
    let letters = "lower-case letters, digits and '-'";
    let has_name = name("name", names::is_subdomain, &format!("{letters} or '.'"));
    name(
        "namespace",
        names::is_label,
        &format!("at most 63 {letters}"),
    );
    let generated = fields.get("generateName").is_some_and(Json::is_string);
    if !has_name && !generated {
        remarks.push(Remark::error(&at.field("name"), "is missing; add it"));
    }
    for field in ["labels", "annotations"] {
        texts(
            &fields.get(field).cloned().unwrap_or_default(),
            &at.field(field),
            remarks,
        );
    }
    let annotation = &metadata["annotations"][LAST_APPLIED_ANNOTATION];
    if annotation.as_str().is_some_and(scrub::holds_plaintext) {
        let at = at.field("annotations");
        let message = format!("{LAST_APPLIED_ANNOTATION} holds values in clear; remove it");
        remarks.push(Remark::error(&at, message));
    }
}

/// Labels and annotations: a mapping of texts.
fn texts(value: &Json, at: &Path, remarks: &mut Vec<Remark>) {
    match value {
        Json::Null => {}
        Json::Object(entries) => {
            let is_key = |key: &str| match key.split_once('/') {
                Some((prefix, name)) => names::is_subdomain(prefix) && names::is_qualified(name),
                None => names::is_qualified(key),
            };
            if !entries.keys().all(|key| is_key(key)) {
                let message = "has a key that is no name with an optional prefix; correct it, as in `example.com/name`";
                remarks.push(Remark::error(at, message));
            }
            for (key, value) in entries.iter().filter(|(_, value)| !value.is_string()) {
                let quote = if value.is_null() {
                    "give it a value"
                } else {
                    "quote it"
                };
                let at = at.field(key);
                remarks.push(Remark::error(&at, format!("is not text; {quote}")));
            }
        }
        _ => remarks.push(Remark::error(at, "is no mapping; write KEY: VALUE")),
    }
}
