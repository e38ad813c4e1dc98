//! Native Secrets that are there, or are about to be made, and under which scopes each is listed: under those of now only
//! where Coffer brought it in order for these. What is of a former time stays with those whom it was for.

use std::sync::Arc;

use kube::ResourceExt as _;

use super::{Written, delivered};
use crate::api::Secret;
use crate::index::natives::{Native, Origin};
use crate::index::{Index, ObjectKey, read};
use crate::policy::native::{self, versions};
use crate::policy::pods::{Draft, named, scopes_of};

/// How a native Secret that is there is listed.
enum Listing<'a> {
    /// Under the scopes that its Secret names now.
    Now,
    /// Under those that it was listed with.
    Former(&'a str),
    /// For nobody.
    Closed,
}

/// Before a PodPolicy lists anything, and where it does not list this one, any pod may have it: the scopes of now open
/// nothing.
fn listing<'a>(
    written: Option<&'a Written>,
    native: &str,
    scopes: Option<&str>,
    origin: &str,
    is_current: bool,
) -> Listing<'a> {
    let Some(spec) = written.map(|it| &it.spec).filter(|_| !is_current) else {
        return Listing::Now;
    };
    match spec.secrets.get(native) {
        Some(former) if Some(&**former) == scopes => Listing::Now,
        Some(former) if former.split('/').next() == Some(origin) => Listing::Former(former),
        Some(_) => Listing::Closed,
        None if spec.closed.iter().any(|closed| closed == origin) => Listing::Closed,
        None => Listing::Now,
    }
}

impl Index {
    /// The targets of the namespace's own Secrets, those of former names and versions included; also those that someone
    /// took the label off, and that memory does not see until they are put back.
    pub(super) fn list_targets(&self, namespace: &str, draft: &mut Draft<'_>) {
        let scoped: Vec<_> = read(&self.links).scoped(namespace).cloned().collect();
        let written = self.pod_policy(namespace);
        for key in scoped {
            let Some(secret) = self.secrets.get(&key.to_ref()) else {
                continue;
            };
            let uid = secret.metadata.uid.as_deref().unwrap_or_default();
            let there = self.natives_of(uid).into_iter().map(|(key, _)| key);
            for native in there.chain(delivered(&secret)) {
                if *native.namespace == *namespace {
                    let is_current = self.is_current_target(&secret, &native);
                    self.list_there(draft, &native, &secret, written.as_deref(), is_current);
                }
            }
        }
    }

    /// Lists one that is there, or leaves it as it is.
    pub(super) fn list_there(
        &self,
        draft: &mut Draft<'_>,
        native: &ObjectKey,
        secret: &Secret,
        written: Option<&Written>,
        is_current: bool,
    ) {
        let (name, scopes) = (native.name.to_string(), scopes_of(secret));
        let origin = secret.metadata.namespace.as_deref().unwrap_or_default();
        match listing(written, &name, scopes.as_deref(), origin, is_current) {
            Listing::Now => {
                let store = self.stores.get(&ObjectKey::store_of(secret).to_ref());
                draft.add(name, secret, store.as_deref());
            }
            // Whoever asks for nothing of that store is not told when it withdraws something.
            Listing::Former(former) if self.hears_of(&native.namespace, former) => {
                let store = named(former).and_then(|(store, _)| self.stores.get(&store));
                draft.keep(name, former, store.as_deref());
            }
            Listing::Former(_) | Listing::Closed => draft.close(name, &format!("{origin}/")),
        }
    }

    /// Whether the PodPolicy of a namespace is looked at when the store of these scopes changes.
    fn hears_of(&self, namespace: &str, scopes: &str) -> bool {
        named(scopes).is_some_and(|(store, _)| {
            let store = ObjectKey::new(store.namespace.as_deref().unwrap_or_default(), &store.name);
            self.restricting(&store.namespace, &store)
                .contains(namespace)
        })
    }

    /// Whether it is the target of now, and not one of a former name or version.
    fn is_current_target(&self, secret: &Secret, native: &ObjectKey) -> bool {
        let store = self.stores.get(&ObjectKey::store_of(secret).to_ref());
        let with_target = native::with_target(secret, store.as_deref());
        let name = if versions::is_wanted(&with_target) {
            let status = secret.status.as_ref();
            status.and_then(|status| status.target_name.clone())
        } else {
            native::name_of(&with_target)
        };
        name.as_deref() == Some(&*native.name) && self.is_current(secret, native)
    }

    /// Those that are about to be made, or written. Until that is done, what is there under other scopes is for nobody.
    pub(super) fn list_claimed(&self, namespace: &str, draft: &mut Draft<'_>) {
        let written = self.pod_policy(namespace);
        for (native, key) in self.claimed(namespace) {
            let Some(secret) = self.secrets.get(&key.to_ref::<Secret>()) else {
                continue;
            };
            let Some(scopes) = scopes_of(&secret) else {
                continue;
            };
            let written = written.as_ref();
            let listed = written.and_then(|it| it.spec.secrets.get(&*native.name));
            let is_current = self.is_current(&secret, &native);
            if !is_current && listed.is_some_and(|listed| *listed != scopes) {
                draft.close(native.name.into_string(), &scopes);
                continue;
            }
            let store = self.stores.get(&ObjectKey::store_of(&secret).to_ref());
            draft.add(native.name.into_string(), &secret, store.as_deref());
        }
    }

    /// What is to go, and is still there: copies, and targets of Secrets that are gone, which may be retained. And what is
    /// still that of a time when its Secret named scopes.
    pub(super) fn list_leftovers(&self, namespace: &str, draft: &mut Draft<'_>) {
        let Some(written) = self.pod_policy(namespace) else {
            return;
        };
        for (name, scopes) in &written.spec.secrets {
            if draft.has(name) {
                continue;
            }
            let key = ObjectKey::new(namespace, name);
            let Some(native) = self.native(&key) else {
                continue;
            };
            if native.is_copy || self.is_orphan(&key, &native) {
                draft.close(name.clone(), scopes);
            } else if let Some(secret) = self.unscoped_origin(&key, &native)
                && !self.is_current_target(&secret, &key)
            {
                self.list_there(draft, &key, &secret, Some(&*written), false);
            }
        }
    }

    /// Whether the PodPolicy of its own namespace lists something of a Secret, which may name no scopes any more.
    pub(in crate::index) fn lists_any(&self, secret: &Secret) -> bool {
        let written = self.pod_policy(&secret.namespace().unwrap_or_default());
        written.is_some_and(|written| {
            delivered(secret).any(|it| written.spec.secrets.contains_key(&*it.name))
        })
    }

    fn unscoped_origin(&self, key: &ObjectKey, native: &Native) -> Option<Arc<Secret>> {
        let origin = native.origin(key)?;
        let secret = self.secrets.get(&origin.to_ref::<Secret>())?;
        let is_its = secret.uid().as_deref() == Some(&*native.origin_uid);
        (is_its && secret.spec.scopes.is_empty()).then_some(secret)
    }

    fn is_orphan(&self, key: &ObjectKey, native: &Native) -> bool {
        let origin = native.origin(key).map(|key| Origin {
            key,
            uid: native.origin_uid.clone(),
        });
        origin.is_none_or(|origin| self.is_gone(&origin))
    }
}
