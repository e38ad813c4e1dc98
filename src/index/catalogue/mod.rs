//! Objects as the REST interfaces list them: by identifier, and in the order in which they were made. A page costs the
//! page, whatever else there is.

mod noted;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use kube::Resource;
use uuid::Uuid;

use super::ObjectKey;
use crate::api;
use crate::policy::quota::Age;

/// An identifier is made so long before its object, at most.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);

/// Where an object stands. Kubernetes counts whole seconds; an identifier that was made here says the time in
/// milliseconds, and those of one request follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    created: Timestamp,
    id: Uuid,
}

/// What is kept of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is listed under.
    within: ObjectKey,
    position: Position,
    age: Age,
}

impl Entry {
    /// Of an object that is listed under `within`; `None` of one that is on its way out, or that no API server made.
    fn of(object: &impl Resource, within: ObjectKey) -> Option<Self> {
        let meta = object.meta();
        if meta.deletion_timestamp.is_some() {
            return None;
        }
        let id = id(&api::id(meta)?).or_else(|| meta.uid.as_deref()?.parse().ok())?;
        let created = meta.creation_timestamp.as_ref()?.0;
        let position = Position {
            created: made(id, created).unwrap_or(created),
            id,
        };
        Some(Self {
            within,
            position,
            age: Age::of(object)?,
        })
    }
}

/// When an identifier was made (RFC 9562, version 7), if that is about when its object was: one that came back from a
/// backup, or that somebody made up, is older or younger than its object.
fn made(id: Uuid, created: Timestamp) -> Option<Timestamp> {
    let milliseconds = i64::try_from(id.as_u128() >> 80).ok()?;
    let made = Timestamp::from_millisecond(milliseconds).ok()?;
    let is_about_then = made.duration_since(created).abs() < BETWEEN;
    (id.get_version_num() == 7 && is_about_then).then_some(made)
}

/// An identifier as it is written: 32 lower-case hexadecimal digits.
fn id(text: &str) -> Option<Uuid> {
    let is_plain = text.len() == 32 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    is_plain.then(|| Uuid::try_parse(text).ok())?
}

/// Names of objects, the oldest first.
type ByAge = BTreeSet<(Age, Box<str>)>;

/// The objects of one kind.
#[derive(Debug, Default)]
pub struct Catalogue {
    by_object: HashMap<ObjectKey, Entry>,
    /// Sorted. Most are made after those that are there, so most changes are at the end.
    within: HashMap<ObjectKey, Vec<(Position, Box<str>)>>,
    /// By namespace. Of several the oldest is meant.
    by_id: HashMap<(Box<str>, Uuid), ByAge>,
}

impl Catalogue {
    /// All of them at once.
    fn new(all: impl IntoIterator<Item = (ObjectKey, Entry)>) -> Self {
        let mut new = Self::default();
        for (object, entry) in all {
            let at = (entry.position, object.name.clone());
            new.within.entry(entry.within.clone()).or_default().push(at);
            new.identify(&object, &entry);
            new.by_object.insert(object, entry);
        }
        for all in new.within.values_mut() {
            all.sort_unstable();
        }
        new
    }

    /// Takes over what an object is now; `None` where it is gone.
    fn set(&mut self, object: &ObjectKey, now: Option<Entry>) {
        if self.by_object.get(object) == now.as_ref() {
            return;
        }
        if let Some(before) = self.by_object.remove(object) {
            self.remove(object, &before);
        }
        if let Some(now) = now {
            let all = self.within.entry(now.within.clone()).or_default();
            let at = (now.position, object.name.clone());
            if let Err(place) = all.binary_search(&at) {
                all.insert(place, at);
            }
            self.identify(object, &now);
            self.by_object.insert(object.clone(), now);
        }
    }

    fn identify(&mut self, object: &ObjectKey, entry: &Entry) {
        let id = (object.namespace.clone(), entry.position.id);
        let all = self.by_id.entry(id).or_default();
        all.insert((entry.age, object.name.clone()));
    }

    fn remove(&mut self, object: &ObjectKey, before: &Entry) {
        let at = (before.position, object.name.clone());
        if let Some(all) = self.within.get_mut(&before.within) {
            if let Ok(place) = all.binary_search(&at) {
                all.remove(place);
            }
            if all.is_empty() {
                self.within.remove(&before.within);
            }
        }
        let id = (object.namespace.clone(), before.position.id);
        if let Some(all) = self.by_id.get_mut(&id) {
            all.remove(&(before.age, object.name.clone()));
            if all.is_empty() {
                self.by_id.remove(&id);
            }
        }
    }

    /// How many are listed there.
    fn count(&self, within: &ObjectKey) -> usize {
        self.within.get(within).map_or(0, Vec::len)
    }

    /// Part of them, in the order in which they were made; of `range` what there is.
    fn part(&self, within: &ObjectKey, range: Range<usize>) -> Vec<ObjectKey> {
        let all = self.within.get(within).map_or(&[][..], Vec::as_slice);
        let end = range.end.min(all.len());
        let part = &all[range.start.min(end)..end];
        part.iter()
            .map(|(_, name)| ObjectKey::new(&within.namespace, name))
            .collect()
    }

    /// The oldest with an identifier.
    fn find(&self, namespace: &str, id: Uuid) -> Option<ObjectKey> {
        let all = self.by_id.get(&(namespace.into(), id))?;
        let (_, name) = all.first()?;
        Some(ObjectKey::new(namespace, name))
    }
}
