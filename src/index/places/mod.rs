//! The places in stores and accounts: which Secrets have one, and which wait, the oldest first. An account is a
//! namespace.

mod noted;

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
    /// In a store; none at all in one that does not exist, so that those that name it take nobody's place.
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
mod tests;
