//! Which Secrets need which key: what has the form of an envelope, wherever it stands in a spec, also
//! where this release does not know the field.

use std::collections::BTreeMap;
use std::fmt;

use kube::api::DynamicObject;
use serde_json::Value as Json;

use crate::api::{ConditionType, Reason};
use crate::cli::cluster::{Cluster, Error};
use crate::crypto::KeyId;

/// The Secrets by the key that they need.
#[derive(Debug, Default)]
pub(super) struct References {
    by_key: BTreeMap<(String, KeyId), Users>,
}

/// Who needs a key; as a text, `3 Secrets (stripe is one)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Users {
    /// How many Secrets.
    pub(super) secrets: usize,
    /// Of how many of them the operator says that a value does not open: nobody can seal that anew for it.
    pub(super) shut: usize,
    /// The first of them.
    pub(super) first: String,
}

impl fmt::Display for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = &self.first;
        match self.secrets {
            1 => write!(f, "Secret {first}"),
            secrets => write!(f, "{secrets} Secrets ({first} is one)"),
        }
    }
}

impl References {
    /// Looks at every Secret of a namespace, or of all, as etcd has it now.
    pub(super) fn of(cluster: &Cluster, namespace: Option<&str>) -> Result<Self, Error> {
        let mut references = Self::default();
        references.look(cluster, namespace)?;
        Ok(references)
    }

    /// Looks at one more namespace.
    pub(super) fn look(&mut self, cluster: &Cluster, namespace: Option<&str>) -> Result<(), Error> {
        cluster.pages("Secret", namespace, |page| {
            for secret in &page {
                self.add(secret);
            }
        })
    }

    /// Who needs the key in this namespace; elsewhere it opens nothing.
    pub(super) fn users(&self, namespace: &str, id: KeyId) -> Option<&Users> {
        self.by_key.get(&(namespace.to_owned(), id))
    }

    /// Every key that is needed, with its namespace.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, KeyId, &Users)> {
        let all = self.by_key.iter();
        all.map(|((namespace, id), users)| (namespace.as_str(), *id, users))
    }

    pub(super) fn add(&mut self, secret: &DynamicObject) {
        let mut ids = Vec::new();
        collect(&secret.data["spec"], &mut ids);
        ids.sort_unstable();
        ids.dedup();
        let metadata = &secret.metadata;
        let is_shut = is_shut(secret);
        for id in ids {
            let key = (metadata.namespace.clone().unwrap_or_default(), id);
            let users = self.by_key.entry(key).or_default();
            if users.secrets == 0 {
                users.first = metadata.name.clone().unwrap_or_default();
            }
            users.secrets += 1;
            users.shut += usize::from(is_shut);
        }
    }
}

/// Whether the operator has looked at it as it is, and found a value that does not open.
fn is_shut(secret: &DynamicObject) -> bool {
    let reasons = [
        Reason::EnvelopeMalformed.as_str(),
        Reason::EnvelopeMismatch.as_str(),
    ];
    let conditions = secret.data["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        condition["type"] == ConditionType::Ready.as_str()
            && condition["status"] == "False"
            && condition["observedGeneration"].as_i64() == secret.metadata.generation
            && reasons.iter().any(|reason| condition["reason"] == *reason)
    })
}

fn collect(json: &Json, ids: &mut Vec<KeyId>) {
    match json {
        Json::String(text) => ids.extend(key_id(text)),
        Json::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        Json::Object(fields) => fields.values().for_each(|field| collect(field, ids)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The key of an envelope of any version, whole or not: one key too many is kept rather than one too few.
fn key_id(text: &str) -> Option<KeyId> {
    let (version, rest) = text.trim().strip_prefix("coffer.v")?.split_once('.')?;
    let (id, _) = rest.split_once('.')?;
    version
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then_some(())?;
    id.parse().ok()
}

#[cfg(test)]
mod tests {
    use kube::api::DynamicObject;
    use serde_json::{Value as Json, json};

    use super::References;

    const A: &str = "00000000000000aa";
    const B: &str = "00000000000000bb";

    fn secret(namespace: &str, name: &str, spec: &Json) -> DynamicObject {
        let metadata = json!({ "namespace": namespace, "name": name });
        serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).unwrap()
    }

    fn counted(references: &References, namespace: &str, id: &str) -> usize {
        let users = references.users(namespace, id.parse().unwrap());
        users.map_or(0, |users| users.secrets)
    }

    #[test]
    fn values_previous_values_and_fields_to_come_are_looked_at() {
        let mut references = References::default();
        references.add(&secret(
            "n",
            "first",
            &json!({ "data": { "k": {
                "value": format!("coffer.v1.{A}.x"),
                "generated": { "previous": { "value": format!("coffer.v1.{B}.y") } },
            } } }),
        ));
        references.add(&secret(
            "n",
            "second",
            &json!({ "later": [{ "deep": format!("coffer.v2.{A}.x") }, format!("coffer.v1.{A}.z")] }),
        ));
        assert_eq!(counted(&references, "n", A), 2);
        assert_eq!(counted(&references, "n", B), 1);
        let users = references.users("n", A.parse().unwrap()).unwrap();
        assert_eq!(users.first, "first");
    }

    #[test]
    fn a_damaged_envelope_still_needs_its_key() {
        let mut references = References::default();
        let spec = json!({ "data": { "k": { "value": format!(" coffer.v1.{A}.\n") } } });
        references.add(&secret("n", "a", &spec));
        assert_eq!(counted(&references, "n", A), 1);
    }

    #[test]
    fn a_secret_of_which_the_operator_says_that_it_does_not_open_is_told_apart() {
        let spec = json!({ "data": { "a": { "value": format!("coffer.v1.{A}.x") } } });
        let mut references = References::default();
        for (name, reason, generation) in [
            ("a", "EnvelopeMismatch", 3),
            ("b", "EnvelopeMismatch", 2),
            ("c", "StoreNotFound", 3),
        ] {
            let mut object = secret("n", name, &spec);
            object.metadata.generation = Some(3);
            object.data["status"] = json!({ "conditions": [{
                "type": "Ready", "status": "False", "reason": reason, "observedGeneration": generation,
            }] });
            references.add(&object);
        }
        let users = references.users("n", A.parse().unwrap()).unwrap();
        assert_eq!((users.secrets, users.shut), (3, 1));
    }

    #[test]
    fn what_is_no_envelope_or_in_another_namespace_needs_nothing() {
        let mut references = References::default();
        let spec = json!({ "data": {
            "a": { "value": A }, "b": { "value": format!("coffer.vx.{A}.x") }, "c": { "value": 1 },
            "d": { "value": "coffer.v1.short.x" }, "e": { "value": format!("coffer.v1.{B}.x") },
        } });
        references.add(&secret("n", "a", &spec));
        references.add(&secret("n", "broken", &json!("hunter2")));
        assert_eq!(counted(&references, "n", A), 0);
        assert_eq!(counted(&references, "m", B), 0);
        assert_eq!(references.all().count(), 1);
    }
}
