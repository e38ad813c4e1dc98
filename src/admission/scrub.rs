//! Webhook `scrub`: no value in the copy of the manifest that `kubectl apply` leaves in an annotation; and
//! the identifier, set once.

use json_patch::PatchOperation;
use kube::{Resource, ResourceExt as _};
use serde_json::{Value as Json, json};

use super::review::{Request, Verdict};
use crate::api::wellknown::ID_LABEL;
use crate::api::{Secret, new_id};
use crate::policy::operations::{add, scrub_copy};

/// A Secret.
pub(super) fn secret(request: &Request<Secret>) -> Verdict {
    let mut verdict = store(request);
    let secret = request.object.as_ref();
    verdict.patch.extend(secret.and_then(scrub_copy));
    verdict
}

/// A store, whose manifest holds no value.
pub(super) fn store<K: Resource>(request: &Request<K>) -> Verdict {
    let Some(object) = &request.object else {
        return Verdict::default();
    };
    Verdict {
        patch: identifier(object, request.old_object.as_ref()),
        ..Verdict::default()
    }
}

/// The identifier of an object that is made without one, or written back without the one that it has.
fn identifier<K: Resource>(object: &K, old: Option<&K>) -> Vec<PatchOperation> {
    if object.labels().contains_key(ID_LABEL) {
        return Vec::new();
    }
    let id = match old {
        None => new_id(),
        Some(old) => match old.labels().get(ID_LABEL) {
            Some(id) => id.clone(),
            None => return Vec::new(),
        },
    };
    let mut operations = Vec::new();
    if object.meta().labels.is_none() {
        operations.push(add(["metadata", "labels"], json!({})));
    }
    operations.push(add(["metadata", "labels", ID_LABEL], Json::String(id)));
    operations
}
