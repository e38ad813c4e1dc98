//! A PodPolicy in the making. What stores and Secrets say can come to many times what a PodPolicy has room for, so it is
//! counted while it is listed: what is held stays within a few times [`MAX_BYTES`], whatever they say.

use std::collections::{BTreeMap, BTreeSet};

use super::room::{MAX_BYTES, Sizes, Taken, entry};
use super::{named, nobody, origin_of, scopes_of};
use crate::api::{PodPolicySpec, Secret, SecretStore};
use crate::policy::scopes::{self, Labels};

/// So many times the limit is held at most, of all namespaces together. Of one, only the limit.
const HELD: usize = 2;

/// A PodPolicy in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    namespace: &'a str,
    labels: &'a Labels,
    /// What is not said again.
    listed: Option<&'a PodPolicySpec>,
    policy: PodPolicySpec,
    sizes: Sizes,
    /// Namespaces of origin of which nothing more is listed.
    closed: BTreeSet<String>,
    /// In bytes of entries.
    limit: usize,
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
            sizes: Sizes::default(),
            closed: BTreeSet::new(),
            limit: MAX_BYTES,
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

    /// The same, with another limit than [`MAX_BYTES`].
    #[cfg(test)]
    pub(super) fn within(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// What it holds now, in bytes of entries.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        Sizes::of(&self.policy).total()
    }

    /// Whether that has its place where so much is taken: on the side of the namespace's own Secrets, or of copies.
    #[must_use]
    pub fn fits(&self, taken: Taken, is_own: bool) -> bool {
        let is_of_side = |origin: &String| (origin == self.namespace) == is_own;
        !self.closed.iter().any(is_of_side)
            && taken.leaves_room_for(self.sizes.taken(self.namespace), is_own)
    }

    /// Lists a native Secret that comes from this Secret, unless it names no scope. Scopes that its store does not have
    /// are for nobody.
    pub fn add(&mut self, native: String, secret: &Secret, store: Option<&SecretStore>) {
        let Some(scopes) = scopes_of(secret) else {
            return;
        };
        let is_there = |policy: &PodPolicySpec| policy.secrets.get(&native) == Some(&scopes);
        if is_there(&self.policy) || self.listed.is_some_and(is_there) {
            return;
        }
        let has_accounts = |policy: &PodPolicySpec| policy.accounts.contains_key(&scopes);
        let are_listed = has_accounts(&self.policy) || self.listed.is_some_and(has_accounts);
        if !are_listed && !self.closed.contains(origin_of(&scopes)) {
            let names = secret.spec.scopes.iter().map(String::as_str).collect();
            let accounts = self.accounts(origin_of(&scopes), &names, store);
            self.list_accounts(scopes.clone(), accounts);
        }
        self.list(native, scopes);
    }

    /// Lists one under the scopes of a former time, which are of this store: for those whom they let have it now. Where the
    /// text does not name them, it is for nobody.
    pub fn keep(&mut self, native: String, scopes: &str, store: Option<&SecretStore>) {
        if self.policy.accounts.contains_key(scopes) {
            return self.list(native, scopes.to_owned());
        }
        let Some((_, names)) = named(scopes) else {
            return self.close(native, scopes);
        };
        if !self.closed.contains(origin_of(scopes)) {
            let names = names.into_iter().collect();
            let accounts = self.accounts(origin_of(scopes), &names, store);
            self.list_accounts(scopes.to_owned(), accounts);
        }
        self.list(native, scopes.to_owned());
    }

    /// Lists one with these scopes that is not there for anybody any more, under a text that those of no Secret come to:
    /// accounts that have others by the same scopes must not have it.
    pub fn close(&mut self, native: String, scopes: &str) {
        let scopes = nobody(scopes);
        if !self.policy.accounts.contains_key(&scopes) {
            self.list_accounts(scopes.clone(), BTreeMap::new());
        }
        self.list(native, scopes);
    }

    /// Whether it is listed.
    #[must_use]
    pub fn has(&self, native: &str) -> bool {
        self.policy.secrets.contains_key(native)
    }

    /// Those that may have it here; one too many where they are more than there is room for.
    pub(super) fn accounts(
        &self,
        own: &str,
        names: &BTreeSet<&str>,
        store: Option<&SecretStore>,
    ) -> BTreeMap<String, String> {
        let all = store.iter().flat_map(|store| &store.spec.scopes);
        let mut meant: Vec<_> = all.filter(|scope| names.contains(&*scope.name)).collect();
        meant.sort_by_key(|scope| &scope.name);
        let (mut accounts, mut size) = (BTreeMap::new(), 0);
        for scope in meant {
            for account in scopes::granted(own, scope, self.namespace, self.labels) {
                if size > self.limit {
                    return accounts;
                }
                if !accounts.contains_key(account) {
                    size += entry(account, &scope.name);
                    accounts.insert(account.to_owned(), scope.name.clone());
                }
            }
        }
        accounts
    }

    fn list_accounts(&mut self, scopes: String, accounts: BTreeMap<String, String>) {
        let origin = origin_of(&scopes).to_owned();
        self.sizes
            .add(&origin, Sizes::of_accounts(&scopes, &accounts));
        self.policy.accounts.insert(scopes, accounts);
        self.bound(&origin);
    }

    /// Of two that have the name, the last one counts, also where that one has no place.
    fn list(&mut self, native: String, scopes: String) {
        if let Some(former) = self.policy.secrets.remove(&native) {
            self.sizes.take(origin_of(&former), entry(&native, &former));
        }
        let origin = origin_of(&scopes).to_owned();
        if self.closed.contains(&origin) {
            return;
        }
        self.sizes.add(&origin, entry(&native, &scopes));
        self.policy.secrets.insert(native, scopes);
        self.bound(&origin);
    }

    /// Lets go what would have no place in the end.
    fn bound(&mut self, origin: &str) {
        if self.sizes.of_one(origin) > self.limit {
            self.shut(origin);
        }
        if self.sizes.total() > self.limit.saturating_mul(HELD) {
            self.shut_largest();
        }
    }

    /// What others deliver here goes before what is the namespace's own.
    fn shut_largest(&mut self) {
        if let Some(origin) = self.sizes.largest(self.namespace) {
            self.shut(&origin);
        }
    }

    fn shut(&mut self, origin: &str) {
        self.sizes.forget(origin);
        let is_others = |scopes: &String| origin_of(scopes) != origin;
        self.policy.secrets.retain(|_, scopes| is_others(scopes));
        self.policy.accounts.retain(|scopes, _| is_others(scopes));
        self.closed.insert(origin.to_owned());
    }

    /// The policy. Where it would be larger than [`MAX_BYTES`], the namespaces that take the most are closed until the
    /// rest has its place; what others deliver here goes before what is the namespace's own.
    #[must_use]
    pub fn finish(mut self) -> PodPolicySpec {
        while self.sizes.total() > self.limit {
            self.shut_largest();
        }
        self.policy.closed = self.closed.into_iter().collect();
        self.policy
    }
}
