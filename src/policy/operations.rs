//! Operations of a JSON patch (RFC 6902), by the parts of the path; and what the webhook and the controller
//! change with them alike.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation};
use serde_json::Value as Json;

use super::scrub;
use crate::api::Secret;
use crate::api::wellknown::LAST_APPLIED_ANNOTATION;

/// Puts each envelope, by key of `spec.data`, in the place of its value. What is given in the place of a
/// generated value is not generated.
#[must_use]
pub fn put_envelopes(secret: &Secret, sealed: Vec<(String, String)>) -> Vec<PatchOperation> {
    let mut operations = Vec::new();
    for (key, envelope) in sealed {
        let item = &secret.spec.data[&key];
        if item.generated.is_some() && item.generate.is_none() {
            operations.push(remove(["spec", "data", &key, "generated"]));
        }
        operations.push(replace(["spec", "data", &key, "value"], envelope));
    }
    operations
}

/// Takes the values out of the copy that `kubectl apply` leaves of the manifest, where it holds any.
#[must_use]
pub fn scrub_copy(secret: &Secret) -> Option<PatchOperation> {
    let annotations = secret.metadata.annotations.as_ref()?;
    let copy = scrub::last_applied(annotations.get(LAST_APPLIED_ANNOTATION)?)?;
    let path = ["metadata", "annotations", LAST_APPLIED_ANNOTATION];
    Some(replace(path, copy))
}

/// Puts a text where one is.
#[must_use]
pub fn replace<'a>(path: impl IntoIterator<Item = &'a str>, text: String) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation {
        path: PointerBuf::from_tokens(path),
        value: Json::String(text),
    })
}

/// Puts something in the place of what is there.
#[must_use]
pub fn replace_with<'a>(path: impl IntoIterator<Item = &'a str>, value: Json) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation {
        path: PointerBuf::from_tokens(path),
        value,
    })
}

/// Takes something away.
#[must_use]
pub fn remove<'a>(path: impl IntoIterator<Item = &'a str>) -> PatchOperation {
    PatchOperation::Remove(RemoveOperation {
        path: PointerBuf::from_tokens(path),
    })
}

/// Puts something there, in the place of what is there.
#[must_use]
pub fn add<'a>(path: impl IntoIterator<Item = &'a str>, value: Json) -> PatchOperation {
    PatchOperation::Add(AddOperation {
        path: PointerBuf::from_tokens(path),
        value,
    })
}

/// Makes the patch fail unless this is there.
#[must_use]
pub fn test<'a>(path: impl IntoIterator<Item = &'a str>, value: Json) -> PatchOperation {
    PatchOperation::Test(TestOperation {
        path: PointerBuf::from_tokens(path),
        value,
    })
}
