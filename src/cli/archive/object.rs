//! A resource as it is kept, and compared with the one of a cluster.
//!
//! What the API server fills in is left out, and what belongs to another time or cluster: UID, versions,
//! owners, who manages which field, finalizers, the copy of the manifest that `kubectl apply` keeps, and
//! the status. The identifier, which may rest on the UID, becomes the label that it is elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use kube::api::{DynamicObject, TypeMeta};
use kube::core::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::api::id;
use crate::api::wellknown::{GROUP, ID_LABEL, LAST_APPLIED_ANNOTATION, RESEAL_ANNOTATION};

/// The kinds, in the order in which they are made.
pub(in crate::cli) const KINDS: [&str; 2] = ["SecretStore", "Secret"];

/// Annotations that are not kept.
const FLEETING: [&str; 2] = [LAST_APPLIED_ANNOTATION, RESEAL_ANNOTATION];

/// A SecretStore or Secret. Has no Debug: a Secret may hold a value in clear.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::cli) struct Object {
    pub(in crate::cli) kind: String,
    pub(in crate::cli) namespace: String,
    pub(in crate::cli) name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    spec: Json,
}

/// Tells whether two objects are the same, in 32 bytes.
pub(in crate::cli) type Digest = [u8; 32];

impl Object {
    /// As the cluster has it; none for what is being deleted.
    pub(in crate::cli) fn of(kind: &str, object: DynamicObject) -> Option<Self> {
        let DynamicObject {
            metadata, mut data, ..
        } = object;
        if metadata.deletion_timestamp.is_some() {
            return None;
        }
        let id = id(&metadata);
        let mut labels = metadata.labels.unwrap_or_default();
        if let Some(id) = id {
            labels.insert(ID_LABEL.to_owned(), id);
        }
        let mut annotations = metadata.annotations.unwrap_or_default();
        annotations.retain(|name, _| !FLEETING.contains(&name.as_str()));
        Some(Self {
            kind: kind.to_owned(),
            namespace: metadata.namespace.unwrap_or_default(),
            name: metadata.name.unwrap_or_default(),
            labels,
            annotations,
            spec: data.get_mut("spec").map(Json::take).unwrap_or_default(),
        })
    }

    /// As it is made.
    pub(in crate::cli) fn to_new(&self) -> DynamicObject {
        let metadata = ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(self.namespace.clone()),
            labels: Some(self.labels.clone()),
            annotations: Some(self.annotations.clone()),
            ..ObjectMeta::default()
        };
        self.with_metadata(metadata)
    }

    /// As it takes the place of another: what is not kept of an object stays as that has it.
    pub(in crate::cli) fn over(&self, there: &DynamicObject) -> DynamicObject {
        let mut metadata = there.metadata.clone();
        let before = metadata.annotations.take().unwrap_or_default();
        let fleeting = before
            .into_iter()
            .filter(|(name, _)| name == LAST_APPLIED_ANNOTATION);
        let annotations = self.annotations.clone().into_iter().chain(fleeting);
        metadata.annotations = Some(annotations.collect());
        metadata.labels = Some(self.labels.clone());
        self.with_metadata(metadata)
    }

    fn with_metadata(&self, metadata: ObjectMeta) -> DynamicObject {
        DynamicObject {
            types: Some(TypeMeta {
                api_version: format!("{GROUP}/v1alpha1"),
                kind: self.kind.clone(),
            }),
            metadata,
            data: serde_json::json!({ "spec": self.spec }),
        }
    }

    /// Whether it is one that this release knows.
    pub(in crate::cli) fn is_known(&self) -> bool {
        KINDS.contains(&self.kind.as_str())
    }

    /// Of everything that is compared.
    pub(in crate::cli) fn digest(&self) -> Digest {
        let canonical = serde_json::to_vec(&self.compared());
        Sha256::digest(canonical.unwrap_or_default()).into()
    }

    /// The paths of the fields by which another of its name differs; never what is in them.
    pub(in crate::cli) fn differences(&self, other: &Self) -> Vec<String> {
        let mut paths = Vec::new();
        differences(&self.compared(), &other.compared(), "", &mut paths);
        paths
    }

    /// What is kept, but for the identifier: an object that was made anew has another one. Maps are sorted, so the
    /// order in which a server writes does not count.
    fn compared(&self) -> Json {
        let mut labels = self.labels.clone();
        labels.remove(ID_LABEL);
        sorted(&json!({
            "metadata": { "labels": labels, "annotations": self.annotations },
            "spec": self.spec,
        }))
    }

    /// The texts of its values, and of the former ones that are still kept.
    pub(in crate::cli) fn values(&self) -> impl Iterator<Item = &str> {
        let data = self.spec.pointer("/data").and_then(Json::as_object);
        let items = data.into_iter().flat_map(|data| data.values());
        items
            .flat_map(|item| {
                [
                    item.pointer("/value"),
                    item.pointer("/generated/previous/value"),
                ]
            })
            .filter_map(|value| value?.as_str())
    }

    /// `Secret team-a/stripe`.
    pub(in crate::cli) fn label(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// An equal value whose maps are in the order of their keys. Nulls in maps are what is absent.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(fields) => {
            let fields: BTreeMap<_, _> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .collect();
            let sorted = fields
                .into_iter()
                .map(|(name, value)| (name.clone(), sorted(value)));
            Json::Object(sorted.collect())
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The deepest paths below which two values differ. Names that are no text for a terminal are escaped: a file may
/// come from anyone.
fn differences(one: &Json, other: &Json, path: &str, paths: &mut Vec<String>) {
    let absent = Json::Null;
    match (one, other) {
        (Json::Object(one), Json::Object(other)) => {
            let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for name in names {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}", name.escape_debug());
                let field = |of: &Map<String, Json>| of.get(name).unwrap_or(&absent).clone();
                differences(&field(one), &field(other), &path, paths);
            }
        }
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{path}[{at}]"), paths);
            }
        }
        _ if one != other => paths.push(path.to_owned()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Object;

    fn found(json: serde_json::Value) -> Object {
        Object::of("Secret", serde_json::from_value(json).unwrap()).unwrap()
    }

    fn secret() -> serde_json::Value {
        json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
            "metadata": {
                "name": "stripe", "namespace": "team-a", "resourceVersion": "7", "generation": 2,
                "uid": "5d8c6a4e-2f5b-4f65-a7cb-0c1d2e3f4a5b", "finalizers": ["x/y"],
                "creationTimestamp": "2026-01-01T00:00:00Z", "labels": { "app": "shop" },
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": "{}",
                    "coffer.dev/reseal": "all", "note": "n",
                },
                "ownerReferences": [{ "apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "u" }],
                "managedFields": [{ "manager": "kubectl" }],
            },
            "spec": { "storeRef": { "name": "vault" }, "data": {
                "a": { "value": "one" },
                "b": { "generated": { "previous": { "value": "two" } } },
            } },
            "status": { "state": "active" },
        })
    }

    #[test]
    fn only_what_means_something_elsewhere_is_kept() {
        let kept = serde_json::to_value(found(secret())).unwrap();
        let expected = json!({
            "kind": "Secret", "namespace": "team-a", "name": "stripe",
            "labels": { "app": "shop", "coffer.dev/id": "5d8c6a4e2f5b4f65a7cb0c1d2e3f4a5b" },
            "annotations": { "note": "n" },
            "spec": secret()["spec"],
        });
        assert_eq!(kept, expected);
    }

    #[test]
    fn an_identifier_that_is_a_label_stays_as_it_is() {
        let mut object = secret();
        object["metadata"]["labels"] =
            json!({ "coffer.dev/id": "00000000000000000000000000000001" });
        assert_eq!(found(object).labels["coffer.dev/id"].len(), 32);
        let mut object = secret();
        object["metadata"]["labels"]["coffer.dev/id"] = json!("chosen");
        assert_eq!(found(object).labels["coffer.dev/id"], "chosen");
    }

    #[test]
    fn what_is_being_deleted_is_left_out() {
        let mut object = secret();
        object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        assert!(Object::of("Secret", serde_json::from_value(object).unwrap()).is_none());
    }

    #[test]
    fn the_digest_tells_every_change_that_is_kept_and_no_other() {
        let digest = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut object = secret();
            change(&mut object);
            found(object).digest()
        };
        let before = digest(&|_| {});
        assert_eq!(
            digest(&|it| it["metadata"]["resourceVersion"] = json!("8")),
            before
        );
        assert_eq!(digest(&|it| it["status"] = json!({})), before);
        assert_eq!(digest(&|it| it["spec"]["target"] = json!(null)), before);
        assert_ne!(digest(&|it| it["spec"]["target"] = json!({})), before);
        assert_ne!(
            digest(&|it| it["spec"]["data"]["a"]["value"] = json!("x")),
            before
        );
        assert_ne!(
            digest(&|it| it["metadata"]["labels"]["app"] = json!("x")),
            before
        );
        assert_ne!(
            digest(&|it| it["metadata"]["annotations"]["note"] = json!("x")),
            before
        );
    }

    #[test]
    fn an_identifier_of_its_own_makes_no_other_object() {
        let mut other = secret();
        other["metadata"]["uid"] = json!("9");
        let (one, mut other) = (found(secret()), found(other));
        assert_eq!(one.digest(), other.digest());
        other
            .labels
            .insert("coffer.dev/id".to_owned(), "chosen".to_owned());
        assert_eq!(one.digest(), other.digest());
        assert_eq!(one.differences(&other), [] as [&str; 0]);
    }

    #[test]
    fn differences_are_told_by_paths_and_not_by_values() {
        let mut other = secret();
        other["metadata"]["labels"] = json!({ "team": "hunter2" });
        other["spec"]["data"]["a"]["value"] = json!("hunter2");
        other["spec"]["data"]["c"] = json!({ "value": "hunter2" });
        other["spec"]["scopes"] = json!(["hunter2"]);
        other["spec"]["\u{1b}[2J"] = json!("hunter2");
        let (one, mut other) = (found(secret()), found(other));
        let paths = [
            "metadata.labels.app",
            "metadata.labels.team",
            "spec.\\u{1b}[2J",
            "spec.data.a.value",
            "spec.data.c",
            "spec.scopes",
        ];
        assert_eq!(one.differences(&other), paths);
        assert_eq!(other.differences(&one), paths);
        other.spec = json!({ "scopes": ["a", "b"] });
        let mut one = other.clone();
        one.spec["scopes"][1] = json!("c");
        assert_eq!(one.differences(&other), ["spec.scopes[1]"]);
    }

    #[test]
    fn over_another_it_leaves_what_is_not_kept() {
        let there = serde_json::from_value(secret()).unwrap();
        let mut object = found(secret());
        object.annotations.clear();
        let over = object.over(&there);
        assert_eq!(over.metadata.resource_version.as_deref(), Some("7"));
        assert_eq!(over.metadata.finalizers.unwrap(), ["x/y"]);
        let annotations: Vec<_> = over.metadata.annotations.unwrap().into_keys().collect();
        assert_eq!(
            annotations,
            ["kubectl.kubernetes.io/last-applied-configuration"]
        );
    }

    #[test]
    fn former_values_count_as_values() {
        let object = found(secret());
        assert_eq!(object.values().collect::<Vec<_>>(), ["one", "two"]);
    }
}
