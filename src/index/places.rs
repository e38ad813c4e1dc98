//! The places in stores and accounts: which Secrets have one, and which wait, the oldest first. An account is a
//! namespace.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::ObjectKey;
use crate::policy::quota::{Age, Limit, free};

/// Kubernetes tells the age of an object in whole seconds. Of those that were created in one second, the lower UID
/// counts as the older; so until that second is over, and the watch has shown all of it, one that is older may still
/// come.
const SETTLED: Duration = Duration::from_millis(1500);

/// Where there are so many places more than Secrets that wait, none is fought for.
const PLENTY: usize = 1000;

/// Whether a Secret may be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It has a place, or gets one.
    Yes,
    /// It gets one, unless an older one comes within this time.
    Soon(Duration),
    /// All are taken, or will be by older ones.
    No(Limit),
}

/// How many Secrets there may be; `None`: any number.
pub trait Quotas {
    /// In a store.
    fn of_store(&self, store: &ObjectKey) -> Option<usize>;
    /// In all stores of a namespace.
    fn of_account(&self, namespace: &str) -> Option<usize>;
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
    /// Whether it has a place in the store.
    pub has_place: bool,
    /// Whether it delivered anything: then it counts in its namespace also where its store has no place for it.
    pub delivers: bool,
}

#[derive(Debug, Default)]
struct Account {
    taken: HashSet<Age>,
    stores: BTreeSet<Box<str>>,
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

impl Store {
    /// Those that the store itself has places for.
    fn eligible(&self, quota: Option<usize>) -> impl Iterator<Item = (&Age, &Waiting)> {
        let free = quota.map_or(usize::MAX, |quota| free(quota, self.taken.len()));
        self.waiting.iter().take(free)
    }
}

/// The places of all stores and accounts.
#[derive(Debug, Default)]
pub struct Places {
    accounts: HashMap<Box<str>, Account>,
    stores: HashMap<ObjectKey, Store>,
}

impl Places {
    /// Notes a Secret as it is now.
    pub fn put(&mut self, entry: Entry) {
        let Entry {
            store,
            secret,
            age,
            has_place,
            delivers,
        } = entry;
        let account = self.accounts.entry(store.namespace.clone()).or_default();
        if has_place || delivers {
            account.taken.insert(age);
        } else {
            account.taken.remove(&age);
        }
        if !account.stores.contains(&store.name) {
            account.stores.insert(store.name.clone());
        }
        let store = self.stores.entry(store).or_default();
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
        let is_empty = self.stores.get_mut(store).is_none_or(|of_store| {
            of_store.taken.remove(&age);
            of_store.waiting.remove(&age);
            of_store.taken.is_empty() && of_store.waiting.is_empty()
        });
        if is_empty {
            self.stores.remove(store);
        }
        if let Some(account) = self.accounts.get_mut(&store.namespace) {
            account.taken.remove(&age);
            if is_empty {
                account.stores.remove(&store.name);
            }
            if account.stores.is_empty() {
                self.accounts.remove(&store.namespace);
            }
        }
    }

    /// Begins anew with these, as after a new list. Those that waited before go on waiting.
    pub fn renew(&mut self, all: impl Iterator<Item = Entry>) {
        let before = std::mem::take(self);
        for entry in all {
            self.put(entry);
        }
        for (store, of_store) in &mut self.stores {
            let Some(before) = before.stores.get(store) else {
                continue;
            };
            for (age, waiting) in &mut of_store.waiting {
                if let Some(before) = before.waiting.get(age) {
                    waiting.since = before.since;
                }
            }
        }
    }

    /// Whether a Secret of this age may be served by its store. Costs at most a look at as many of those that wait
    /// as there are free places.
    #[must_use]
    pub fn of(&self, store: &ObjectKey, age: Age, quotas: &impl Quotas) -> Place {
        let quota = quotas.of_store(store);
        let of_account = quotas.of_account(&store.namespace);
        if quota.is_none() && of_account.is_none() {
            return Place::Yes;
        }
        let account = self.accounts.get(&store.namespace);
        let (Some(account), Some(of_store)) = (account, self.stores.get(store)) else {
            return Place::Soon(SETTLED);
        };
        if of_store.taken.contains(&age) {
            return Place::Yes;
        }
        let mut eligible = of_store.eligible(quota);
        let Some((_, waiting)) = eligible.find(|(waiting, _)| **waiting == age) else {
            return Place::No(Limit::Store);
        };
        if let Some(of_account) = of_account
            && !account.taken.contains(&age)
        {
            let free = free(of_account, account.taken.len());
            let older = self.eligible(&store.namespace, account, quotas);
            let older = older.filter(|(waiting, _)| **waiting < age);
            if older.take(free).count() == free {
                return Place::No(Limit::Account);
            }
        }
        let left = SETTLED.saturating_sub(waiting.since.elapsed());
        if left.is_zero() || self.is_plenty(store, of_store, account, quotas) {
            Place::Yes
        } else {
            Place::Soon(left)
        }
    }

    /// Which quota has no place for one more Secret of a store.
    #[must_use]
    pub fn full(&self, store: &ObjectKey, quotas: &impl Quotas) -> Option<Limit> {
        let of_store = self.stores.get(store);
        let there = of_store.map_or(0, |store| store.taken.len() + store.waiting.len());
        if quotas.of_store(store).is_some_and(|quota| there >= quota) {
            return Some(Limit::Store);
        }
        let quota = quotas.of_account(&store.namespace)?;
        let there = self.accounts.get(&store.namespace).map_or(0, |account| {
            account.taken.len() + self.count_waiting(&store.namespace, account)
        });
        (there >= quota).then_some(Limit::Account)
    }

    /// The Secrets that wait and get a place now: of all stores of the namespace, where that has a quota, and
    /// otherwise of this store.
    #[must_use]
    pub fn next(&self, store: &ObjectKey, quotas: &impl Quotas) -> Vec<ObjectKey> {
        let account = self.accounts.get(&store.namespace);
        let next: Vec<_> = if let Some(quota) = quotas.of_account(&store.namespace)
            && let Some(account) = account
        {
            let eligible = self.eligible(&store.namespace, account, quotas);
            let mut eligible: Vec<_> = eligible.collect();
            eligible.sort_unstable_by_key(|(age, _)| **age);
            eligible.truncate(free(quota, account.taken.len()));
            eligible
        } else {
            let quota = quotas.of_store(store);
            let store = self.stores.get(store).filter(|_| quota.is_some());
            store.map_or_else(Vec::new, |store| store.eligible(quota).collect())
        };
        let next = next.into_iter();
        next.map(|(_, waiting)| waiting.secret.clone()).collect()
    }

    /// All Secrets of a namespace that wait.
    #[must_use]
    pub fn waiting(&self, namespace: &str) -> Vec<ObjectKey> {
        let account = self.accounts.get(namespace);
        let stores = account
            .into_iter()
            .flat_map(|it| self.stores_of(namespace, it));
        let waiting = stores.flat_map(|store| store.waiting.values());
        waiting.map(|waiting| waiting.secret.clone()).collect()
    }

    /// Those of a namespace that only wait for a place in it, in no order between stores.
    fn eligible<'a>(
        &'a self,
        namespace: &'a str,
        account: &'a Account,
        quotas: &'a impl Quotas,
    ) -> impl Iterator<Item = (&'a Age, &'a Waiting)> {
        let names = account.stores.iter();
        let stores = names.map(move |name| ObjectKey::new(namespace, name));
        let eligible = stores.filter_map(move |key| {
            let quota = quotas.of_store(&key);
            Some(self.stores.get(&key)?.eligible(quota))
        });
        eligible
            .flatten()
            .filter(|(age, _)| !account.taken.contains(age))
    }

    fn stores_of<'a>(
        &'a self,
        namespace: &'a str,
        account: &'a Account,
    ) -> impl Iterator<Item = &'a Store> {
        let names = account.stores.iter();
        names.filter_map(move |name| self.stores.get(&ObjectKey::new(namespace, name)))
    }

    fn count_waiting(&self, namespace: &str, account: &Account) -> usize {
        let stores = self.stores_of(namespace, account);
        stores.map(|store| store.waiting.len()).sum()
    }

    /// Whether nobody who waits can come too late.
    fn is_plenty(
        &self,
        key: &ObjectKey,
        store: &Store,
        account: &Account,
        quotas: &impl Quotas,
    ) -> bool {
        let is_plenty = |quota: Option<usize>, taken: usize, waiting: usize| {
            quota.is_none_or(|quota| waiting + PLENTY <= free(quota, taken))
        };
        let of_account = quotas.of_account(&key.namespace);
        is_plenty(quotas.of_store(key), store.taken.len(), store.waiting.len())
            && is_plenty(
                of_account,
                account.taken.len(),
                of_account.map_or(0, |_| self.count_waiting(&key.namespace, account)),
            )
    }
}

#[cfg(test)]
mod tests {
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
}
