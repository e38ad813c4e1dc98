//! Operations of a JSON patch (RFC 6902), by the parts of the path.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation};
use serde_json::Value as Json;

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
