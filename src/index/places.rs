//! The places in stores: which Secrets have one, and which wait, the oldest first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::ObjectKey;
use crate::policy::quota::{Age, free};

/// Kubernetes tells the age of an object in whole seconds. Of those that were created in one second, the lower UID
/// counts as the older; so until that second is over, and the watch has shown all of it, one that is older may still
/// come.
const SETTLED: Duration = Duration::from_millis(1500);

/// Where there are so many places more than Secrets, none is fought for.
const PLENTY: usize = 1000;

/// Whether a Secret may be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It has a place, or gets one.
    Yes,
    /// It gets one, unless an older one comes within this time.
    Soon(Duration),
    /// All are taken, or will be by older ones.
    No,
}

#[derive(Debug, Default)]
struct Store {
    taken: HashSet<Age>,
    waiting: BTreeMap<Age, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    secret: ObjectKey,
    since: Instant,
}

/// A Secret of a store.
#[derive(Debug)]
pub struct Entry {
    /// The store.
    pub store: ObjectKey,
    /// The Secret.
    pub secret: ObjectKey,
    /// Its age.
    pub age: Age,
    /// Whether it has a place.
    pub has_place: bool,
}

/// The places of all stores.
#[derive(Debug, Default)]
pub struct Places(HashMap<ObjectKey, Store>);

impl Places {
    /// Notes a Secret as it is now.
    pub fn put(&mut self, entry: Entry) {
        let Entry {
            store,
            secret,
            age,
            has_place,
        } = entry;
        let store = self.0.entry(store).or_default();
        if has_place {
            store.waiting.remove(&age);
            store.taken.insert(age);
        } else {
            store.taken.remove(&age);
            let since = Instant::now();
            store
                .waiting
                .entry(age)
                .or_insert(Waiting { secret, since });
        }
    }

    /// Forgets a Secret of a store.
    pub fn remove(&mut self, store: &ObjectKey, age: Age) {
        let Some(of_store) = self.0.get_mut(store) else {
            return;
        };
        of_store.taken.remove(&age);
        of_store.waiting.remove(&age);
        if of_store.taken.is_empty() && of_store.waiting.is_empty() {
            self.0.remove(store);
        }
    }

    /// Begins anew with these, as after a new list. Those that waited before go on waiting.
    pub fn renew(&mut self, all: impl Iterator<Item = Entry>) {
        let before = std::mem::take(self);
        for entry in all {
            self.put(entry);
        }
        for (store, of_store) in &mut self.0 {
            let Some(before) = before.0.get(store) else {
                continue;
            };
            for (age, waiting) in &mut of_store.waiting {
                if let Some(before) = before.waiting.get(age) {
                    waiting.since = before.since;
                }
            }
        }
    }

    /// Whether a Secret of this age may be served by a store with this quota. Costs at most a look at as many
    /// Secrets as there are free places.
    #[must_use]
    pub fn of(&self, store: &ObjectKey, age: Age, quota: usize) -> Place {
        let Some(store) = self.0.get(store) else {
            return Place::Soon(SETTLED);
        };
        if store.taken.contains(&age) {
            return Place::Yes;
        }
        let free = free(quota, store.taken.len());
        if store.waiting.len() + PLENTY <= free {
            return Place::Yes;
        }
        let mut next = store.waiting.iter().take(free);
        let Some((_, waiting)) = next.find(|(waiting, _)| **waiting == age) else {
            return Place::No;
        };
        let left = SETTLED.saturating_sub(waiting.since.elapsed());
        if left.is_zero() {
            Place::Yes
        } else {
            Place::Soon(left)
        }
    }

    /// Whether a store with this quota has no place for one more.
    #[must_use]
    pub fn is_full(&self, store: &ObjectKey, quota: usize) -> bool {
        let of_store = self.0.get(store);
        of_store.map_or(0, |store| store.taken.len() + store.waiting.len()) >= quota
    }

    /// The Secrets that wait and get a place now.
    #[must_use]
    pub fn next(&self, store: &ObjectKey, quota: usize) -> Vec<ObjectKey> {
        let Some(store) = self.0.get(store) else {
            return Vec::new();
        };
        let next = store.waiting.values().take(free(quota, store.taken.len()));
        next.map(|waiting| waiting.secret.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
    use proptest::prelude::*;

    use super::*;
    use crate::api::{Secret, SecretSpec, StoreRef};

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("team-a", name)
    }

    /// Created in this second, with this UID.
    fn age(second: u8, uid: u8) -> Age {
        let created = jiff::Timestamp::from_second(second.into()).unwrap();
        Age::of(&Secret {
            metadata: ObjectMeta {
                creation_timestamp: Some(Time(created)),
                uid: Some(uuid::Uuid::from_u128(uid.into()).to_string()),
                ..ObjectMeta::default()
            },
            spec: SecretSpec {
                store_ref: StoreRef::default(),
                comment: None,
                data: BTreeMap::new(),
                target: None,
            },
            status: None,
        })
        .unwrap()
    }

    fn entry(age: Age, has_place: bool) -> Entry {
        let (store, secret) = (key("store"), key(&format!("{age:?}")));
        Entry {
            store,
            secret,
            age,
            has_place,
        }
    }

    impl Places {
        /// As if all of them had waited for long.
        fn settle(&mut self) {
            let long_ago = Instant::now().checked_sub(SETTLED).unwrap();
            let waiting = self
                .0
                .values_mut()
                .flat_map(|store| store.waiting.values_mut());
            waiting.for_each(|waiting| waiting.since = long_ago);
        }
    }

    #[test]
    fn one_that_just_came_waits_for_older_ones() {
        let mut places = Places::default();
        places.put(entry(age(1, 2), false));
        let Place::Soon(wait) = places.of(&key("store"), age(1, 2), 1) else {
            panic!("an older one may still come");
        };
        assert!(wait <= SETTLED);
        places.put(entry(age(1, 1), false));
        places.settle();
        assert_eq!(places.of(&key("store"), age(1, 2), 1), Place::No);
        assert_eq!(places.of(&key("store"), age(1, 1), 1), Place::Yes);
    }

    #[test]
    fn where_there_is_plenty_nobody_waits() {
        let mut places = Places::default();
        places.put(entry(age(1, 1), false));
        assert_eq!(places.of(&key("store"), age(1, 1), PLENTY + 1), Place::Yes);
    }

    #[test]
    fn who_has_a_place_keeps_it_when_the_quota_is_lowered() {
        let mut places = Places::default();
        for uid in 1..=3 {
            places.put(entry(age(1, uid), true));
        }
        places.put(entry(age(0, 9), false));
        places.settle();
        for uid in 1..=3 {
            assert_eq!(places.of(&key("store"), age(1, uid), 1), Place::Yes);
        }
        assert_eq!(places.of(&key("store"), age(0, 9), 3), Place::No);
        assert!(places.next(&key("store"), 3).is_empty());
        places.remove(&key("store"), age(1, 3));
        assert_eq!(places.next(&key("store"), 3).len(), 1);
        assert_eq!(places.of(&key("store"), age(0, 9), 3), Place::Yes);
    }

    #[test]
    fn stores_have_places_of_their_own() {
        let mut places = Places::default();
        places.put(entry(age(1, 1), true));
        places.put(Entry {
            store: key("other"),
            ..entry(age(1, 2), false)
        });
        assert!(places.is_full(&key("store"), 1) && !places.is_full(&key("store"), 2));
        assert_eq!(places.next(&key("other"), 1).len(), 1);
        assert!(!places.is_full(&key("empty"), 1) && places.is_full(&key("empty"), 0));
    }

    #[test]
    fn a_new_list_forgets_who_is_gone_and_lets_the_others_wait_on() {
        let mut places = Places::default();
        for uid in 1..=2 {
            places.put(entry(age(1, uid), false));
        }
        places.settle();
        places.renew([entry(age(1, 2), false), entry(age(1, 3), false)].into_iter());
        assert_eq!(places.of(&key("store"), age(1, 1), 3), Place::No);
        assert_eq!(places.of(&key("store"), age(1, 2), 3), Place::Yes);
        assert!(matches!(
            places.of(&key("store"), age(1, 3), 3),
            Place::Soon(_)
        ));
    }

    proptest! {
        /// Whatever the order in which they come and are looked at, and whoever goes.
        #[test]
        fn the_oldest_are_served_and_the_next_when_they_go(
            ages in prop::collection::btree_set((0_u8..4, 0_u8..40), 1..40),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
            gone in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
            quota in 0_usize..20,
        ) {
            let mut all: Vec<_> = ages.into_iter().map(|(second, uid)| age(second, uid)).collect();
            let mut places = Places::default();
            for age in &all {
                places.put(entry(*age, false));
            }
            places.settle();
            let mut served = HashSet::new();
            let mut serve = |places: &mut Places, age: Age| {
                if places.of(&key("store"), age, quota) == Place::Yes {
                    served.insert(age);
                    places.put(entry(age, true));
                }
            };
            for index in &order {
                serve(&mut places, all[index.index(all.len())]);
            }
            for age in &all {
                serve(&mut places, *age);
            }
            all.sort();
            let oldest: HashSet<_> = all.iter().copied().take(quota).collect();
            prop_assert_eq!(&served, &oldest);

            for index in gone.iter().take(all.len() - 1) {
                let age = all.remove(index.index(all.len()));
                places.remove(&key("store"), age);
                served.remove(&age);
                for next in all.clone() {
                    if places.of(&key("store"), next, quota) == Place::Yes {
                        served.insert(next);
                        places.put(entry(next, true));
                    }
                }
            }
            let oldest: HashSet<_> = all.iter().copied().take(quota).collect();
            prop_assert_eq!(&served, &oldest);
        }
    }
}
