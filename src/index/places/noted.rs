//! The places as the watches show them.

use super::{Entry, Place, Quotas};
use crate::api::{Secret, SecretStore};
use crate::index::{Index, Link, ObjectKey, read, write};
use crate::policy::Problem;
use crate::policy::quota::{self, Age, Limit};

impl Index {
    /// Whether a Secret may be served by its store.
    #[must_use]
    pub fn place(&self, secret: &Secret, store: &ObjectKey) -> Place {
        let place = Age::of(secret).map(|age| read(&self.places).of(store, age, self));
        place.unwrap_or(Place::Yes)
    }

    /// The quota that is in the way of one more Secret of a store.
    #[must_use]
    pub fn full(&self, store: &ObjectKey) -> Option<Limit> {
        read(&self.places).full(store, self)
    }

    /// What is said of a quota that is in the way.
    #[must_use]
    pub fn exceeded(&self, store: &SecretStore, limit: Limit) -> Option<Problem> {
        let key = ObjectKey::of(store);
        let quota = match limit {
            Limit::Store => quota::of(store),
            Limit::Account => self.of_account(&key.namespace),
        };
        Some(quota::exceeded(store, limit, quota?))
    }

    /// How many Secrets a namespace may have; `default` where nobody said how many, or that it is any number.
    #[must_use]
    pub fn account_limit(&self, namespace: &str, default: usize) -> usize {
        let quota = read(&self.accounts).said(namespace);
        quota.map_or(default, |quota| quota.limit().unwrap_or(usize::MAX))
    }

    /// The Secrets of a namespace that wait for a place.
    pub(in crate::index) fn waiting(&self, namespace: &str) -> Vec<ObjectKey> {
        read(&self.places).waiting(namespace)
    }

    /// Notes a Secret as it is now. Whether it has a place also depends on its store, which is looked at under the
    /// same lock: another task may just be noting the store's Secrets, because it changed.
    pub(in crate::index) fn note_place(&self, secret: &Secret) {
        let mut places = write(&self.places);
        if let Some(entry) = self.entry_of(secret) {
            places.put(entry);
        }
    }

    /// Notes all Secrets of a store.
    pub(in crate::index) fn note_places(&self, store: &ObjectKey) {
        let secrets = self.dependents(&Link::Store(store.clone()));
        let mut places = write(&self.places);
        for secret in secrets {
            let secret = self.secrets.get(&secret.to_ref());
            if let Some(entry) = secret.and_then(|secret| self.entry_of(&secret)) {
                places.put(entry);
            }
        }
    }

    /// Notes all Secrets, and forgets all others.
    pub(in crate::index) fn note_all_places(&self) {
        let mut places = write(&self.places);
        let secrets = self.secrets.state();
        places.renew(secrets.iter().filter_map(|secret| self.entry_of(secret)));
    }

    /// Forgets a Secret. Returns those that get a place now.
    pub(in crate::index) fn forget_place(&self, secret: &Secret) -> Vec<ObjectKey> {
        let (store, Some(age)) = (ObjectKey::store_of(secret), Age::of(secret)) else {
            return Vec::new();
        };
        let mut places = write(&self.places);
        places.remove(&store, age);
        places.next(&store, self)
    }

    fn entry_of(&self, secret: &Secret) -> Option<Entry> {
        let store = ObjectKey::store_of(secret);
        let object = self.stores.get(&store.to_ref());
        Some(Entry {
            has_place: object.is_some_and(|object| quota::has_place(secret, &object)),
            secret: ObjectKey::of(secret),
            age: Age::of(secret)?,
            delivers: secret
                .status
                .iter()
                .any(|status| !status.deliveries.is_empty()),
            store,
        })
    }
}

impl Quotas for Index {
    fn of_store(&self, store: &ObjectKey) -> Option<usize> {
        let store = self.stores.get(&store.to_ref());
        store.map_or(Some(0), |store| quota::of(&store))
    }

    fn of_account(&self, namespace: &str) -> Option<usize> {
        read(&self.accounts).quota(namespace).limit()
    }
}
