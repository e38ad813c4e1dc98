//! Copies that accounts of a namespace are to have.

use std::collections::BTreeSet;

use crate::api::{Secret, SecretStore};
use crate::index::natives::Native;
use crate::index::{Index, Link, ObjectKey, read};
use crate::policy::delivery::{self, Asking};
use crate::policy::native::copy;
use crate::policy::pods::Draft;
use crate::policy::scopes;

impl Index {
    /// Lists the copies that accounts of the namespace are to have, as far as they are there. Looks at what the scopes that
    /// are for them name, not at all that their stores have.
    pub(super) fn list_copies(&self, namespace: &str, draft: &mut Draft<'_>) {
        let (stores, wishes) = read(&self.consumers).wishes_of(namespace);
        let written = self.pod_policy(namespace);
        for key in stores.iter().filter(|store| *store.namespace != *namespace) {
            let Some(store) = self.stores.get(&key.to_ref()) else {
                continue;
            };
            let asking = wishes.iter().map(|(account, wish)| wish.asking(account));
            let asking: Vec<_> = asking
                .filter(|it| delivery::asked_of(&store, it.requests).next().is_some())
                .collect();
            for secret in self.offered(key, &store, &asking) {
                let Some(secret) = self.secrets.get(&secret.to_ref::<Secret>()) else {
                    continue;
                };
                let name = copy::name(&secret);
                let live = self.native(&ObjectKey::new(namespace, &name));
                let is_copy_of = |live: &Native| {
                    live.is_copy && secret.metadata.uid.as_deref() == Some(&*live.origin_uid)
                };
                if ObjectKey::store_of(&secret) == *key
                    && live.is_some_and(|live| is_copy_of(&live))
                    && delivery::copies(&secret, &store, asking.iter().copied())
                        .contains_key(namespace)
                {
                    let native = ObjectKey::new(namespace, &name);
                    let is_current = self.is_current(&secret, &native);
                    self.list_there(draft, &native, &secret, written.as_deref(), is_current);
                }
            }
        }
    }

    /// Secrets of a store that one of these accounts may have: the one that it asks for, or those that name a scope which
    /// is for it.
    pub(super) fn offered(
        &self,
        key: &ObjectKey,
        store: &SecretStore,
        asking: &[Asking<'_>],
    ) -> BTreeSet<ObjectKey> {
        let mut offered = BTreeSet::new();
        for scope in &store.spec.scopes {
            let granted = asking
                .iter()
                .filter(|it| scopes::grants(&key.namespace, scope, it.account));
            let requests: Vec<_> = granted
                .flat_map(|it| delivery::asked_of(store, it.requests))
                .collect();
            if requests.iter().any(|request| request.secret.is_none()) {
                let link = Link::Scope(key.clone(), scope.name.as_str().into());
                offered.extend(self.dependents(&link));
            } else {
                let named = requests
                    .iter()
                    .filter_map(|request| request.secret.as_ref());
                offered.extend(named.map(|name| ObjectKey::new(&key.namespace, name)));
            }
        }
        offered
    }
}
