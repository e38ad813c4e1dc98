//! Who has a place, whatever the order in which they come.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use proptest::prelude::*;

use super::*;
use crate::api::{Secret, SecretSpec, StoreRef};

/// Of every store, and of the namespace.
struct Of(Option<usize>, Option<usize>);

impl Quotas for Of {
    fn of_store(&self, _: &ObjectKey) -> Option<usize> {
        self.0
    }

    fn of_account(&self, _: &str) -> Option<usize> {
        self.1
    }
}

const fn store(quota: usize) -> Of {
    Of(Some(quota), None)
}

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
            name: None,
            comment: None,
            scopes: Vec::new(),
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
        delivers: false,
    }
}

impl Places {
    /// As if all of them had waited for long.
    fn settle(&mut self) {
        let long_ago = Instant::now().checked_sub(SETTLED).unwrap();
        let waiting = self
            .stores
            .values_mut()
            .flat_map(|store| store.waiting.values_mut());
        waiting.for_each(|waiting| waiting.since = long_ago);
    }
}

#[test]
fn one_that_just_came_waits_for_older_ones() {
    let mut places = Places::default();
    places.put(entry(age(1, 2), false));
    let Place::Soon(wait) = places.of(&key("store"), age(1, 2), &store(1)) else {
        panic!("an older one may still come");
    };
    assert!(wait <= SETTLED);
    places.put(entry(age(1, 1), false));
    places.settle();
    assert_eq!(
        places.of(&key("store"), age(1, 2), &store(1)),
        Place::No(Limit::Store)
    );
    assert_eq!(places.of(&key("store"), age(1, 1), &store(1)), Place::Yes);
}

#[test]
fn where_there_is_plenty_nobody_waits() {
    let mut places = Places::default();
    places.put(entry(age(1, 1), false));
    assert_eq!(
        places.of(&key("store"), age(1, 1), &store(PLENTY + 1)),
        Place::Yes
    );
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
        assert_eq!(places.of(&key("store"), age(1, uid), &store(1)), Place::Yes);
    }
    assert_eq!(
        places.of(&key("store"), age(0, 9), &store(3)),
        Place::No(Limit::Store)
    );
    assert!(places.next(&key("store"), &store(3)).is_empty());
    places.remove(&key("store"), age(1, 3));
    assert_eq!(places.next(&key("store"), &store(3)).len(), 1);
    assert_eq!(places.of(&key("store"), age(0, 9), &store(3)), Place::Yes);
}

#[test]
fn stores_have_places_of_their_own() {
    let mut places = Places::default();
    places.put(entry(age(1, 1), true));
    places.put(Entry {
        store: key("other"),
        ..entry(age(1, 2), false)
    });
    assert!(
        places.full(&key("store"), &store(1)).is_some()
            && places.full(&key("store"), &store(2)).is_none()
    );
    assert_eq!(places.next(&key("other"), &store(1)).len(), 1);
    assert!(
        places.full(&key("empty"), &store(1)).is_none()
            && places.full(&key("empty"), &store(0)).is_some()
    );
}

#[test]
fn a_new_list_forgets_who_is_gone_and_lets_the_others_wait_on() {
    let mut places = Places::default();
    for uid in 1..=2 {
        places.put(entry(age(1, uid), false));
    }
    places.settle();
    places.renew([entry(age(1, 2), false), entry(age(1, 3), false)].into_iter());
    assert_eq!(
        places.of(&key("store"), age(1, 1), &store(3)),
        Place::No(Limit::Store)
    );
    assert_eq!(places.of(&key("store"), age(1, 2), &store(3)), Place::Yes);
    assert!(matches!(
        places.of(&key("store"), age(1, 3), &store(3)),
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
            if places.of(&key("store"), age, &store(quota)) == Place::Yes {
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
                if places.of(&key("store"), next, &store(quota)) == Place::Yes {
                    served.insert(next);
                    places.put(entry(next, true));
                }
            }
        }
        let oldest: HashSet<_> = all.iter().copied().take(quota).collect();
        prop_assert_eq!(&served, &oldest);
    }

    /// In age, each that finds a place in its store and in the account has it.
    #[test]
    fn of_an_account_the_oldest_that_their_stores_have_places_for_are_served(
        all in prop::collection::btree_map((0_u8..4, 0_u8..40), 0_usize..3, 1..40),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
        in_store in prop::array::uniform3(prop::option::of(0_usize..10)),
        in_account in 0_usize..25,
    ) {
        let quotas = Several(in_store, in_account);
        let all: Vec<_> = all.into_iter().collect();
        let all: Vec<_> = all.iter().map(|((second, uid), store)| (age(*second, *uid), *store)).collect();
        let mut places = Places::default();
        for (age, store) in &all {
            places.put(Entry { store: Several::key(*store), ..entry(*age, false) });
        }
        places.settle();
        let mut served = BTreeSet::new();
        let looks = order.iter().map(|index| all[index.index(all.len())]);
        for (age, store) in looks.chain(all.iter().copied()) {
            if places.of(&Several::key(store), age, &quotas) == Place::Yes {
                served.insert(age);
                places.put(Entry { store: Several::key(store), ..entry(age, true) });
            }
        }
        let (mut wanted, mut taken) = (BTreeSet::new(), [0; 3]);
        let mut by_age = all.clone();
        by_age.sort();
        for (age, store) in by_age {
            let fits = in_store[store].is_none_or(|quota| taken[store] < quota);
            if fits && wanted.len() < in_account {
                taken[store] += 1;
                wanted.insert(age);
            }
        }
        prop_assert_eq!(served, wanted);
    }
}

/// Three stores, and their account.
struct Several([Option<usize>; 3], usize);

impl Several {
    fn key(store: usize) -> ObjectKey {
        key(&format!("store-{store}"))
    }
}

impl Quotas for Several {
    fn of_store(&self, store: &ObjectKey) -> Option<usize> {
        (0..3)
            .find(|number| Self::key(*number) == *store)
            .and_then(|number| self.0[number])
    }

    fn of_account(&self, _: &str) -> Option<usize> {
        Some(self.1)
    }
}

#[test]
fn what_is_delivered_counts_in_the_account_also_without_a_place_in_its_store() {
    let mut places = Places::default();
    let moved = Entry {
        store: key("full"),
        delivers: true,
        ..entry(age(1, 1), false)
    };
    places.put(moved);
    places.put(entry(age(1, 2), false));
    places.settle();
    let quotas = Of(None, Some(1));
    assert_eq!(
        places.of(&key("store"), age(1, 2), &quotas),
        Place::No(Limit::Account)
    );
    assert_eq!(places.full(&key("store"), &quotas), Some(Limit::Account));
    assert!(places.next(&key("store"), &quotas).is_empty());
    places.remove(&key("full"), age(1, 1));
    assert_eq!(places.next(&key("full"), &quotas).len(), 1);
    assert_eq!(places.of(&key("store"), age(1, 2), &quotas), Place::Yes);
}

#[test]
fn who_names_a_store_that_is_not_there_takes_nobodys_place() {
    let mut places = Places::default();
    places.put(Entry {
        store: Several::key(0),
        ..entry(age(1, 1), false)
    });
    places.put(Entry {
        store: Several::key(1),
        ..entry(age(1, 2), false)
    });
    places.settle();
    let quotas = Several([Some(0), None, None], 1);
    assert_eq!(places.of(&Several::key(1), age(1, 2), &quotas), Place::Yes);
    assert_eq!(places.next(&Several::key(1), &quotas).len(), 1);
}
