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
        let sizes = sizes(policy);
        let own = sizes.get(namespace).copied().unwrap_or_default();
        Self {
            own,
            others: sizes.values().sum::<usize>() - own,
        }
    }

    pub(super) const fn leaves_room_for(self, new: Self, is_own: bool) -> bool {
        if is_own {
            self.own + new.own <= ROOM.own
        } else {
            self.others + new.others <= ROOM.others
        }
    }
}

/// What the entries of each namespace of origin take, in bytes.
pub(super) fn sizes(policy: &PodPolicySpec) -> BTreeMap<String, usize> {
    let mut sizes = BTreeMap::new();
    let mut count = |scopes: &str, size: usize| {
        *sizes.entry(origin_of(scopes).to_owned()).or_default() += size + PUNCTUATION;
    };
    for (native, scopes) in &policy.secrets {
        count(scopes, native.len() + scopes.len());
    }
    for (scopes, accounts) in &policy.accounts {
        count(scopes, scopes.len());
        for (account, scope) in accounts {
            count(scopes, account.len() + scope.len());
        }
    }
    sizes
}
