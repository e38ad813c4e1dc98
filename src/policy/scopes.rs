//! Who a store lets have its Secrets: names as they are, and labels as Kubernetes selects by them. There are no patterns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::names::is_scope;
use crate::api::{Consumer, LabelOperator, LabelRequirement, NamespaceGrant, Scope, SecretStore};

/// The scopes of stores that list none, by name. They are for nobody: a Secret may name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultScopes(BTreeSet<String>);

impl Default for DefaultScopes {
    fn default() -> Self {
        const NAMES: [&str; 6] = [
            "workers",
            "ai_gateway",
            "dex",
            "access",
            "containers",
            "websearch",
        ];
        Self(NAMES.map(str::to_owned).into())
    }
}

impl FromStr for DefaultScopes {
    type Err = String;

    /// Names with commas between them, at most 64; nothing for none.
    fn from_str(text: &str) -> Result<Self, String> {
        let names: BTreeSet<_> = text
            .split(',')
            .filter(|_| !text.is_empty())
            .map(str::to_owned)
            .collect();
        let is_one = |name: &String| (1..=63).contains(&name.len()) && is_scope(name);
        match names.iter().find(|name| !is_one(name)) {
            Some(name) => Err(format!(
                "`{name}` is no name of a scope: give 1 to 63 lower-case letters, digits, `_` or `-`, beginning with a \
                 letter or digit"
            )),
            None if names.len() > 64 => Err("give at most 64 names".to_owned()),
            None => Ok(Self(names)),
        }
    }
}

impl fmt::Display for DefaultScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(String::as_str).collect();
        f.write_str(&names.join(","))
    }
}

/// Whether a store has a scope of this name.
#[must_use]
pub fn has(store: &SecretStore, name: &str, defaults: &DefaultScopes) -> bool {
    match &*store.spec.scopes {
        [] => defaults.0.contains(name),
        scopes => scopes.iter().any(|scope| scope.name == name),
    }
}

/// Labels of a namespace.
pub type Labels = BTreeMap<String, String>;

/// A service account, and what its namespace is.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// The labels of its namespace.
    pub labels: &'a Labels,
    /// Its name.
    pub name: &'a str,
}

/// Whether a scope of a store in namespace `own` is also for this account.
#[must_use]
pub fn grants(own: &str, scope: &Scope, account: Account<'_>) -> bool {
    let mut consumers = scope.consumers.iter();
    consumers.any(|consumer| is_among(own, consumer, account))
}

/// Whether it also lets this account read them through the Kubernetes API. One consumer has to say both.
#[must_use]
pub fn grants_reading(own: &str, scope: &Scope, account: Account<'_>) -> bool {
    let mut consumers = scope.consumers.iter().filter(|it| it.api_access);
    consumers.any(|consumer| is_among(own, consumer, account))
}

/// [`granted`] where it is every account of the namespace. No account has this name.
pub const EVERYONE: &str = "*";

/// The accounts of one namespace that a scope of a store in namespace `own` is for: their names, or [`EVERYONE`].
pub fn granted<'a>(
    own: &str,
    scope: &'a Scope,
    namespace: &str,
    labels: &Labels,
) -> impl Iterator<Item = &'a str> {
    let there = scope
        .consumers
        .iter()
        .filter(move |it| is_there(own, it, namespace, labels));
    there.flat_map(|consumer| {
        let named = consumer.service_accounts.iter().map(String::as_str);
        let everyone = consumer.service_accounts.is_empty().then_some(EVERYONE);
        named.filter(|name| *name != EVERYONE).chain(everyone)
    })
}

fn is_among(own: &str, consumer: &Consumer, account: Account<'_>) -> bool {
    let names = &consumer.service_accounts;
    is_there(own, consumer, account.namespace, account.labels)
        && (names.is_empty() || names.iter().any(|it| it == account.name))
}

/// Whether accounts of this namespace are meant.
fn is_there(own: &str, consumer: &Consumer, namespace: &str, labels: &Labels) -> bool {
    match &consumer.namespaces {
        Some(grant) => means(grant, namespace, labels),
        // Of its own namespace a store names the accounts: "all of them" is never meant by saying nothing.
        None => namespace == own && !consumer.service_accounts.is_empty(),
    }
}

fn means(grant: &NamespaceGrant, namespace: &str, labels: &Labels) -> bool {
    let is_named = grant.names.iter().any(|name| name == namespace);
    is_named
        || grant.selector.as_ref().is_some_and(|selector| {
            let has = |(key, value)| labels.get(key) == Some(value);
            let mut requirements = selector.match_expressions.iter();
            selector.match_labels.iter().all(has)
                && requirements.all(|requirement| holds(requirement, labels))
        })
}

fn holds(requirement: &LabelRequirement, labels: &Labels) -> bool {
    let label = labels.get(&requirement.key);
    let is_one = || label.is_some_and(|value| requirement.values.contains(value));
    match requirement.operator {
        LabelOperator::In => is_one(),
        LabelOperator::NotIn => !is_one(),
        LabelOperator::Exists => label.is_some(),
        LabelOperator::DoesNotExist => label.is_none(),
    }
}

#[cfg(test)]
mod tests;
