//! To which Secrets a change of their store matters.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{Scope, SecretStore};
use crate::policy::bindings;

/// Whether what changed in a store matters only to those Secrets that name a scope which changed.
pub(super) fn matters_by_scope(former: &SecretStore, now: &SecretStore) -> bool {
    let (was, is) = (&former.spec, &now.spec);
    // A store that lists none has the default ones.
    was.scopes.is_empty() == is.scopes.is_empty()
        && bindings::of(former) == bindings::of(now)
        && was.default_target == is.default_target
        && was.quota == is.quota
}

/// The scopes that came, went, or are for others now.
pub(super) fn changed_scopes<'s>(
    former: &'s SecretStore,
    now: &'s SecretStore,
) -> BTreeSet<&'s str> {
    let by_name = |store: &'s SecretStore| -> BTreeMap<&'s str, &'s Scope> {
        let scopes = store.spec.scopes.iter();
        scopes.map(|scope| (&*scope.name, scope)).collect()
    };
    let (was, is) = (by_name(former), by_name(now));
    let all = was.keys().chain(is.keys()).copied();
    all.filter(|name| was.get(name) != is.get(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(spec: &str) -> SecretStore {
        serde_yaml::from_str(&format!(
            "metadata: {{name: s, namespace: a}}\nspec: {spec}\n"
        ))
        .unwrap()
    }

    const SCOPES: &str =
        "scopes: [{name: one}, {name: two, consumers: [{serviceAccounts: [web]}]}]";

    #[test]
    fn of_scopes_those_that_came_went_or_are_for_others_matter() {
        let before = store(&format!("{{{SCOPES}}}"));
        let after = store(
            "{description: other, keyRetention: 1d, scopes: [{name: two, consumers: [{serviceAccounts: [api]}]}, {name: three}]}",
        );
        assert!(matters_by_scope(&before, &after));
        let changed = changed_scopes(&before, &after);
        assert!(changed.into_iter().eq(["one", "three", "two"]));
        let moved =
            store("{scopes: [{name: two, consumers: [{serviceAccounts: [web]}]}, {name: one}]}");
        assert!(changed_scopes(&before, &moved).is_empty());
    }

    #[test]
    fn what_concerns_every_secret_matters_to_all() {
        let before = store(&format!("{{{SCOPES}}}"));
        for spec in [
            "{}".to_owned(),
            format!("{{{SCOPES}, quota: {{secrets: 1}}}}"),
            format!("{{{SCOPES}, defaultTarget: {{}}}}"),
            format!("{{{SCOPES}, sealing: {{bindings: [Store]}}}}"),
        ] {
            assert!(!matters_by_scope(&before, &store(&spec)), "{spec}");
        }
        let same = store(&format!("{{{SCOPES}, sealing: {{suite: X25519}}}}"));
        assert!(matters_by_scope(&before, &same));
    }
}
