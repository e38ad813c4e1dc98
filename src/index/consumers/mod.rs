//! The other side of a delivery: the service accounts that ask for something, and the labels of all namespaces. What is
//! kept follows the requests, not the accounts that the cluster has.

mod restricting;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::ObjectKey;
use crate::policy::delivery::Asking;
use crate::policy::requests::{Request, Requests};
use crate::policy::scopes::{Account, Labels};

/// Requests by account and by store, and namespaces by name.
#[derive(Debug, Default)]
pub struct Consumers {
    /// Those that are going are left out: nothing can be made in them.
    namespaces: HashMap<Box<str>, Arc<Labels>>,
    accounts: BTreeMap<ObjectKey, Arc<Requests>>,
    askers: HashMap<ObjectKey, Asker>,
    by_store: HashMap<ObjectKey, BTreeSet<ObjectKey>>,
    restricting: BTreeSet<Box<str>>,
}

/// What is kept of an account that asks, besides what it asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// Its UID.
    pub uid: Box<str>,
    /// How many entries of its annotations name nothing, or are too many.
    pub wrong: usize,
}

/// An account that asks for something of a store, before and after a change: with the labels that its namespace had, and
/// has; `None` where it asked, or asks, for nothing of it.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The account.
    pub account: ObjectKey,
    /// The store.
    pub store: ObjectKey,
    /// Before.
    pub before: Option<Wish>,
    /// Now.
    pub now: Option<Wish>,
}

impl Turn {
    /// Whether something else is asked for of this store than before; otherwise the namespace has other labels, or the
    /// account asks for something else of another store.
    #[must_use]
    pub fn is_otherwise(&self) -> bool {
        let [before, now] = [&self.before, &self.now].map(|wish| {
            let requests = wish.as_ref().map(|wish| &*wish.requests);
            requests.map(|requests| (of_store(requests, &self.store), &requests.types))
        });
        before != now
    }
}

/// What an account asks for, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    labels: Arc<Labels>,
    requests: Arc<Requests>,
}

impl Wish {
    /// The stores of which something is asked.
    #[must_use]
    pub fn stores(&self) -> BTreeSet<ObjectKey> {
        stores(&self.requests)
    }

    /// The entries.
    #[must_use]
    pub fn requests(&self) -> &BTreeSet<Request> {
        &self.requests.of
    }

    /// As the plan takes it.
    #[must_use]
    pub fn asking<'a>(&'a self, account: &'a ObjectKey) -> Asking<'a> {
        Asking {
            account: Account {
                namespace: &account.namespace,
                labels: &self.labels,
                name: &account.name,
            },
            requests: &self.requests,
        }
    }
}

/// The entries that are about a store.
fn of_store<'a>(requests: &'a Requests, store: &ObjectKey) -> Vec<&'a Request> {
    let entries = requests.of.iter();
    let is_meant = |it: &&Request| it.namespace == store.namespace && it.store == store.name;
    entries.filter(is_meant).collect()
}

impl Consumers {
    /// Notes what an account asks for; `None` for nothing. Returns what changed for which stores.
    pub fn ask(&mut self, account: &ObjectKey, requests: Option<Requests>) -> Vec<Turn> {
        let now = requests.map(Arc::new);
        let before = self.accounts.get(account).cloned();
        if before == now {
            return Vec::new();
        }
        let labels = self.namespaces.get(&account.namespace).cloned();
        let both = [before.as_deref(), now.as_deref()].into_iter().flatten();
        let stores: BTreeSet<_> = both.flat_map(stores).collect();
        let wish = |requests: &Option<Arc<Requests>>, store: &ObjectKey| {
            let requests = requests.as_ref().filter(|it| asks_of(it, store))?;
            Some(Wish {
                labels: labels.clone()?,
                requests: requests.clone(),
            })
        };
        let turns = stores.iter().map(|store| Turn {
            account: account.clone(),
            store: store.clone(),
            before: wish(&before, store),
            now: wish(&now, store),
        });
        let turns = turns.filter(|turn| turn.before != turn.now).collect();
        self.put(account, before.as_deref(), now);
        turns
    }

    fn put(&mut self, account: &ObjectKey, before: Option<&Requests>, now: Option<Arc<Requests>>) {
        for store in before.into_iter().flat_map(stores) {
            if let Some(accounts) = self.by_store.get_mut(&store) {
                accounts.remove(account);
                if accounts.is_empty() {
                    self.by_store.remove(&store);
                }
            }
        }
        let Some(now) = now else {
            self.accounts.remove(account);
            self.askers.remove(account);
            return;
        };
        for store in stores(&now) {
            self.by_store
                .entry(store)
                .or_default()
                .insert(account.clone());
        }
        self.accounts.insert(account.clone(), now);
    }

    /// Notes the labels of a namespace; `None` where it is gone, or going. Returns what changed for which stores.
    pub fn label(&mut self, namespace: &str, labels: Option<Labels>) -> Vec<Turn> {
        let now = labels.map(Arc::new);
        self.note_restricting(namespace, now.as_deref());
        let before = match &now {
            Some(labels) => self.namespaces.insert(namespace.into(), labels.clone()),
            None => self.namespaces.remove(namespace),
        };
        if before == now {
            return Vec::new();
        }
        let mut turns = Vec::new();
        for (account, requests) in self.of_namespace(namespace) {
            let wish = |labels: &Option<Arc<Labels>>| {
                labels.as_ref().map(|labels| Wish {
                    labels: labels.clone(),
                    requests: requests.clone(),
                })
            };
            turns.extend(stores(requests).into_iter().map(|store| Turn {
                account: account.clone(),
                store,
                before: wish(&before),
                now: wish(&now),
            }));
        }
        turns
    }

    fn of_namespace(&self, name: &str) -> impl Iterator<Item = (&ObjectKey, &Arc<Requests>)> {
        let from = self.accounts.range(ObjectKey::new(name, "")..);
        from.take_while(move |(account, _)| *account.namespace == *name)
    }

    /// Everyone who asks for something of a store.
    #[must_use]
    pub fn of_store(&self, store: &ObjectKey) -> Vec<(ObjectKey, Wish)> {
        let accounts = self.by_store.get(store).into_iter().flatten();
        let wishes = accounts.filter_map(|account| {
            let wish = Wish {
                labels: self.namespaces.get(&account.namespace)?.clone(),
                requests: self.accounts.get(account)?.clone(),
            };
            Some((account.clone(), wish))
        });
        wishes.collect()
    }

    /// Notes who asks; says whether that is news.
    pub fn identify(&mut self, account: &ObjectKey, asker: Asker) -> bool {
        self.askers.insert(account.clone(), asker.clone()) != Some(asker)
    }

    /// What an account asks for, from wherever.
    #[must_use]
    pub fn requests_of(&self, account: &ObjectKey) -> Option<Arc<Requests>> {
        self.accounts.get(account).cloned()
    }

    /// Whether an account asks for just this already.
    #[must_use]
    pub fn is_asking(&self, account: &ObjectKey, requests: &Requests) -> bool {
        self.accounts
            .get(account)
            .is_some_and(|it| **it == *requests)
    }

    /// What one account asks for, and who it is.
    #[must_use]
    pub fn of_account(&self, account: &ObjectKey) -> Option<(Wish, Asker)> {
        let wish = Wish {
            labels: self.namespaces.get(&account.namespace)?.clone(),
            requests: self.accounts.get(account)?.clone(),
        };
        Some((wish, self.askers.get(account).cloned().unwrap_or_default()))
    }

    /// Accounts that ask for something.
    #[must_use]
    pub fn accounts(&self) -> Vec<ObjectKey> {
        self.accounts.keys().cloned().collect()
    }

    /// The namespaces that are known.
    #[must_use]
    pub fn namespaces(&self) -> Vec<Box<str>> {
        self.namespaces.keys().cloned().collect()
    }
}

/// The stores of which something is asked.
fn stores(requests: &Requests) -> BTreeSet<ObjectKey> {
    requests.of.iter().map(store_of).collect()
}

fn store_of(request: &Request) -> ObjectKey {
    ObjectKey::new(&request.namespace, &request.store)
}

fn asks_of(requests: &Requests, store: &ObjectKey) -> bool {
    requests
        .of
        .iter()
        .any(|request| store_of(request) == *store)
}

#[cfg(test)]
mod tests;
