//! The scopes of a Secret, and below each who has it by that.

use std::collections::{BTreeMap, BTreeSet};

use super::askers::Askers;
use super::node::Node;
use crate::api::{Scope, Secret, SecretStore};
use crate::cli::paint::Tone;
use crate::policy::scopes;

/// The scopes that a Secret names, in their order of the alphabet.
pub(super) fn of(secret: &Secret, store: &SecretStore, askers: Option<&Askers>) -> Vec<Node> {
    let names: BTreeSet<_> = secret.spec.scopes.iter().collect();
    let node = |name: &String| {
        let scope = store.spec.scopes.iter().find(|scope| scope.name == *name);
        of_scope(secret, store, name, scope, askers)
    };
    names.into_iter().map(node).collect()
}

fn of_scope(
    secret: &Secret,
    store: &SecretStore,
    name: &str,
    scope: Option<&Scope>,
    askers: Option<&Askers>,
) -> Node {
    let children = scope.map_or_else(Vec::new, |scope| receivers(secret, store, scope, askers));
    // A store that lists none has those that the operator is set to, for nobody.
    let is_unknown = scope.is_none() && !store.spec.scopes.is_empty();
    let is_for_nobody = scope.is_some_and(|scope| scope.consumers.is_empty());
    let state = match askers {
        _ if is_for_nobody => Some("for nobody".to_owned()),
        _ if is_unknown || !children.is_empty() => None,
        Some(_) => Some("nobody asks".to_owned()),
        None => Some("who asks is not known".to_owned()),
    };
    Node {
        kind: "scope",
        namespace: namespace(store),
        name: name.to_owned(),
        state,
        reason: None,
        problem: is_unknown
            .then(|| "the store has no such scope: add it there, or correct it here".into()),
        tone: if is_unknown {
            Tone::Waiting
        } else {
            Tone::Good
        },
        children,
    }
}

/// The accounts that ask, and those of the store's own namespace, which have the target without asking.
fn receivers(
    secret: &Secret,
    store: &SecretStore,
    scope: &Scope,
    askers: Option<&Askers>,
) -> Vec<Node> {
    let own = namespace(store);
    let mut states = BTreeMap::new();
    let here = scope.consumers.iter().filter(|it| it.namespaces.is_none());
    for name in here.flat_map(|consumer| &consumer.service_accounts) {
        states.insert((own.clone(), name.clone()), "may use the target");
    }
    let asking = askers
        .into_iter()
        .flat_map(|askers| askers.within(secret, store, scope));
    for account in asking {
        let state = match scopes::grants_reading(&own, scope, account) {
            true => "asks, and may get it",
            false if account.namespace == own => "may use the target",
            false => "asks",
        };
        let key = (account.namespace.to_owned(), account.name.to_owned());
        states.insert(key, state);
    }
    let node = |((namespace, name), state): (_, &str)| Node {
        kind: "ServiceAccount",
        namespace,
        name,
        state: Some(state.to_owned()),
        reason: None,
        problem: None,
        tone: Tone::Good,
        children: Vec::new(),
    };
    states.into_iter().map(node).collect()
}

fn namespace(store: &SecretStore) -> String {
    store.metadata.namespace.clone().unwrap_or_default()
}
