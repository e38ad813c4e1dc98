//! What the API server is asked about one Secret, and what its answer means. No client.
//!
//! Of the manifest only what envelopes are bound to is sent, and they themselves: nothing else can then be
//! in the way.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde_json::{Value as Json, json};

use crate::api::wellknown::{GROUP, RESEAL_ALL, RESEAL_ANNOTATION};
use crate::crypto::Envelope;

/// One Secret of a manifest.
#[derive(Debug)]
pub(super) struct Question<'m> {
    pub(super) namespace: &'m str,
    pub(super) name: &'m str,
    pub(super) store: &'m str,
    /// Envelopes by key.
    pub(super) envelopes: BTreeMap<&'m str, &'m str>,
}

/// Why an answer is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error(
        "the operator was not asked to seal anew: it needs to run with admission.mode Webhook, in a release that knows `{RESEAL_ANNOTATION}`; upgrade it"
    )]
    NotAsked,
    #[error(
        "the answer has something else than an envelope in the place of a value; see the operator's log"
    )]
    NoEnvelope,
}

impl Question<'_> {
    /// What is sent.
    pub(super) fn object(&self) -> Json {
        let items = self.envelopes.iter();
        let data: serde_json::Map<_, _> = items
            .map(|(key, envelope)| ((*key).to_owned(), json!({ "value": envelope })))
            .collect();
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"),
            "kind": "Secret",
            "metadata": {
                "name": self.name, "namespace": self.namespace,
                "annotations": { RESEAL_ANNOTATION: RESEAL_ALL },
            },
            "spec": { "storeRef": { "name": self.store }, "data": data },
        })
    }

    /// The envelopes that are new, by key.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub(super) fn answer(
        &self,
        answer: &DynamicObject,
    ) -> Result<BTreeMap<String, String>, NoAnswer> {
        let annotations = answer.metadata.annotations.as_ref();
        if annotations.is_some_and(|annotations| annotations.contains_key(RESEAL_ANNOTATION)) {
            return Err(NoAnswer::NotAsked);
        }
        let mut new = BTreeMap::new();
        for (key, before) in &self.envelopes {
            let item = &answer.data["spec"]["data"][*key]["value"];
            let after = item.as_str().unwrap_or_default();
            if Envelope::parse(after).is_err() {
                return Err(NoAnswer::NoEnvelope);
            }
            if after != *before {
                new.insert((*key).to_owned(), after.to_owned());
            }
        }
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use kube::api::DynamicObject;
    use serde_json::json;

    use super::{NoAnswer, Question};
    use crate::crypto::{BindingKind, Place, StoreKey, Suite};

    const PLACE: Place<'_> = Place {
        kind: "Secret",
        namespace: "team-a",
        store: "vault",
        name: "stripe",
        key: "a",
    };

    fn sealed() -> String {
        let key = StoreKey::generate(Suite::X25519);
        key.seal(BindingKind::Strict, &PLACE, b"v")
            .unwrap()
            .to_string()
    }

    fn question<'m>(envelopes: &[(&'m str, &'m str)]) -> Question<'m> {
        Question {
            namespace: "team-a",
            name: "stripe",
            store: "vault",
            envelopes: envelopes.iter().copied().collect(),
        }
    }

    fn answer(json: serde_json::Value) -> DynamicObject {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_what_changed_is_new() {
        let (one, two, other) = (sealed(), sealed(), sealed());
        let question = question(&[("a", &one), ("b", &two)]);
        let mut object = question.object();
        object["metadata"]["annotations"] = json!({});
        object["spec"]["data"]["b"]["value"] = json!(other);
        let new = question.answer(&answer(object)).unwrap();
        assert_eq!(new, [("b".to_owned(), other)].into());
    }

    #[test]
    fn an_answer_that_still_asks_is_none() {
        let one = sealed();
        let question = question(&[("a", &one)]);
        let refused = question.answer(&answer(question.object())).unwrap_err();
        assert_eq!(refused, NoAnswer::NotAsked);
    }

    #[test]
    fn whatever_is_no_envelope_does_not_go_into_a_file() {
        let one = sealed();
        let question = question(&[("a", &one)]);
        for value in [
            json!("hunter2"),
            json!(7),
            json!(null),
            json!("coffer.v1.x"),
        ] {
            let mut object = question.object();
            object["metadata"]["annotations"] = json!({});
            object["spec"]["data"]["a"]["value"] = value;
            let refused = question.answer(&answer(object)).unwrap_err();
            assert_eq!(refused, NoAnswer::NoEnvelope);
        }
    }
}
