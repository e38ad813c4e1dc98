//! What the PodPolicy of a namespace says: which native Secrets are for which scopes, and which accounts of the namespace
//! are in those.

mod room;

pub use room::{MAX_BYTES, Taken};

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt as _;
use sha2::{Digest as _, Sha256};

use super::scopes::{self, Labels};
use crate::api::{PodPolicySpec, Secret, SecretStore};
use crate::crypto::hex;
use room::sizes;

/// The longest list of scopes that is written out, in bytes.
const WRITTEN_OUT: usize = 100;

/// In place of store and scopes, which are not named so. The chart's policy has words of its own for what ends like this.
const NOBODY: &str = "-: left over, for nobody";

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

/// A PodPolicy in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    namespace: &'a str,
    labels: &'a Labels,
    /// What is not said again.
    listed: Option<&'a PodPolicySpec>,
    policy: PodPolicySpec,
}

impl<'a> Draft<'a> {
    /// Of a namespace with these labels.
    #[must_use]
    pub fn of(namespace: &'a str, labels: &'a Labels) -> Self {
        Self {
            namespace,
            labels,
            listed: None,
            policy: PodPolicySpec::default(),
        }
    }

    /// Of what such a namespace would list beside what it lists already.
    #[must_use]
    pub fn beside(namespace: &'a str, labels: &'a Labels, listed: &'a PodPolicySpec) -> Self {
        Self {
            listed: Some(listed),
            ..Self::of(namespace, labels)
        }
    }

    /// Whether that has its place where so much is taken: on the side of the namespace's own Secrets, or of copies.
    #[must_use]
    pub fn fits(&self, taken: Taken, is_own: bool) -> bool {
        taken.leaves_room_for(Taken::of(self.namespace, &self.policy), is_own)
    }

    /// Lists a native Secret that comes from this Secret, unless it names no scope. Scopes that its store does not have
    /// are for nobody.
    pub fn add(&mut self, native: String, secret: &Secret, store: Option<&SecretStore>) {
        let Some(scopes) = scopes_of(secret) else {
            return;
        };
        let is_there = |policy: &PodPolicySpec| policy.secrets.get(&native) == Some(&scopes);
        if self.listed.is_some_and(is_there) {
            return;
        }
        let has_accounts = |policy: &PodPolicySpec| policy.accounts.contains_key(&scopes);
        if !has_accounts(&self.policy) && !self.listed.is_some_and(has_accounts) {
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

#[cfg(test)]
mod tests;
