//! The one write that hands a native Secret over, as a JSON patch (RFC 6902). No client.

use json_patch::Patch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::ResourceExt as _;
use serde_json::{Value as Json, json};

use crate::api::wellknown::{ADOPT_IF_ANNOTATION, ADOPT_LABEL, SAME_CONTENT};

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

/// What is to be different.
pub(super) struct Change<'a> {
    /// All owner references that are left, where some go.
    pub(super) owners: Option<&'a Vec<OwnerReference>>,
    /// The Coffer Secret that may take it over, if the content stays.
    pub(super) consent: Option<&'a String>,
}

/// The Helm release that the native Secret is a part of.
pub(super) fn helm_release(native: &core::Secret) -> Option<&String> {
    native.annotations().get(HELM_RELEASE)
}

impl Change<'_> {
    /// The patch, which tests what was looked at; `None` where nothing is to be done.
    pub(super) fn patch(&self, native: &core::Secret) -> Option<Patch> {
        let mut changes = Vec::new();
        if let Some(owners) = self.owners {
            changes
                .push(json!({ "op": "add", "path": "/metadata/ownerReferences", "value": owners }));
        }
        if let Some(origin) = self.consent {
            let exist = native.metadata.labels.is_some();
            changes.extend(entry("labels", exist, ADOPT_LABEL, origin));
            let exist = native.metadata.annotations.is_some();
            changes.extend(entry(
                "annotations",
                exist,
                ADOPT_IF_ANNOTATION,
                SAME_CONTENT,
            ));
        }
        let (keep, policy) = HELM_KEEP;
        let is_kept = native
            .annotations()
            .get(keep)
            .is_some_and(|it| it == policy);
        if helm_release(native).is_some() && !is_kept {
            changes.extend(entry("annotations", true, keep, policy));
        }
        changes.extend(marks(native));
        (!changes.is_empty()).then(|| patch(native, changes))
    }
}

/// Takes the marks of the old tools away.
fn marks(native: &core::Secret) -> impl Iterator<Item = Json> {
    let is_there = |(part, key): &(&str, &str)| match *part {
        "labels" => native.labels().contains_key(*key),
        _ => native.annotations().contains_key(*key),
    };
    let removed = |(part, key): (&str, &str)| json!({ "op": "remove", "path": format!("/metadata/{part}/{}", escaped(key)) });
    MARKS.into_iter().filter(is_there).map(removed)
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
