//! The delivery plan: in which other namespaces a Secret has a copy. A function of the Secret, its store, and who asks.
//!
//! A namespace has one where an account in it asks for the store or the Secret, and the store grants that account one of
//! the scopes that the Secret names. All three have to agree; each can withdraw alone.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt as _;

use super::Problem;
use super::requests::{Request, Requests};
use super::scopes::{self, Account, DefaultScopes};
use crate::api::{Reason, Scope, Secret, SecretStore};

/// An account that asks for something.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The account.
    pub account: Account<'a>,
    /// What it asks for.
    pub requests: &'a Requests,
}

/// The namespaces that have a copy, and the types that it may have there besides `Opaque`.
pub type Copies = BTreeMap<String, BTreeSet<Box<str>>>;

/// The plan, but for the target in the Secret's own namespace.
pub fn copies<'a>(
    secret: &Secret,
    store: &SecretStore,
    asking: impl IntoIterator<Item = Asking<'a>>,
) -> Copies {
    let namespace = store.namespace().unwrap_or_default();
    let secret_name = secret.name_any();
    let scopes: Vec<_> = named(secret, store).collect();
    let mut copies = Copies::new();
    for Asking { account, requests } in asking {
        let asks = asks(&secret_name, store, requests);
        let may = || {
            scopes
                .iter()
                .any(|scope| scopes::grants(&namespace, scope, account))
        };
        if account.namespace != namespace && asks && may() {
            let types = copies.entry(account.namespace.to_owned()).or_default();
            types.extend(requests.types.iter().cloned());
        }
    }
    copies
}

/// Whether an account may read, through the Kubernetes API, what the Secret delivers to its namespace: the copy, or the
/// target where it is the Secret's own. It has to ask there as anywhere.
#[must_use]
pub fn may_read(secret: &Secret, store: &SecretStore, asking: Asking<'_>) -> bool {
    let own = store.namespace().unwrap_or_default();
    asks(&secret.name_any(), store, asking.requests)
        && named(secret, store).any(|scope| scopes::grants_reading(&own, scope, asking.account))
}

/// Whether an account asks for a Secret and is in this scope of its store.
#[must_use]
pub fn is_within(secret: &Secret, store: &SecretStore, scope: &Scope, asking: Asking<'_>) -> bool {
    let own = store.metadata.namespace.as_deref().unwrap_or_default();
    asks(&secret.name_any(), store, asking.requests) && scopes::grants(own, scope, asking.account)
}

/// The scopes of a Secret that mean accounts, of which none asks for it: in the order of the store.
pub fn unasked<'a>(
    secret: &'a Secret,
    store: &'a SecretStore,
    asking: impl IntoIterator<Item = Asking<'a>>,
) -> Vec<&'a str> {
    let own = store.namespace().unwrap_or_default();
    let name = secret.name_any();
    let for_others = |scope: &&Scope| scope.consumers.iter().any(|it| it.namespaces.is_some());
    let mut unasked: Vec<_> = named(secret, store).filter(for_others).collect();
    for Asking { account, requests } in asking {
        if unasked.is_empty() {
            break;
        }
        if asks(&name, store, requests) {
            unasked.retain(|scope| !scopes::grants(&own, scope, account));
        }
    }
    unasked.into_iter().map(|scope| &*scope.name).collect()
}

/// Whether the store lets anyone read what a Secret delivers.
#[must_use]
pub fn lets_read(secret: &Secret, store: &SecretStore) -> bool {
    named(secret, store).any(|scope| scope.consumers.iter().any(|it| it.api_access))
}

/// Whether a request is for a Secret that delivers something to the namespace, to those whom its scopes mean.
#[must_use]
pub fn is_given(request: &Request, secret: &Secret, store: &SecretStore, namespace: &str) -> bool {
    let is_own = secret.metadata.namespace.as_deref() == Some(namespace);
    let has_target = || secret.spec.target.is_some() || store.spec.default_target.is_some();
    request.means(&secret.name_any()) && (!is_own || has_target())
}

/// The requests for a store, or for one Secret of it.
pub fn asked_of<'a>(
    store: &'a SecretStore,
    requests: &'a Requests,
) -> impl Iterator<Item = &'a Request> {
    let namespace = store.metadata.namespace.as_deref().unwrap_or_default();
    let name = store.metadata.name.as_deref().unwrap_or_default();
    let requests = requests.of.iter();
    requests.filter(move |it| *it.namespace == *namespace && *it.store == *name)
}

fn asks(secret: &str, store: &SecretStore, requests: &Requests) -> bool {
    asked_of(store, requests).any(|request| request.means(secret))
}

/// The scopes that a Secret names and its store has.
fn named<'a>(secret: &'a Secret, store: &'a SecretStore) -> impl Iterator<Item = &'a Scope> {
    let scopes = store.spec.scopes.iter();
    scopes.filter(|scope| secret.spec.scopes.contains(&scope.name))
}

/// What is said of scopes that the store does not have. Those that it has are served.
#[must_use]
pub fn unknown_scopes(
    secret: &Secret,
    store: &SecretStore,
    defaults: &DefaultScopes,
) -> Option<Problem> {
    let unknown: Vec<_> = secret
        .spec
        .scopes
        .iter()
        .filter(|it| !scopes::has(store, it, defaults))
        .collect();
    let first = unknown.first()?;
    let more = match unknown.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(Problem::new(
        Reason::ScopeUnknown,
        format!(
            "`spec.scopes`: SecretStore `{}` has no scope `{first}`{more}: add it there, or correct it here",
            store.name_any()
        ),
    ))
}

#[cfg(test)]
mod tests;
