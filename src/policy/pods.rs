//! What the PodPolicy of a namespace says: which native Secrets are for which scopes, and which accounts of the namespace
//! are in those.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt as _;
use sha2::{Digest as _, Sha256};

use super::scopes::{self, Labels};
use crate::api::{PodPolicySpec, Secret, SecretStore};
use crate::crypto::hex;

/// The most that is listed, in bytes of names: with what Kubernetes adds, an object has its place in etcd, which takes
/// 1.5 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The most that new entries come to, of the namespace's own Secrets and of copies: each must not take the other's place,
/// and what changes later has some left.
const ROOM: [usize; 2] = [MAX_BYTES * 5 / 8, MAX_BYTES * 2 / 8];

/// The longest list of scopes that is written out, in bytes.
const WRITTEN_OUT: usize = 100;

/// In place of store and scopes, which are not named so.
const NOBODY: &str = "-: nobody any more";

/// What an entry takes besides its two texts: quotes, colon and comma.
const PUNCTUATION: usize = 6;

/// The scopes that a Secret is for, as a PodPolicy has them: `team-a/payments: checkout, reports`; of long lists the
/// beginning, and a digest. `None` where it names no scope: then it is not restricted in its own namespace, and nowhere
/// else.
#[must_use]
pub fn scopes_of(secret: &Secret) -> Option<String> {
    let scopes: BTreeSet<_> = secret.spec.scopes.iter().map(String::as_str).collect();
    let scopes: Vec<_> = scopes.into_iter().collect();
    let namespace = secret.namespace().unwrap_or_default();
    let store = &secret.spec.store_ref.name;
    (!scopes.is_empty()).then(|| format!("{namespace}/{store}: {}", short(&scopes.join(", "))))
}

/// Of scopes' names, which are ASCII.
fn short(scopes: &str) -> String {
    if scopes.len() <= WRITTEN_OUT {
        return scopes.to_owned();
    }
    let digest = hex(&Sha256::digest(scopes)[..16]);
    let beginning = &scopes[..scopes.floor_char_boundary(WRITTEN_OUT)];
    format!("{beginning}… ({digest})")
}

/// Whether a PodPolicy lists a native Secret with these scopes, or keeps every pod from it.
#[must_use]
pub fn restricts(policy: &PodPolicySpec, native: &str, scopes: &str) -> bool {
    let listed = policy.secrets.get(native);
    let is_listed = listed.is_some_and(|it| it == scopes);
    let is_closed = || {
        policy
            .closed
            .iter()
            .any(|closed| *closed == origin_of(scopes))
    };
    is_listed || listed.is_none() && is_closed()
}

/// Whether there is a place in the PodPolicy of a namespace for a native Secret that it does not list.
#[must_use]
pub fn has_room(policy: &PodPolicySpec, namespace: &str, native: &str, scopes: &str) -> bool {
    let is_own = |origin: &str| origin == namespace;
    let here = is_own(origin_of(scopes));
    let [own, others] = ROOM;
    let alike = sizes(policy)
        .into_iter()
        .filter(|(origin, _)| is_own(origin) == here);
    let taken: usize = alike.map(|(_, size)| size).sum();
    taken + native.len() + scopes.len() + PUNCTUATION <= if here { own } else { others }
}

/// A PodPolicy in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    namespace: &'a str,
    labels: &'a Labels,
    policy: PodPolicySpec,
}

impl<'a> Draft<'a> {
    /// Of a namespace with these labels.
    #[must_use]
    pub fn of(namespace: &'a str, labels: &'a Labels) -> Self {
        Self {
            namespace,
            labels,
            policy: PodPolicySpec::default(),
        }
    }

    /// Lists a native Secret that comes from this Secret, unless it names no scope. Scopes that its store does not have
    /// are for nobody.
    pub fn add(&mut self, native: String, secret: &Secret, store: Option<&SecretStore>) {
        let Some(scopes) = scopes_of(secret) else {
            return;
        };
        if !self.policy.accounts.contains_key(&scopes) {
            let accounts = self.accounts(secret, store);
            self.policy.accounts.insert(scopes.clone(), accounts);
        }
        self.policy.secrets.insert(native, scopes);
    }

    /// Lists one with these scopes that is not there for anybody any more, under a text that those of no Secret come to:
    /// accounts that have others by the same scopes must not have it.
    pub fn close(&mut self, native: String, scopes: &str) {
        let scopes = format!("{}/{NOBODY}", origin_of(scopes));
        self.policy.accounts.entry(scopes.clone()).or_default();
        self.policy.secrets.insert(native, scopes);
    }

    /// Whether it is listed.
    #[must_use]
    pub fn has(&self, native: &str) -> bool {
        self.policy.secrets.contains_key(native)
    }

    fn accounts(&self, secret: &Secret, store: Option<&SecretStore>) -> BTreeMap<String, String> {
        let own = secret.namespace().unwrap_or_default();
        let all = store.iter().flat_map(|store| &store.spec.scopes);
        let mut named: Vec<_> = all
            .filter(|scope| secret.spec.scopes.contains(&scope.name))
            .collect();
        named.sort_by_key(|scope| &scope.name);
        let mut accounts = BTreeMap::new();
        for scope in named {
            for account in scopes::granted(&own, scope, self.namespace, self.labels) {
                let by = accounts.entry(account.to_owned());
                by.or_insert_with(|| scope.name.clone());
            }
        }
        accounts
    }

    /// The policy. Where it would be larger than [`MAX_BYTES`], the namespaces that take the most are closed until the
    /// rest has its place; what others deliver here goes before what is the namespace's own.
    #[must_use]
    pub fn finish(self) -> PodPolicySpec {
        self.within(MAX_BYTES)
    }

    fn within(self, limit: usize) -> PodPolicySpec {
        let Self {
            namespace,
            mut policy,
            ..
        } = self;
        let mut sizes = sizes(&policy);
        let mut total: usize = sizes.values().sum();
        while total > limit {
            let largest = sizes
                .iter()
                .max_by_key(|(origin, size)| (origin.as_str() != namespace, **size));
            let Some((origin, size)) = largest.map(|(origin, size)| (origin.clone(), *size)) else {
                break;
            };
            total -= size;
            sizes.remove(&origin);
            let is_others = |scopes: &String| origin_of(scopes) != origin;
            policy.secrets.retain(|_, scopes| is_others(scopes));
            policy.accounts.retain(|scopes, _| is_others(scopes));
            policy.closed.push(origin);
        }
        policy.closed.sort_unstable();
        policy
    }
}

/// The namespace that a native Secret with these scopes comes from.
fn origin_of(scopes: &str) -> &str {
    scopes.split('/').next().unwrap_or_default()
}

/// What the entries of each namespace of origin take, in bytes.
fn sizes(policy: &PodPolicySpec) -> BTreeMap<String, usize> {
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

#[cfg(test)]
mod tests;
