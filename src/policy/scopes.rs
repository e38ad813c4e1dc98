//! Who a store lets have its Secrets: names as they are, and labels as Kubernetes selects by them. There are no patterns.

use std::collections::BTreeMap;

use crate::api::{Consumer, LabelOperator, LabelRequirement, NamespaceGrant, Scope};

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

fn is_among(own: &str, consumer: &Consumer, account: Account<'_>) -> bool {
    let Consumer {
        namespaces,
        service_accounts,
    } = consumer;
    let is_there = match namespaces {
        Some(grant) => means(grant, account),
        // Of its own namespace a store names the accounts: "all of them" is never meant by saying nothing.
        None => account.namespace == own && !service_accounts.is_empty(),
    };
    is_there
        && (service_accounts.is_empty() || service_accounts.iter().any(|it| it == account.name))
}

fn means(grant: &NamespaceGrant, account: Account<'_>) -> bool {
    let is_named = grant.names.iter().any(|name| name == account.namespace);
    is_named
        || grant.selector.as_ref().is_some_and(|selector| {
            let has = |(key, value)| account.labels.get(key) == Some(value);
            let mut requirements = selector.match_expressions.iter();
            selector.match_labels.iter().all(has)
                && requirements.all(|requirement| holds(requirement, account.labels))
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
