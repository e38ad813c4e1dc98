//! The native Secrets that Coffer delivered, as far as their metadata tells. Never their data.

use std::collections::{BTreeSet, HashMap};

use k8s_openapi::api::core::v1 as core;
use kube::core::PartialObjectMeta;

use super::ObjectKey;
use crate::api::wellknown::{
    FINGERPRINT_ANNOTATION, MARK_ANNOTATION, ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION,
};
use crate::crypto::Fingerprinter;
use crate::policy::native::copy;

/// The longest text that Coffer writes on a native Secret: the names of a namespace and of an object in it.
const MAX_TEXT: usize = 317;

/// What is remembered of a native Secret: about 300 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// UID.
    pub uid: Box<str>,
    /// resourceVersion.
    pub resource_version: Box<str>,
    /// UID of the Coffer Secret it says it came from. Anyone can write that label.
    pub origin_uid: Box<str>,
    /// Name of the Coffer Secret it says it came from, with its namespace where that is another one.
    pub origin_name: Box<str>,
    /// Whether it goes when that Coffer Secret goes.
    pub owned: bool,
    /// The keyed fingerprint that Coffer wrote on it.
    pub fingerprint: Option<Box<str>>,
    /// Whether it carries Coffer's own mark of a copy, for this origin in this place.
    pub is_copy: bool,
}

/// A Coffer Secret that copies came from, which may be gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Its namespace and name.
    pub key: ObjectKey,
    /// Its UID.
    pub uid: Box<str>,
}

impl Native {
    fn of(object: &PartialObjectMeta<core::Secret>, keys: &Fingerprinter) -> Self {
        let meta = &object.metadata;
        let text = |map: &Option<std::collections::BTreeMap<String, String>>, key: &str| {
            map.as_ref()
                .and_then(|map| map.get(key))
                // Anyone can write them, as long as annotations may be.
                .filter(|value| value.len() <= MAX_TEXT)
                .map(|value| Box::<str>::from(value.as_str()))
        };
        let origin_uid = text(&meta.labels, ORIGIN_LABEL).unwrap_or_default();
        let owned = meta
            .owner_references
            .iter()
            .flatten()
            .any(|owner| *owner.uid == *origin_uid);
        let mark = text(&meta.annotations, MARK_ANNOTATION);
        let is_copy = mark.is_some_and(|mark| {
            let ObjectKey { namespace, name } = ObjectKey::of(object);
            *mark == copy::mark(keys, &origin_uid, &namespace, &name)
        });
        Self {
            owned,
            uid: meta.uid.as_deref().unwrap_or_default().into(),
            resource_version: meta.resource_version.as_deref().unwrap_or_default().into(),
            origin_uid,
            origin_name: text(&meta.annotations, ORIGIN_NAME_ANNOTATION).unwrap_or_default(),
            fingerprint: text(&meta.annotations, FINGERPRINT_ANNOTATION),
            is_copy,
        }
    }

    /// The Coffer Secret that a copy came from.
    #[must_use]
    pub fn copied_from(&self, key: &ObjectKey) -> Option<Origin> {
        let origin = self.origin(key).filter(|_| self.is_copy)?;
        Some(Origin {
            key: origin,
            uid: self.origin_uid.clone(),
        })
    }

    /// The Coffer Secret that it came from: of its own namespace, as anyone can write, or of another one, as only Coffer
    /// can.
    #[must_use]
    pub fn origin(&self, key: &ObjectKey) -> Option<ObjectKey> {
        match copy::origin(&self.origin_name) {
            Some((namespace, name)) => self.is_copy.then(|| ObjectKey::new(namespace, name)),
            None if self.origin_name.is_empty() => None,
            None => Some(ObjectKey::new(&key.namespace, &self.origin_name)),
        }
    }
}

/// All of them, by name and by origin, and how far the watch has come.
#[derive(Debug, Default)]
pub struct Natives {
    by_key: HashMap<ObjectKey, Native>,
    by_origin: HashMap<Box<str>, BTreeSet<ObjectKey>>,
    seen: u64,
}

impl Natives {
    /// Takes over an object; returns the Coffer Secrets that should look at it: the one that it says it
    /// came from, and the one that it said before.
    pub fn apply(
        &mut self,
        object: &PartialObjectMeta<core::Secret>,
        keys: &Fingerprinter,
    ) -> Vec<ObjectKey> {
        let key = ObjectKey::of(object);
        let native = Native::of(object, keys);
        self.advance(&native.resource_version);
        let before = self.remove_key(&key);
        let origins = origins(&key, [before.as_ref(), Some(&native)]);
        self.insert(key, native);
        origins
    }

    /// Forgets an object; returns the Coffer Secrets that should look at it.
    pub fn delete(
        &mut self,
        object: &PartialObjectMeta<core::Secret>,
        keys: &Fingerprinter,
    ) -> Vec<ObjectKey> {
        let key = ObjectKey::of(object);
        let last = Native::of(object, keys);
        self.advance(&last.resource_version);
        let before = self.remove_key(&key);
        origins(&key, [before.as_ref(), Some(&last)])
    }

    /// Takes over from former times what is there still, and does not read now.
    pub fn keep(&mut self, key: &ObjectKey, former: &Self) {
        if let Some(native) = former.by_key.get(key) {
            self.insert(key.clone(), native.clone());
        }
    }

    /// Replaces everything, as after a new list; returns the origins of what changed or is gone.
    pub fn replace(&mut self, listed: Self) -> Vec<ObjectKey> {
        let before = std::mem::replace(self, listed);
        self.seen = self.seen.max(before.seen);
        let keys: BTreeSet<_> = before.by_key.keys().chain(self.by_key.keys()).collect();
        keys.into_iter()
            .map(|key| (key, before.by_key.get(key), self.by_key.get(key)))
            .filter(|(_, before, now)| before != now)
            .flat_map(|(key, before, now)| origins(key, [before, now]))
            .collect()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Native> {
        self.by_key.get(key)
    }

    /// Those that say they came from the Coffer Secret with this UID.
    pub fn of_origin(&self, uid: &str) -> impl Iterator<Item = (&ObjectKey, &Native)> {
        let keys = self.by_origin.get(uid).into_iter().flatten();
        keys.filter_map(|key| self.by_key.get(key).map(|native| (key, native)))
    }

    /// Copies for other namespaces than their origin's.
    pub fn copies(&self) -> impl Iterator<Item = (&ObjectKey, &Native)> {
        let all = self.by_key.iter();
        all.filter(|(_, native)| native.is_copy)
    }

    /// Whether the watch has come as far as this resourceVersion. resourceVersions of one resource
    /// are compared as numbers (Kubernetes 1.35 defines it).
    #[must_use]
    pub fn has_seen(&self, resource_version: &str) -> bool {
        resource_version
            .parse::<u64>()
            .map_or(true, |version| version <= self.seen)
    }

    fn advance(&mut self, resource_version: &str) {
        self.seen = self.seen.max(resource_version.parse().unwrap_or_default());
    }

    fn insert(&mut self, key: ObjectKey, native: Native) {
        self.by_origin
            .entry(native.origin_uid.clone())
            .or_default()
            .insert(key.clone());
        self.by_key.insert(key, native);
    }

    fn remove_key(&mut self, key: &ObjectKey) -> Option<Native> {
        let native = self.by_key.remove(key)?;
        if let Some(keys) = self.by_origin.get_mut(&native.origin_uid) {
            keys.remove(key);
            if keys.is_empty() {
                self.by_origin.remove(&native.origin_uid);
            }
        }
        Some(native)
    }
}

/// The origins that an object names, before and now, without repeats.
fn origins(key: &ObjectKey, versions: [Option<&Native>; 2]) -> Vec<ObjectKey> {
    let natives = versions.into_iter().flatten();
    let origins: BTreeSet<_> = natives.filter_map(|native| native.origin(key)).collect();
    origins.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, origin: &str, version: &str) -> PartialObjectMeta<core::Secret> {
        serde_json::from_value(serde_json::json!({ "metadata": {
            "namespace": "team-a", "name": name, "uid": format!("uid-{name}"),
            "resourceVersion": version,
            "labels": { ORIGIN_LABEL: format!("uid-of-{origin}") },
            "annotations": { ORIGIN_NAME_ANNOTATION: origin },
        }}))
        .unwrap()
    }

    fn keys() -> Fingerprinter {
        Fingerprinter::from_secret_bytes(&[7; 32]).unwrap()
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("team-a", name)
    }

    #[test]
    fn a_change_wakes_the_origin() {
        let mut natives = Natives::default();
        assert_eq!(natives.apply(&object("a", "x", "1"), &keys()), [key("x")]);
        assert_eq!(natives.delete(&object("a", "x", "2"), &keys()), [key("x")]);
    }

    #[test]
    fn an_object_whose_origin_was_taken_off_still_wakes_it() {
        let mut natives = Natives::default();
        natives.apply(&object("a", "x", "1"), &keys());
        assert_eq!(natives.apply(&object("a", "", "2"), &keys()), [key("x")]);
        // A label selector shows a stripped label as a deletion of the object as it then is.
        natives.apply(&object("b", "x", "3"), &keys());
        assert_eq!(natives.delete(&object("b", "", "4"), &keys()), [key("x")]);
    }

    #[test]
    fn an_object_that_names_another_origin_wakes_both() {
        let mut natives = Natives::default();
        natives.apply(&object("a", "x", "1"), &keys());
        assert_eq!(
            natives.apply(&object("a", "y", "2"), &keys()),
            [key("x"), key("y")]
        );
    }

    #[test]
    fn what_is_too_long_to_be_coffers_is_not_kept() {
        let mut long = object("a", "x", "1");
        let annotations = long.metadata.annotations.as_mut().unwrap();
        annotations.insert(FINGERPRINT_ANNOTATION.to_owned(), "x".repeat(250_000));
        annotations.insert(ORIGIN_NAME_ANNOTATION.to_owned(), "x".repeat(250_000));
        let mut natives = Natives::default();
        assert!(natives.apply(&long, &keys()).is_empty());
        assert_eq!(natives.get(&key("a")).unwrap().fingerprint, None);
    }

    /// A native Secret that says it is a copy of `team-b/x`, with the mark for this name.
    fn copy_marked_for(name: &str) -> PartialObjectMeta<core::Secret> {
        let mut copy = object("team-b.x", "x", "1");
        let annotations = copy.metadata.annotations.as_mut().unwrap();
        annotations.insert(ORIGIN_NAME_ANNOTATION.to_owned(), "team-b/x".to_owned());
        let mark = copy::mark(&keys(), "uid-of-x", "team-a", name);
        annotations.insert(MARK_ANNOTATION.to_owned(), mark);
        copy
    }

    #[test]
    fn a_copy_is_found_by_its_origin_and_wakes_it_in_its_own_namespace() {
        let mut natives = Natives::default();
        let copy = copy_marked_for("team-b.x");
        assert_eq!(
            natives.apply(&copy, &keys()),
            [ObjectKey::new("team-b", "x")]
        );
        natives.apply(&object("a", "x", "2"), &keys());
        assert_eq!(
            (
                natives.of_origin("uid-of-x").count(),
                natives.copies().count()
            ),
            (2, 1)
        );
        // Without its mark it is none any more, which its origin is told once.
        let mut bare = copy;
        bare.metadata
            .annotations
            .as_mut()
            .unwrap()
            .remove(MARK_ANNOTATION);
        assert_eq!(
            natives.apply(&bare, &keys()),
            [ObjectKey::new("team-b", "x")]
        );
        assert!(natives.apply(&bare, &keys()).is_empty());
    }

    #[test]
    fn what_only_says_that_it_is_a_copy_wakes_nobody() {
        let mut natives = Natives::default();
        assert!(natives.apply(&copy_marked_for("other"), &keys()).is_empty());
        assert_eq!(natives.copies().count(), 0);
    }

    #[test]
    fn an_object_is_found_by_its_present_origin_only() {
        let mut natives = Natives::default();
        natives.apply(&object("a", "x", "1"), &keys());
        natives.apply(&object("a", "y", "2"), &keys());
        assert_eq!(natives.of_origin("uid-of-x").count(), 0);
        assert_eq!(natives.of_origin("uid-of-y").count(), 1);
    }

    #[test]
    fn a_new_list_wakes_the_origins_of_what_changed_or_is_gone() {
        let mut natives = Natives::default();
        natives.apply(&object("a", "x", "1"), &keys());
        natives.apply(&object("b", "y", "2"), &keys());
        natives.apply(&object("c", "z", "3"), &keys());
        let mut listed = Natives::default();
        listed.apply(&object("b", "y", "2"), &keys());
        listed.apply(&object("c", "z", "4"), &keys());
        assert_eq!(natives.replace(listed), [key("x"), key("z")]);
        assert!(natives.get(&key("a")).is_none());
    }

    #[test]
    fn what_is_there_and_does_not_read_stays_as_it_was_through_a_new_list() {
        let mut natives = Natives::default();
        natives.apply(&object("a", "x", "1"), &keys());
        let mut listed = Natives::default();
        listed.keep(&key("a"), &natives);
        listed.keep(&key("b"), &natives);
        assert!(natives.replace(listed).is_empty());
        assert_eq!(natives.of_origin("uid-of-x").count(), 1);
        assert!(natives.get(&key("b")).is_none());
    }

    #[test]
    fn what_was_seen_never_goes_back() {
        let mut natives = Natives::default();
        natives.delete(&object("a", "x", "9"), &keys());
        natives.replace(Natives::default());
        assert!(natives.has_seen("9") && !natives.has_seen("10"));
    }
}
