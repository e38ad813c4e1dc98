//! A store's record as it was read, and as it is to be: what this release does not know of stays in it.
//! No client.

use std::collections::BTreeSet;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use serde_json::{Value as Json, json};

use super::store_name::StoreName;
use crate::api::wellknown::STORE_ANNOTATION;
use crate::crypto::KeyId;
use crate::index::store_keys::{ENTRY, Record, native_name};

/// A native Secret that should hold a record.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its name.
    pub(super) native: String,
    pub(super) uid: String,
    pub(super) version: String,
    pub(super) content: Content,
}

/// What a native Secret holds.
#[derive(Debug)]
pub(super) enum Content {
    Record {
        json: Json,
        record: Box<Record>,
    },
    /// It does not read; the annotation may say of which store it is.
    Damaged {
        store: Option<String>,
    },
}

impl Stored {
    /// Reads it. What does not read is not quoted.
    pub(super) fn of(object: core::Secret) -> Self {
        let metadata = object.metadata;
        let native = metadata.name.unwrap_or_default();
        let content = object
            .data
            .and_then(|mut data| data.remove(ENTRY))
            .and_then(|ByteString(bytes)| serde_json::from_slice::<Json>(&bytes).ok())
            .and_then(|json| Some((serde_json::from_value::<Record>(json.clone()).ok()?, json)))
            .filter(|(record, _)| record.native_name() == native)
            .map(|(record, json)| Content::Record {
                record: Box::new(record),
                json,
            });
        let told = metadata
            .annotations
            .and_then(|mut annotations| annotations.remove(STORE_ANNOTATION))
            .filter(|told| is_name_of(told, &native));
        Self {
            native,
            uid: metadata.uid.unwrap_or_default(),
            version: metadata.resource_version.unwrap_or_default(),
            content: content.unwrap_or(Content::Damaged { store: told }),
        }
    }

    /// The record, if it reads.
    pub(super) fn record(&self) -> Option<&Record> {
        match &self.content {
            Content::Record { record, .. } => Some(record),
            Content::Damaged { .. } => None,
        }
    }

    /// The record with the keys given to this namespace.
    pub(super) fn adopted(&self, namespace_uid: &str) -> Option<Json> {
        self.with(|json| json["namespaceUid"] = json!(namespace_uid))
    }

    /// The record without these keys.
    pub(super) fn without(&self, ids: &BTreeSet<KeyId>) -> Option<Json> {
        self.with(|json| {
            let stays = |key: &Json| {
                let id = key["id"].as_str().and_then(|id| id.parse().ok());
                id.is_none_or(|id| !ids.contains(&id))
            };
            if let Some(keys) = json["keys"].as_array_mut() {
                keys.retain(stays);
            }
        })
    }

    /// The record without any key.
    pub(super) fn emptied(&self) -> Option<Json> {
        self.with(|json| json["keys"] = json!([]))
    }

    fn with(&self, change: impl FnOnce(&mut Json)) -> Option<Json> {
        match &self.content {
            Content::Record { json, .. } => {
                let mut json = json.clone();
                change(&mut json);
                Some(json)
            }
            Content::Damaged { .. } => None,
        }
    }
}

/// Of which store a record is.
pub(super) fn store_of(record: &Record) -> StoreName {
    StoreName {
        namespace: record.namespace.clone(),
        store: record.store.clone(),
    }
}

fn is_name_of(told: &str, native: &str) -> bool {
    told.parse()
        .is_ok_and(|name: StoreName| native_name(&name.namespace, &name.store) == native)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;
    use serde_json::{Value as Json, json};

    use super::{Content, Stored};
    use crate::cli::keys::fixtures::{self, ACTIVE, RETIRED};

    #[test]
    fn what_this_release_does_not_know_of_stays_in_the_record() {
        let mut json = json!(fixtures::record());
        json["later"] = json!({ "a": 1 });
        json["keys"][0]["later"] = json!("b");
        let stored = Stored::of(fixtures::native(&json));
        let adopted = stored.adopted("new-uid").unwrap();
        let mut expected = json.clone();
        expected["namespaceUid"] = json!("new-uid");
        assert_eq!(adopted, expected);
        let pruned = stored.without(&[RETIRED.parse().unwrap()].into()).unwrap();
        let ids = |json: &Json| -> Vec<Json> {
            let keys = json["keys"].as_array().unwrap();
            keys.iter().map(|key| key["id"].clone()).collect()
        };
        assert!(!ids(&pruned).contains(&json!(RETIRED)) && ids(&pruned).contains(&json!(ACTIVE)));
        assert_eq!(pruned["later"], json["later"]);
        assert_eq!(stored.emptied().unwrap()["keys"], json!([]));
    }

    #[test]
    fn what_is_no_record_is_damaged_and_not_changed() {
        let mut object = fixtures::native(&json!(fixtures::record()));
        let whole = object.clone();
        let data = object.data.as_mut().unwrap();
        for bytes in [b"".to_vec(), b"{}".to_vec(), vec![0xff]] {
            data.insert("record.json".into(), ByteString(bytes));
        }
        let nothing = k8s_openapi::api::core::v1::Secret {
            data: None,
            ..whole.clone()
        };
        for object in [object, nothing] {
            let stored = Stored::of(object);
            assert!(matches!(
                &stored.content,
                Content::Damaged { store: Some(store) } if store == "team-a/payments"
            ));
            assert!(stored.emptied().is_none() && stored.adopted("u").is_none());
        }
    }

    #[test]
    fn a_record_under_the_name_of_another_store_is_damaged() {
        let mut object = fixtures::native(&json!(fixtures::record()));
        object.metadata.name = Some("coffer-store-0".into());
        let stored = Stored::of(object);
        assert!(matches!(stored.content, Content::Damaged { store: None }));
    }
}
