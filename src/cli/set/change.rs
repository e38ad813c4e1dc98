//! What is to change, on top of what the Secret is now.

use std::collections::{BTreeMap, BTreeSet};

use kube::api::DynamicObject;
use serde_json::{Map, Value as Json, json};

use crate::cli::cluster::FIELD_MANAGER;

/// Why a change cannot be made; each message ends with the remedy.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "the Secret does not have a key that is to be taken away; it has {0} (what was typed is not shown)"
    )]
    NoSuchKey(String),
    #[error("no key would be left; delete the Secret with `kubectl delete csec {0}` instead")]
    NothingLeft(String),
}

/// The store that the values are sealed for.
pub(super) fn store_of(secret: &DynamicObject) -> Option<&str> {
    secret.data.pointer("/spec/storeRef/name")?.as_str()
}

/// The keys that the Secret has.
fn keys_of(secret: &DynamicObject) -> BTreeSet<&str> {
    let data = secret.data.pointer("/spec/data").and_then(Json::as_object);
    data.into_iter()
        .flat_map(|data| data.keys().map(String::as_str))
        .collect()
}

/// The merge patch, with the resourceVersion that it is meant for.
///
/// A key that was followed from elsewhere, or generated, becomes a value: every other field of its
/// entry is taken away.
///
/// # Errors
/// [`Error`].
pub(super) fn patch(
    secret: &DynamicObject,
    envelopes: BTreeMap<String, String>,
    unset: &[String],
) -> Result<Json, Error> {
    let mut left = keys_of(secret);
    for key in unset {
        if !left.contains(key.as_str()) {
            let has = left.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Error::NoSuchKey(has));
        }
    }
    left.retain(|key| !unset.iter().any(|unset| unset == key));
    if left.is_empty() && envelopes.is_empty() {
        let name = secret.metadata.name.clone().unwrap_or_default();
        return Err(Error::NothingLeft(name));
    }
    let mut data: Map<String, Json> = unset.iter().map(|key| (key.clone(), Json::Null)).collect();
    for (key, envelope) in envelopes {
        let before = secret.data["spec"]["data"][&key].as_object();
        let mut entry: Map<String, Json> = before
            .into_iter()
            .flat_map(|fields| fields.keys())
            .map(|field| (field.clone(), Json::Null))
            .collect();
        entry.insert("value".to_owned(), json!(envelope));
        data.insert(key, Json::Object(entry));
    }
    Ok(json!({
        "metadata": { "resourceVersion": secret.metadata.resource_version },
        "spec": { "data": data },
    }))
}

/// The tools that apply these keys server-side, and will put back what they applied.
pub(super) fn appliers<'s>(secret: &'s DynamicObject, keys: &BTreeSet<&str>) -> BTreeSet<&'s str> {
    let applies = |fields: &Json| {
        let data = &fields["f:spec"]["f:data"];
        keys.iter()
            .any(|key| data.get(format!("f:{key}")).is_some())
    };
    let entries = secret.metadata.managed_fields.iter().flatten();
    entries
        .filter(|entry| entry.operation.as_deref() == Some("Apply"))
        .filter(|entry| {
            entry
                .fields_v1
                .as_ref()
                .is_some_and(|fields| applies(&fields.0))
        })
        .filter_map(|entry| entry.manager.as_deref())
        .filter(|manager| *manager != FIELD_MANAGER)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Error, appliers, patch};

    fn secret() -> kube::api::DynamicObject {
        serde_json::from_value(json!({
            "metadata": {
                "name": "stripe", "resourceVersion": "7",
                "managedFields": [
                    { "manager": "argocd", "operation": "Apply", "fieldsV1": { "f:spec": { "f:data": { "f:a": {} } } } },
                    { "manager": "curl", "operation": "Update", "fieldsV1": { "f:spec": { "f:data": { "f:b": {} } } } },
                ],
            },
            "spec": { "data": {
                "a": { "value": "hunter2", "encoding": "Base64" },
                "b": { "fromSecret": { "name": "n", "key": "k" } },
            } },
        }))
        .unwrap()
    }

    #[test]
    fn a_key_that_was_followed_becomes_a_value_and_the_others_stay() {
        let patch = patch(&secret(), [("b".into(), "e".into())].into(), &[]).unwrap();
        let expected = json!({
            "metadata": { "resourceVersion": "7" },
            "spec": { "data": { "b": { "value": "e", "fromSecret": null } } },
        });
        assert_eq!(patch, expected);
    }

    #[test]
    fn a_key_is_taken_away() {
        let patch = patch(&secret(), [].into(), &["a".into()]).unwrap();
        assert_eq!(patch["spec"], json!({ "data": { "a": null } }));
    }

    #[test]
    fn a_key_that_is_not_there_is_not_taken_away_and_not_repeated() {
        let refused = patch(&secret(), [].into(), &["hunter2".into()]).unwrap_err();
        assert_eq!(refused, Error::NoSuchKey("a, b".into()));
    }

    #[test]
    fn the_last_key_stays() {
        let refused = patch(&secret(), [].into(), &["a".into(), "b".into()]).unwrap_err();
        assert_eq!(refused, Error::NothingLeft("stripe".into()));
        let unset = ["a".into(), "b".into()];
        assert!(patch(&secret(), [("c".into(), "e".into())].into(), &unset).is_ok());
    }

    #[test]
    fn who_applies_a_key_is_known() {
        assert_eq!(appliers(&secret(), &["a"].into()), ["argocd"].into());
        assert_eq!(appliers(&secret(), &["b"].into()), [].into());
    }
}
