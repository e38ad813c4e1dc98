//! A fixed record for the tests of this command.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use serde_json::{Value as Json, json};

use crate::index::store_keys::{ENTRY, Record};

/// The ids of its keys: Coffer's own, retired and active; the authors', retired and active.
pub(super) const RETIRED: &str = "00000000000000aa";
pub(super) const ACTIVE: &str = "00000000000000bb";
pub(super) const PUBLIC_RETIRED: &str = "00000000000000cc";
pub(super) const PUBLIC_ACTIVE: &str = "00000000000000dd";

/// The record of store `team-a/payments`, wrapped by `root-1` save for the last key.
pub(super) fn record() -> Record {
    let key = |id: &str, suite: &str, root: u32, retired: Option<&str>| {
        let state = if retired.is_some() {
            "Retired"
        } else {
            "Active"
        };
        json!({
            "id": id, "suite": suite, "state": state, "created": "2026-10-01T00:00:00Z",
            "retired": retired, "wrapped": format!("coffer.wrap.v1.{root}.{}", "A".repeat(54)),
        })
    };
    serde_json::from_value(json!({
        "namespace": "team-a", "store": "payments", "namespaceUid": "n1", "storeUid": "s1",
        "storeId": "", "deletionPolicy": "Refuse",
        "keys": [
            key(RETIRED, "XChaCha20Poly1305", 1, Some("2026-11-01T00:00:00Z")),
            key(PUBLIC_RETIRED, "XWing", 1, Some("2026-11-01T00:00:00Z")),
            key(ACTIVE, "XChaCha20Poly1305", 1, None),
            key(PUBLIC_ACTIVE, "X25519", 2, None),
        ],
    }))
    .unwrap()
}

/// The native Secret of that record, with this content.
pub(super) fn native(json: &Json) -> core::Secret {
    let mut object = record().to_native("coffer-system");
    let bytes = serde_json::to_vec(json).unwrap();
    object.data = Some([(ENTRY.to_owned(), ByteString(bytes))].into());
    object.metadata.uid = Some("u1".into());
    object.metadata.resource_version = Some("7".into());
    object
}
