//! The catalogues as the watches show them.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::{Catalogue, Entry, id};
use crate::api::SecretStore;
use crate::index::names::Named;
use crate::index::{Index, ObjectKey, read, write};

impl Index {
    /// The object with this identifier in a namespace, if there is one and it is not on its way out.
    #[must_use]
    pub fn by_id<K: Named>(&self, namespace: &str, text: &str) -> Option<Arc<K>> {
        let key = read(K::catalogue(self)).find(namespace, id(text)?)?;
        K::all(self).1.get(&key.to_ref())
    }

    /// Whether the lists have an object as it is; one that is on its way out they do not.
    #[must_use]
    pub fn is_listed<K: Named>(&self, object: &K) -> bool {
        let listed = read(K::catalogue(self));
        listed.by_object.get(&ObjectKey::of(object)) == entry(object).as_ref()
    }

    /// How many objects of a kind are listed there: Secrets under their store, stores under their namespace.
    #[must_use]
    pub fn listed<K: Named>(&self, within: &ObjectKey) -> usize {
        read(K::catalogue(self)).count(within)
    }

    /// Those of a range, in the order in which they were made; at most what there is.
    #[must_use]
    pub fn part<K: Named>(&self, within: &ObjectKey, range: Range<usize>) -> Vec<Arc<K>> {
        let keys = read(K::catalogue(self)).part(within, range);
        let objects = K::all(self).1;
        let found = keys.iter().filter_map(|key| objects.get(&key.to_ref()));
        found.collect()
    }

    /// How many Secrets the stores of a namespace have.
    #[must_use]
    pub fn secrets_in(&self, namespace: &str) -> usize {
        let stores = self.part::<SecretStore>(&ObjectKey::new(namespace, ""), 0..usize::MAX);
        let catalogue = read(&self.secret_catalogue);
        let counts = stores
            .iter()
            .map(|store| catalogue.count(&ObjectKey::of(&**store)));
        counts.sum()
    }

    /// The namespaces that have stores.
    #[must_use]
    pub fn namespaces_with_stores(&self) -> Vec<Box<str>> {
        let catalogue = read(&self.store_catalogue);
        catalogue
            .within
            .keys()
            .map(|within| within.namespace.clone())
            .collect()
    }

    /// Waits until memory shows what is looked for, at most for `patience`. It is looked at after every change of a
    /// Secret or store.
    pub async fn until<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&Self) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.changes.subscribe();
        let looking = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(self) {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        timeout(patience, looking).await.ok()?
    }

    /// Told of every change of a Secret or store.
    #[must_use]
    pub fn follow_changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Notes what became of an object; `None` where it is gone. The reflector has it already.
    pub(in crate::index) fn list<K: Named>(&self, object: &K, is_gone: bool) {
        let entry = (!is_gone).then(|| entry(object)).flatten();
        write(K::catalogue(self)).set(&ObjectKey::of(object), entry);
        self.changes.send_modify(|()| {});
    }

    /// Notes all objects of a kind, and forgets all others.
    pub(in crate::index) fn list_all<K: Named>(&self) {
        let objects = K::all(self).1.state();
        let all = objects
            .iter()
            .filter_map(|object| Some((ObjectKey::of(&**object), entry(&**object)?)));
        *write(K::catalogue(self)) = Catalogue::new(all);
        self.changes.send_modify(|()| {});
    }
}

fn entry<K: Named>(object: &K) -> Option<Entry> {
    let namespace = object.meta().namespace.as_deref().unwrap_or_default();
    Entry::of(object, ObjectKey::new(namespace, object.within()))
}
