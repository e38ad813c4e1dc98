//! Whom the REST interfaces deal with: namespaces, which are their accounts, and the service accounts that are there.

use std::collections::{HashMap, HashSet, VecDeque};

use uuid::Uuid;

use super::{Index, read, write};

/// Namespaces by UID and name.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    by_uid: HashMap<Uuid, Box<str>>,
    by_name: HashMap<Box<str>, Uuid>,
}

impl Namespaces {
    fn set(&mut self, name: &str, uid: Option<Uuid>) {
        if let Some(before) = self.by_name.remove(name) {
            self.by_uid.remove(&before);
        }
        if let Some(uid) = uid {
            self.by_uid.insert(uid, name.into());
            self.by_name.insert(name.into(), uid);
        }
    }
}

/// The UIDs of all service accounts: 16 bytes for each.
pub(super) type Living = HashSet<Uuid>;

/// Accounts that are remembered after they were deleted: longer than any answer about their tokens is.
const REMEMBERED: usize = 10_000;

/// The service accounts that are there, and those that were until a while ago.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    living: Living,
    gone: HashSet<Uuid>,
    /// The same, the latest last.
    order: VecDeque<Uuid>,
}

impl Accounts {
    fn bury(&mut self, account: Uuid) {
        if self.gone.insert(account) {
            self.order.push_back(account);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.gone.remove(&oldest);
        }
    }
}

impl Index {
    /// The namespace with this UID.
    #[must_use]
    pub fn namespace_of(&self, uid: Uuid) -> Option<Box<str>> {
        read(&self.namespaces).by_uid.get(&uid).cloned()
    }

    /// The UID of a namespace.
    #[must_use]
    pub fn namespace_uid(&self, name: &str) -> Option<Uuid> {
        read(&self.namespaces).by_name.get(name).copied()
    }

    /// Whether the watch shows the service account with this UID.
    #[must_use]
    pub fn is_living(&self, account: Uuid) -> bool {
        read(&self.living).living.contains(&account)
    }

    /// Whether the watch has shown that the service account with this UID was deleted. Of one that is younger than the
    /// watch neither this is so nor [`Self::is_living`].
    #[must_use]
    pub fn is_gone_account(&self, account: Uuid) -> bool {
        read(&self.living).gone.contains(&account)
    }

    /// Notes a namespace, or that it is gone.
    pub(super) fn note_namespace(&self, name: &str, uid: Option<&str>) {
        let uid = uid.and_then(|uid| uid.parse().ok());
        write(&self.namespaces).set(name, uid);
    }

    /// Forgets the namespaces that are not among these.
    pub(super) fn keep_namespaces(&self, names: &HashSet<Box<str>>) {
        let mut all = write(&self.namespaces);
        all.by_name.retain(|name, _| names.contains(name));
        all.by_uid.retain(|_, name| names.contains(name));
    }

    /// Notes a service account, or that it is gone.
    pub(super) fn note_account(&self, uid: Option<&str>, is_there: bool) {
        let Some(uid) = uid.and_then(|uid| uid.parse().ok()) else {
            return;
        };
        let mut living = write(&self.living);
        if is_there {
            living.living.insert(uid);
        } else {
            living.living.remove(&uid);
            living.bury(uid);
        }
    }

    /// Takes over a new list.
    pub(super) fn put_accounts(&self, all: Living) {
        let mut accounts = write(&self.living);
        let before = std::mem::replace(&mut accounts.living, all);
        let missing: Vec<_> = before.difference(&accounts.living).copied().collect();
        for account in missing {
            accounts.bury(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::runtime::reflector;

    use super::*;

    const ONE: &str = "00000000-0000-4000-8000-000000000001";
    const TWO: &str = "00000000-0000-4000-8000-000000000002";

    fn index() -> Index {
        Index::new(reflector::store().0, reflector::store().0)
    }

    #[test]
    fn a_namespace_is_found_both_ways_until_it_is_gone_or_made_anew() {
        let (index, one, two) = (index(), ONE.parse().unwrap(), TWO.parse().unwrap());
        index.note_namespace("a", Some(ONE));
        assert_eq!(index.namespace_of(one).as_deref(), Some("a"));
        index.note_namespace("a", Some(TWO));
        assert!(index.namespace_of(one).is_none() && index.namespace_uid("a") == Some(two));
        index.note_namespace("a", None);
        assert!(index.namespace_of(two).is_none() && index.namespace_uid("a").is_none());
    }

    #[test]
    fn of_a_new_list_only_what_is_in_it_stays() {
        let index = index();
        index.note_namespace("a", Some(ONE));
        index.note_namespace("b", Some(TWO));
        index.keep_namespaces(&HashSet::from(["b".into()]));
        assert!(index.namespace_uid("a").is_none() && index.namespace_uid("b").is_some());
        assert!(index.namespace_of(ONE.parse().unwrap()).is_none());
    }

    #[test]
    fn an_account_lives_until_it_is_gone() {
        let (index, uid) = (index(), ONE.parse().unwrap());
        assert!(!index.is_living(uid));
        index.note_account(Some(ONE), true);
        assert!(index.is_living(uid));
        assert!(!index.is_gone_account(uid));
        index.note_account(Some(ONE), false);
        assert!(!index.is_living(uid) && index.is_gone_account(uid));
        index.note_account(Some(TWO), true);
        index.put_accounts(Living::default());
        let two = TWO.parse().unwrap();
        assert!(
            !index.is_living(two) && index.is_gone_account(two),
            "gone unseen"
        );
    }
}
