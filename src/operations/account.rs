//! A namespace, which is an account on the REST interfaces; and how much fits into it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt as _};
use moka::future::Cache;
use uuid::Uuid;

use super::access::LIFETIME;
use super::{Caller, Error, Missing, Operations, Resource, Verb};
use crate::api::{Secret, SecretStore};
use crate::index::{Index, ObjectKey};
use crate::policy::quota;

/// Reviews at once, where it is asked in which namespaces a caller may do something.
const REVIEWS: usize = 16;

/// Callers whose accounts are remembered.
const CALLERS: u64 = 1000;

/// The accounts of each caller, as long as an answer about its rights holds.
pub(super) type Accounts = Cache<Arc<Caller>, Arc<[Account]>>;

/// Empty.
pub(super) fn none_known() -> Accounts {
    Cache::builder()
        .max_capacity(CALLERS)
        .time_to_live(LIFETIME)
        .build()
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The namespace.
    pub namespace: Box<str>,
    /// Its UID; none where there is no such namespace, which only those learn who may look into it.
    uid: Option<Uuid>,
}

impl Account {
    /// The identifier: the namespace's UID as 32 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        let uid = self.uid.unwrap_or_default();
        uid.as_simple().to_string()
    }

    /// # Errors
    /// There is no such namespace.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.uid {
            Some(_) => Ok(()),
            None => Err(Error::NotFound(Missing::Account)),
        }
    }
}

/// How many secrets an account has, and may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// It has.
    pub used: usize,
    /// It may have.
    pub limit: usize,
}

impl Operations {
    /// The account of this identifier: the UID of a namespace as 32 hexadecimal digits, or its name. Whether it is there
    /// is told by the operations, after they know that the caller may look.
    #[must_use]
    pub fn account(&self, id: &str) -> Account {
        let is_uid = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let by_uid = is_uid.then(|| Uuid::try_parse(id).ok()).flatten();
        let (namespace, uid) = match by_uid {
            // 32 hexadecimal digits are only ever a UID.
            Some(uid) => match self.index.namespace_of(uid) {
                Some(namespace) => (namespace, Some(uid)),
                None => (id.into(), None),
            },
            None => (id.into(), self.index.namespace_uid(id)),
        };
        Account { namespace, uid }
    }

    /// The accounts whose stores the caller may list: namespaces that have stores, and the caller's own. By name.
    ///
    /// # Errors
    /// The API server does not answer.
    pub async fn accounts(&self, caller: &Arc<Caller>) -> Result<Arc<[Account]>, Error> {
        self.check_heard()?;
        let finding = self.find_accounts(caller);
        let found = self.accounts.try_get_with(caller.clone(), finding).await;
        // Whoever waited for another's questions has its error shared.
        found.map_err(|error: Arc<Error>| Arc::into_inner(error).unwrap_or(Error::Busy))
    }

    /// One question for each namespace.
    async fn find_accounts(&self, caller: &Arc<Caller>) -> Result<Arc<[Account]>, Error> {
        let mut namespaces: Vec<Box<str>> = self.index.namespaces_with_stores();
        namespaces.extend(caller.service_account().map(|account| account.namespace));
        namespaces.sort_unstable();
        namespaces.dedup();
        let (verb, resource) = (Verb::List, Resource::Stores);
        let everywhere = self.access.allows(caller, verb, resource, "", "").await?;
        let asking = namespaces.into_iter().map(|namespace| async move {
            let may = everywhere
                || self
                    .access
                    .allows(caller, verb, resource, &namespace, "")
                    .await?;
            Ok::<_, Error>(may.then(|| self.account(&namespace)))
        });
        let mut answers = stream::iter(asking).buffered(REVIEWS);
        let mut accounts = Vec::new();
        while let Some(account) = answers.next().await {
            accounts.extend(account?.filter(|account| account.check().is_ok()));
        }
        Ok(accounts.into())
    }

    /// How many secrets an account has, and may have; `default` where nobody set a quota for it.
    ///
    /// # Errors
    /// The caller may not list its secrets, or there is no such account.
    pub async fn usage(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        default: usize,
    ) -> Result<Usage, Error> {
        self.check_heard()?;
        let namespace = &account.namespace;
        self.access
            .check(caller, Verb::List, Resource::Secrets, namespace, "")
            .await?;
        account.check()?;
        Ok(Usage {
            used: self.index.secrets_in(namespace),
            limit: self.index.account_limit(namespace, default),
        })
    }

    /// Takes places for new secrets of a store until memory shows them.
    pub(super) fn reserve(
        &self,
        store: &SecretStore,
        names: &[String],
        default: usize,
    ) -> Result<Reserved<'_>, Error> {
        let store_key = ObjectKey::of(store);
        let namespace = &store_key.namespace;
        let of_account = self.index.account_limit(namespace, default);
        let mut all = self.in_flight.lock();
        let mine = all.entry(namespace.clone()).or_default();
        mine.retain(|(_, name)| !is_seen(&self.index, namespace, name));
        let coming = mine.len() + names.len();
        let coming_here = mine.iter().filter(|(it, _)| *it == store_key.name).count() + names.len();
        if self.index.secrets_in(namespace) + coming > of_account {
            return Err(Error::TooManySecrets(of_account));
        }
        if let Some(limit) = quota::of(store)
            && self.index.listed::<Secret>(&store_key) + coming_here > limit
        {
            return Err(Error::TooManySecrets(limit));
        }
        let taken: Vec<_> = names
            .iter()
            .map(|name| (store_key.name.clone(), Box::from(name.as_str())))
            .collect();
        mine.extend(taken.iter().cloned());
        Ok(Reserved {
            in_flight: &self.in_flight,
            namespace: namespace.clone(),
            taken,
        })
    }
}

fn is_seen(index: &Index, namespace: &str, name: &str) -> bool {
    let key = ObjectKey::new(namespace, name);
    index.secrets.get(&key.to_ref()).is_some()
}

/// A store and the name of an object that is being made in it.
type Coming = (Box<str>, Box<str>);

/// What is being made, by namespace.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashMap<Box<str>, HashSet<Coming>>>);

impl InFlight {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, HashSet<Coming>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Places that are taken until this is dropped.
#[derive(Debug)]
pub(super) struct Reserved<'a> {
    in_flight: &'a InFlight,
    namespace: Box<str>,
    taken: Vec<Coming>,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut all = self.in_flight.lock();
        if let Some(mine) = all.get_mut(&self.namespace) {
            for taken in &self.taken {
                mine.remove(taken);
            }
            if mine.is_empty() {
                all.remove(&self.namespace);
            }
        }
    }
}
