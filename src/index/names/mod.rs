//! Names on the REST interfaces: who is called what, and who has a name that several want. The oldest has it.
//!
//! Most objects are called as in their manifest, which is unique by itself. Kept here are only those that say another
//! name; one that is called like that in its manifest is found by it.

mod noted;

pub use noted::Named;

use std::collections::{BTreeSet, HashMap};

use super::ObjectKey;
use crate::policy::quota::Age;

/// A name, and in what it is to be unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Called {
    /// The store of a Secret; of a store its namespace.
    pub within: Box<str>,
    /// The namespace.
    pub namespace: Box<str>,
    /// The name.
    pub name: Box<str>,
}

impl Called {
    /// In a store, or in a namespace where `within` is empty.
    #[must_use]
    pub fn new(namespace: &str, within: &str, name: &str) -> Self {
        Self {
            within: within.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

/// The objects of one kind that say their name.
#[derive(Debug, Default)]
pub struct Names {
    by_name: HashMap<Called, BTreeSet<(Age, Box<str>)>>,
    by_object: HashMap<ObjectKey, (Called, Age)>,
}

impl Names {
    /// Takes over the name that an object says, if it says one. Returns the names for which that is news.
    pub fn set(&mut self, object: &ObjectKey, says: Option<(Called, Age)>) -> Vec<Called> {
        if self.by_object.get(object) == says.as_ref() {
            return Vec::new();
        }
        let mut news = Vec::new();
        if let Some((called, age)) = self.by_object.remove(object) {
            if let Some(all) = self.by_name.get_mut(&called) {
                all.remove(&(age, object.name.clone()));
                if all.is_empty() {
                    self.by_name.remove(&called);
                }
            }
            news.push(called);
        }
        if let Some((called, age)) = says {
            let all = self.by_name.entry(called.clone()).or_default();
            all.insert((age, object.name.clone()));
            news.push(called.clone());
            self.by_object.insert(object.clone(), (called, age));
        }
        news
    }

    /// Whether none says a name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_object.is_empty()
    }

    /// The two oldest that say a name: of a change nobody else has anything to tell.
    pub fn oldest(&self, called: &Called) -> impl Iterator<Item = ObjectKey> {
        let all = self.by_name.get(called).into_iter().flatten();
        all.take(2)
            .map(|(_, name)| ObjectKey::new(&called.namespace, name))
    }

    /// Whether one that is older than `age` says the name.
    #[must_use]
    pub fn has_older(&self, called: &Called, age: Age) -> bool {
        let all = self.by_name.get(called);
        let oldest = all.and_then(BTreeSet::first);
        oldest.is_some_and(|(oldest, _)| *oldest < age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Secret;

    fn age(second: u8) -> Age {
        let text = format!(
            "metadata: {{name: a, creationTimestamp: '2026-01-01T00:00:0{second}Z', uid: '00000000-0000-4000-8000-000000000001'}}\nspec: {{storeRef: {{name: s}}}}\n"
        );
        Age::of(&serde_yaml::from_str::<Secret>(&text).unwrap()).unwrap()
    }

    fn called(store: &str, name: &str) -> Called {
        Called {
            within: store.into(),
            namespace: "team".into(),
            name: name.into(),
        }
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("team", name)
    }

    #[test]
    fn the_oldest_has_a_name_until_it_goes_or_says_another() {
        let mut names = Names::default();
        let (api, db) = (called("s", "API"), called("s", "DB"));
        for (object, second) in [("young", 3), ("old", 1), ("middle", 2)] {
            let news = names.set(&key(object), Some((api.clone(), age(second))));
            assert!(news.iter().eq([&api]));
        }
        assert!(!names.has_older(&api, age(1)) && names.has_older(&api, age(2)));
        assert!(names.oldest(&api).eq([key("old"), key("middle")]));
        let news = names.set(&key("old"), Some((db.clone(), age(1))));
        assert_eq!(news, [api.clone(), db]);
        assert!(!names.has_older(&api, age(2)));
        names.set(&key("middle"), None);
        assert!(names.oldest(&api).eq([key("young")]));
    }

    #[test]
    fn what_is_as_it_was_is_no_news() {
        let mut names = Names::default();
        let says = Some((called("s", "API"), age(1)));
        assert_eq!(names.set(&key("a"), says.clone()).len(), 1);
        assert!(names.set(&key("a"), says).is_empty());
        assert!(names.set(&key("b"), None).is_empty());
        assert_eq!(names.set(&key("a"), None).len(), 1);
        assert!(names.by_name.is_empty() && names.by_object.is_empty());
    }

    #[test]
    fn in_another_store_it_is_another_name() {
        let mut names = Names::default();
        names.set(&key("a"), Some((called("s", "API"), age(1))));
        assert!(!names.has_older(&called("t", "API"), age(2)));
    }
}
