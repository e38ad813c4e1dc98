//! Which native Secrets an account may read: from memory alone.

use std::collections::BTreeSet;

use crate::api::{Secret, SecretStore};
use crate::controller::context::Context;
use crate::controller::secret::copies::{self, is_as_left};
use crate::index::natives::Native;
use crate::index::{Link, ObjectKey};
use crate::policy::native::{self, conflict, copy, versions};
use crate::policy::{delivery, scopes};

/// The names of those that an account is to be able to read: what store, Secret and account agree on, as far as it is
/// there and Coffer's own.
pub(super) fn names(ctx: &Context, account: &ObjectKey) -> BTreeSet<Box<str>> {
    let Some((wish, _)) = ctx.index.wish(account) else {
        return BTreeSet::new();
    };
    let asking = wish.asking(account);
    let mut names = BTreeSet::new();
    for store_key in wish.stores() {
        let Some(store) = ctx.index.stores.get(&store_key.to_ref::<SecretStore>()) else {
            continue;
        };
        for scope in &store.spec.scopes {
            if !scopes::grants_reading(&store_key.namespace, scope, asking.account) {
                continue;
            }
            let link = Link::Scope(store_key.clone(), scope.name.as_str().into());
            let dependents = ctx.index.dependents(&link);
            let secrets = dependents.iter().filter_map(|key| {
                let secret = ctx.index.secrets.get(&key.to_ref::<Secret>())?;
                delivery::may_read(&secret, &store, asking).then_some(secret)
            });
            names.extend(secrets.filter_map(|secret| {
                let key = native_of(&secret, Some(&store), &account.namespace)?;
                may_enter(ctx, account, &secret, &key).then_some(key.name)
            }));
        }
    }
    names
}

/// What a Secret delivers to a namespace: a copy, or in its own the target, or the current version of that.
pub(super) fn native_of(
    secret: &Secret,
    store: Option<&SecretStore>,
    namespace: &str,
) -> Option<ObjectKey> {
    let secret = &*native::with_target(secret, store);
    let name = if secret.metadata.namespace.as_deref() != Some(namespace) {
        copy::name(secret)
    } else if versions::is_wanted(secret) {
        secret.status.as_ref()?.target_name.clone()?
    } else {
        native::name_of(secret)?
    };
    Some(ObjectKey::new(namespace, &name))
}

/// A name enters where the native Secret is as Coffer left it, with what the Secret has now. It stays while that is Coffer's
/// own, so that a change by someone else, which is put back, does not make two more.
fn may_enter(ctx: &Context, account: &ObjectKey, secret: &Secret, key: &ObjectKey) -> bool {
    let Some(live) = ctx.index.native(key) else {
        return false;
    };
    let has_it = || {
        let role = ctx.index.role(account);
        role.and_then(|role| role.says)
            .is_some_and(|names| names.has(&key.name))
    };
    is_as_left(ctx, secret, key, &live) && ctx.index.is_current(secret, key)
        || is_own(secret, key, &live) && has_it()
}

fn is_own(secret: &Secret, key: &ObjectKey, live: &Native) -> bool {
    if secret.metadata.namespace.as_deref() != Some(&*key.namespace) {
        return copies::is_own(secret, key, live);
    }
    let recorded = conflict::recorded(secret, &key.namespace, &key.name);
    recorded.is_some_and(|recorded| *recorded.uid == *live.uid)
}
