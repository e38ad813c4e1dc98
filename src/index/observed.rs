//! An object as the API server gives it, whether it reads or not: one that does not must not fail the list,
//! or the watch, that it comes in with all the others.
//!
//! Who may write an object may make one that the API server takes and the types here do not: a time in
//! `metadata.managedFields` that it stores as of the year 10000, or anything that a schema lets through
//! in a status.

use std::borrow::Cow;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor,
};
use serde_json::{Map, Value as Json};

/// What was read of an object; always without its `metadata.managedFields`.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the small variant is the rare one, and a box would cost an allocation for each object"
)]
pub enum Observed<K> {
    /// All of it.
    Whole(K),
    /// All of it, but for fields of its status that do not read: as if nobody had written them.
    Partly(K),
    /// No more than namespace, name, UID and resourceVersion.
    Unreadable(ObjectMeta),
}

/// Of an object that does not read: namespace, name, UID and resourceVersion.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the object has a field of a form that this version of coffer does not know")]
pub struct Unreadable(pub ObjectMeta);

impl<K> Observed<K> {
    /// The object, if it reads.
    ///
    /// # Errors
    /// It does not read.
    #[expect(
        clippy::result_large_err,
        reason = "rare, and a box would be made for each caller to open"
    )]
    pub fn read(self) -> Result<K, Unreadable> {
        match self {
            Self::Whole(object) | Self::Partly(object) => Ok(object),
            Self::Unreadable(names) => Err(Unreadable(names)),
        }
    }
}

impl<K: DeserializeOwned> Observed<K> {
    fn of(object: Map<String, Json>) -> Self {
        // Out of a reference, so that what does not read is not used up.
        let mut json = Json::Object(object);
        if let Ok(whole) = K::deserialize(&json) {
            return Self::Whole(whole);
        }
        let status = json.as_object_mut().and_then(|it| it.remove("status"));
        if let Some(Json::Object(status)) = status {
            let mut readable = Map::new();
            for (field, value) in status {
                json["status"] = Json::Object(Map::from_iter([(field.clone(), value.clone())]));
                if K::deserialize(&json).is_ok() {
                    readable.insert(field, value);
                }
            }
            json["status"] = Json::Object(readable);
        }
        if let Ok(rest) = K::deserialize(&json) {
            return Self::Partly(rest);
        }
        let text = |field| Some(json["metadata"][field].as_str()?.to_owned());
        Self::Unreadable(ObjectMeta {
            namespace: text("namespace"),
            name: text("name"),
            uid: text("uid"),
            resource_version: text("resourceVersion"),
            ..ObjectMeta::default()
        })
    }
}

/// Fails only where the text is no JSON object.
impl<'de, K: DeserializeOwned> Deserialize<'de> for Observed<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Part::Object.deserialize(deserializer).map(Self::of)
    }
}

impl<K: Resource> Resource for Observed<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn metadata_api() -> bool {
        K::metadata_api()
    }

    fn kind(of: &K::DynamicType) -> Cow<'_, str> {
        K::kind(of)
    }

    fn group(of: &K::DynamicType) -> Cow<'_, str> {
        K::group(of)
    }

    fn version(of: &K::DynamicType) -> Cow<'_, str> {
        K::version(of)
    }

    fn plural(of: &K::DynamicType) -> Cow<'_, str> {
        K::plural(of)
    }

    fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Whole(object) | Self::Partly(object) => object.meta(),
            Self::Unreadable(names) => names,
        }
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Whole(object) | Self::Partly(object) => object.meta_mut(),
            Self::Unreadable(names) => names,
        }
    }
}

/// What is being buffered. The managed fields, often half of an object, are skipped and cost nothing.
#[derive(Clone, Copy)]
enum Part {
    Object,
    Metadata,
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Map<String, Json>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Map<String, Json>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Map::new();
        while let Some(field) = map.next_key::<String>()? {
            let value = match (self, field.as_str()) {
                (Self::Metadata, "managedFields") => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                (Self::Object, "metadata") => Json::Object(map.next_value_seed(Self::Metadata)?),
                _ => map.next_value()?,
            };
            fields.insert(field, value);
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1 as core;
    use kube::core::{ObjectList, PartialObjectMeta, WatchEvent};
    use serde_json::json;

    use super::*;
    use crate::api::Secret;

    /// As the API server stores `9999-12-31T23:59:59-23:00`.
    const TOO_LATE: &str = "10000-01-01T22:59:59Z";

    fn native() -> Json {
        json!({
            "apiVersion": "v1", "kind": "Secret", "data": { "k": "dg==" },
            "metadata": {
                "namespace": "a", "name": "n", "uid": "u", "resourceVersion": "7",
                "managedFields": [{ "manager": "m", "time": TOO_LATE }],
            },
        })
    }

    fn secret(status: &Json) -> Json {
        json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "status": status,
            "metadata": { "namespace": "a", "name": "n", "uid": "u", "resourceVersion": "7" },
            "spec": { "storeRef": { "name": "s" } },
        })
    }

    fn observed<K: DeserializeOwned>(object: &Json) -> Observed<K> {
        serde_json::from_str(&object.to_string()).unwrap()
    }

    #[test]
    fn a_time_that_does_not_read_among_the_managed_fields_is_not_looked_at() {
        assert!(serde_json::from_value::<core::Secret>(native()).is_err());
        let Observed::Whole(object) = observed::<core::Secret>(&native()) else {
            panic!("it was not read");
        };
        assert_eq!(object.data.unwrap()["k"].0, b"v");
        assert_eq!(object.metadata.managed_fields, None);
        let metadata = observed::<PartialObjectMeta<core::Secret>>(&native());
        assert!(matches!(metadata, Observed::Whole(_)));
    }

    #[test]
    fn a_field_of_that_name_elsewhere_is_kept() {
        let mut object = native();
        object["managedFields"] = json!(1);
        object["metadata"]["annotations"] = json!({ "managedFields": "x" });
        let Observed::Whole(read) = observed::<Json>(&object) else {
            panic!("it was not read");
        };
        assert_eq!(read["managedFields"], 1);
        assert_eq!(read["metadata"]["annotations"]["managedFields"], "x");
    }

    #[test]
    fn only_the_fields_of_a_status_that_do_not_read_are_left_out() {
        let status = json!({ "version": 3, "modified": TOO_LATE, "state": "sold", "inputs": "x" });
        let Observed::Partly(object) = observed::<Secret>(&secret(&status)) else {
            panic!("it was not read in part");
        };
        let status = object.status.unwrap();
        assert_eq!(
            (status.version, status.inputs.as_deref()),
            (Some(3), Some("x"))
        );
        assert_eq!((status.modified, status.state), (None, None));
    }

    #[test]
    fn a_status_that_is_none_at_all_is_left_out() {
        let read = observed::<Secret>(&secret(&json!("x"))).read().unwrap();
        assert_eq!(read.status, None);
    }

    #[test]
    fn of_an_object_that_does_not_read_the_names_are_left_and_no_value() {
        let mut object = secret(&json!({}));
        object["spec"] = json!({ "storeRef": "canary" });
        let unreadable = observed::<Secret>(&object).read().unwrap_err();
        assert!(!format!("{unreadable} {unreadable:?}").contains("canary"));
        let names = unreadable.0;
        assert_eq!(
            (names.namespace.as_deref(), names.name.as_deref()),
            (Some("a"), Some("n"))
        );
        assert_eq!(
            (names.uid.as_deref(), names.resource_version.as_deref()),
            (Some("u"), Some("7"))
        );
    }

    #[test]
    fn it_fails_neither_a_list_nor_a_watch() {
        let mut bad = secret(&json!({}));
        bad["spec"] = json!(1);
        let list = json!({ "metadata": {}, "items": [bad, secret(&json!({}))] }).to_string();
        let list: ObjectList<Observed<Secret>> = serde_json::from_str(&list).unwrap();
        let readable = list.into_iter().filter_map(|it| it.read().ok());
        assert_eq!(readable.count(), 1);
        // Whatever comes first in the text.
        for event in [
            format!(r#"{{"type":"MODIFIED","object":{bad}}}"#),
            format!(r#"{{"object":{bad},"type":"MODIFIED"}}"#),
        ] {
            let event: WatchEvent<Observed<Secret>> = serde_json::from_str(&event).unwrap();
            assert!(matches!(
                event,
                WatchEvent::Modified(Observed::Unreadable(_))
            ));
        }
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for text in ["null", "1", "[]", "{", r#"{"metadata":1}"#] {
            let read = serde_json::from_str::<Observed<Secret>>(text);
            assert!(read.is_err(), "{text}");
        }
    }
}
