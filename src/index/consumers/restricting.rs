//! Namespaces whose pods may use a scoped Secret only inside its scopes, by their label.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Consumers, Wish, stores};
use crate::api::wellknown::{POD_POLICY_LABEL, POD_POLICY_OFF};
use crate::index::ObjectKey;
use crate::policy::scopes::Labels;

impl Consumers {
    /// Those that are there.
    #[must_use]
    pub fn restricting(&self) -> &BTreeSet<Box<str>> {
        &self.restricting
    }

    /// Whether a namespace is one of them.
    #[must_use]
    pub fn restricts_pods(&self, namespace: &str) -> bool {
        self.restricting.contains(namespace)
    }

    /// The labels of a namespace; `None` where it is gone, or going.
    #[must_use]
    pub fn labels(&self, namespace: &str) -> Option<Arc<Labels>> {
        self.namespaces.get(namespace).cloned()
    }

    /// The namespaces from which something of a store is asked.
    pub fn namespaces_of(&self, store: &ObjectKey) -> impl Iterator<Item = &str> {
        let accounts = self.by_store.get(store).into_iter().flatten();
        accounts.map(|account| &*account.namespace)
    }

    /// What is asked from a namespace, by whom, and of which stores.
    #[must_use]
    pub fn wishes_of(&self, namespace: &str) -> (BTreeSet<ObjectKey>, Vec<(ObjectKey, Wish)>) {
        let Some(labels) = self.namespaces.get(namespace) else {
            return Default::default();
        };
        let all = self.of_namespace(namespace);
        all.map(|(account, requests)| {
            let wish = Wish {
                labels: labels.clone(),
                requests: requests.clone(),
            };
            (stores(requests), (account.clone(), wish))
        })
        .fold(
            Default::default(),
            |(mut all, mut wishes), (stores, wish)| {
                all.extend(stores);
                wishes.push(wish);
                (all, wishes)
            },
        )
    }

    /// Notes whether a namespace with these labels is one of them.
    pub(super) fn note_restricting(&mut self, namespace: &str, labels: Option<&Labels>) {
        let label = labels.and_then(|labels| labels.get(POD_POLICY_LABEL));
        if label.is_some_and(|value| value != POD_POLICY_OFF) {
            self.restricting.insert(namespace.into());
        } else {
            self.restricting.remove(namespace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_on(value: Option<&str>) -> bool {
        let mut consumers = Consumers::default();
        let labels = value.map(|value| (POD_POLICY_LABEL.to_owned(), value.to_owned()));
        consumers.label("n", Some(labels.into_iter().collect()));
        consumers.restricts_pods("n")
    }

    /// A word that is misspelt must not turn it off.
    #[test]
    fn every_word_but_disabled_turns_it_on() {
        for word in ["enforce", "warn", "audit", "Disabled", "enfroce", ""] {
            assert!(is_on(Some(word)), "{word}");
        }
        assert!(!is_on(Some("disabled")) && !is_on(None));
    }

    #[test]
    fn a_namespace_that_goes_or_loses_its_label_is_none_any_more() {
        let mut consumers = Consumers::default();
        let labels: Labels = [(POD_POLICY_LABEL.to_owned(), "enforce".to_owned())].into();
        for end in [None, Some(Labels::new())] {
            consumers.label("n", Some(labels.clone()));
            assert!(consumers.restricts_pods("n"));
            consumers.label("n", end);
            assert!(!consumers.restricts_pods("n"));
        }
    }
}
