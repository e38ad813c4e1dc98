//! How much a PodPolicy has room for, and how much is taken.

use std::collections::BTreeMap;

use super::origin_of;
use crate::api::PodPolicySpec;

/// The most that is listed, in bytes of names: with what Kubernetes adds, an object has its place in etcd, which takes
/// 1.5 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The most that new entries come to: each side must not take the other's place, and what changes later has some left.
const ROOM: Taken = Taken {
    own: MAX_BYTES * 5 / 8,
    others: MAX_BYTES * 2 / 8,
};

/// What an entry takes besides its two texts: quotes, colon and comma.
const PUNCTUATION: usize = 6;

/// Bytes of entries: of the namespace's own Secrets, and of copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    own: usize,
    others: usize,
}

impl Taken {
    /// Of the PodPolicy of a namespace.
    #[must_use]
    pub fn of(namespace: &str, policy: &PodPolicySpec) -> Self {
        Sizes::of(policy).taken(namespace)
    }

    pub(super) const fn leaves_room_for(self, new: Self, is_own: bool) -> bool {
        if is_own {
            self.own + new.own <= ROOM.own
        } else {
            self.others + new.others <= ROOM.others
        }
    }
}

/// What an entry of two texts takes, in bytes.
pub(super) const fn entry(key: &str, value: &str) -> usize {
    key.len() + value.len() + PUNCTUATION
}

/// What the entries of each namespace of origin take, in bytes.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    by_origin: BTreeMap<String, usize>,
    total: usize,
}

impl Sizes {
    pub(super) fn of(policy: &PodPolicySpec) -> Self {
        let mut sizes = Self::default();
        for (native, scopes) in &policy.secrets {
            sizes.add(origin_of(scopes), entry(native, scopes));
        }
        for (scopes, accounts) in &policy.accounts {
            sizes.add(origin_of(scopes), Self::of_accounts(scopes, accounts));
        }
        sizes
    }

    /// Of one list of accounts.
    pub(super) fn of_accounts(scopes: &str, accounts: &BTreeMap<String, String>) -> usize {
        let entries = accounts
            .iter()
            .map(|(account, scope)| entry(account, scope));
        entry(scopes, "") + entries.sum::<usize>()
    }

    pub(super) fn add(&mut self, origin: &str, size: usize) {
        self.total += size;
        *self.by_origin.entry(origin.to_owned()).or_default() += size;
    }

    pub(super) fn take(&mut self, origin: &str, size: usize) {
        if let Some(of_origin) = self.by_origin.get_mut(origin) {
            let size = size.min(*of_origin);
            *of_origin -= size;
            self.total -= size;
        }
    }

    pub(super) fn forget(&mut self, origin: &str) {
        self.total -= self.by_origin.remove(origin).unwrap_or_default();
    }

    pub(super) fn of_one(&self, origin: &str) -> usize {
        self.by_origin.get(origin).copied().unwrap_or_default()
    }

    pub(super) const fn total(&self) -> usize {
        self.total
    }

    /// The origin that takes the most, the namespace itself after all others.
    pub(super) fn largest(&self, namespace: &str) -> Option<String> {
        let largest = self
            .by_origin
            .iter()
            .max_by_key(|(origin, size)| (origin.as_str() != namespace, **size));
        largest.map(|(origin, _)| origin.clone())
    }

    pub(super) fn taken(&self, namespace: &str) -> Taken {
        let own = self.of_one(namespace);
        Taken {
            own,
            others: self.total - own,
        }
    }
}
