//! The cluster as Coffer sees it: in memory, one watch for each kind, shared by everyone.
//!
//! What is kept follows what Coffer manages, not what the cluster has: Secrets without their values
//! once they are in sync ([`view`]), native Secrets as a name and a few strings ([`natives`]), the links
//! between them ([`links`]), and who asks for copies ([`consumers`]).

pub mod accounts;
mod catalogue;
mod claims;
pub mod consumers;
pub mod feed;
mod key;
pub mod links;
pub mod names;
pub mod natives;
pub mod observed;
pub mod places;
pub mod pods;
pub mod rights;
pub mod roots;
pub mod store_keys;
mod tenants;
mod usable_keys;
pub mod verified;
pub mod view;

pub use key::ObjectKey;
pub use links::Link;
pub use observed::{Observed, Unreadable};
pub use places::Place;
pub use roots::{AtRest, Roots};
pub use store_keys::StoreKeys;
pub use usable_keys::UsableKeys;
pub use view::View;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use k8s_openapi::api::core::v1 as core;
use kube::runtime::reflector::Store;
use tokio::sync::watch;

use crate::api::{Secret, SecretStore};
use crate::crypto::KeyId;
use crate::policy::access::Names;
use crate::policy::quota::AccountQuota;
use crate::policy::scopes::{DefaultScopes, Labels};
use accounts::Accounts;
use catalogue::Catalogue;
use consumers::{Asker, Consumers, Wish};
use links::Links;
use natives::{Native, Natives, Origin};
use places::Places;
use rights::Rights;
use tenants::Namespaces;
use verified::Verified;

/// Everything that is known without asking the API server.
#[derive(Debug)]
pub struct Index {
    /// Coffer Secrets, [slim](view::slim).
    pub secrets: Store<Secret>,
    /// Stores.
    pub stores: Store<SecretStore>,
    links: RwLock<Links>,
    natives: RwLock<Natives>,
    sources: RwLock<HashMap<ObjectKey, Box<str>>>,
    places: RwLock<Places>,
    accounts: RwLock<Accounts>,
    consumers: RwLock<Consumers>,
    secret_names: RwLock<names::Names>,
    store_names: RwLock<names::Names>,
    secret_catalogue: RwLock<Catalogue>,
    store_catalogue: RwLock<Catalogue>,
    namespaces: RwLock<Namespaces>,
    living: RwLock<tenants::Accounts>,
    /// Told of every change of a Secret or store, once it is taken over.
    changes: watch::Sender<()>,
    /// Of stores that list none.
    pub default_scopes: DefaultScopes,
    roles: RwLock<Rights<Arc<Names>>>,
    bindings: RwLock<Rights<()>>,
    /// By namespace.
    pods: RwLock<HashMap<Box<str>, Arc<pods::Written>>>,
    /// Native Secrets that whoever leads brought in order.
    pub verified: Verified,
    /// By the native Secret.
    claims: RwLock<HashMap<ObjectKey, claims::Claim>>,
    keys: RwLock<HashMap<ObjectKey, Arc<StoreKeys>>>,
    /// Native Secrets with keys that a root key wrapped which is not known yet, by name.
    unread: RwLock<HashMap<String, core::Secret>>,
}

impl Index {
    /// Empty, over the two reflectors that [`feed`] fills.
    #[must_use]
    pub fn new(secrets: Store<Secret>, stores: Store<SecretStore>) -> Self {
        Self {
            secrets,
            stores,
            links: RwLock::default(),
            natives: RwLock::default(),
            sources: RwLock::default(),
            places: RwLock::default(),
            accounts: RwLock::default(),
            consumers: RwLock::default(),
            secret_names: RwLock::default(),
            store_names: RwLock::default(),
            secret_catalogue: RwLock::default(),
            store_catalogue: RwLock::default(),
            namespaces: RwLock::default(),
            living: RwLock::default(),
            changes: watch::Sender::new(()),
            default_scopes: DefaultScopes::default(),
            roles: RwLock::default(),
            bindings: RwLock::default(),
            pods: RwLock::default(),
            verified: Verified::default(),
            claims: RwLock::default(),
            keys: RwLock::default(),
            unread: RwLock::default(),
        }
    }

    /// The same, where a namespace without a quota of its own may have so many Secrets.
    #[must_use]
    pub fn with_account_quota(self, quota: AccountQuota) -> Self {
        write(&self.accounts).default = quota;
        self
    }

    /// The same, where a store that lists no scopes has these.
    #[must_use]
    pub fn with_default_scopes(self, default_scopes: DefaultScopes) -> Self {
        Self {
            default_scopes,
            ..self
        }
    }

    /// The Secrets that point there.
    #[must_use]
    pub fn dependents(&self, link: &Link) -> Vec<ObjectKey> {
        read(&self.links).dependents(link).cloned().collect()
    }

    /// How many Secrets name a store.
    #[must_use]
    pub fn usage(&self, store: &ObjectKey) -> usize {
        read(&self.links).count(&Link::Store(store.clone()))
    }

    /// How many Secrets of a store hold something that was sealed with a key.
    #[must_use]
    pub fn sealed_with(&self, store: &ObjectKey, key: KeyId) -> usize {
        read(&self.links).count(&Link::Key(store.clone(), key))
    }

    /// How many Secrets of a store hold something that none of these keys sealed. Costs a look at each.
    #[must_use]
    pub fn sealed_otherwise(&self, store: &ObjectKey, keys: &StoreKeys) -> usize {
        read(&self.links).sealed_otherwise(store, |key| keys.find(key).is_some())
    }

    /// The service accounts that ask for something of a store, from namespaces that are there.
    #[must_use]
    pub fn asking(&self, store: &ObjectKey) -> Vec<(ObjectKey, Wish)> {
        read(&self.consumers).of_store(store)
    }

    /// What an account asks for, from a namespace that is there, and who it is.
    #[must_use]
    pub fn wish(&self, account: &ObjectKey) -> Option<(Wish, Asker)> {
        read(&self.consumers).of_account(account)
    }

    /// The labels of a namespace that is there.
    #[must_use]
    pub fn labels_of(&self, namespace: &str) -> Option<Arc<Labels>> {
        read(&self.consumers).labels(namespace)
    }

    /// The Role of an account.
    #[must_use]
    pub fn role(&self, account: &ObjectKey) -> Option<rights::Role> {
        read(&self.roles).get(account).cloned()
    }

    /// The RoleBinding of an account.
    #[must_use]
    pub fn binding(&self, account: &ObjectKey) -> Option<rights::Binding> {
        read(&self.bindings).get(account).cloned()
    }

    /// The accounts that may read a native Secret, or whose Role says something else than Coffer wrote.
    #[must_use]
    pub fn holders(&self, native: &ObjectKey) -> BTreeSet<ObjectKey> {
        read(&self.roles).holders(native)
    }

    /// Whether any account has a Role.
    #[must_use]
    pub fn has_roles(&self) -> bool {
        read(&self.roles).accounts().next().is_some()
    }

    /// The accounts that ask for something, or have a Role or RoleBinding.
    #[must_use]
    pub fn readers(&self) -> BTreeSet<ObjectKey> {
        let mut all: BTreeSet<_> = read(&self.consumers).accounts().into_iter().collect();
        all.extend(read(&self.roles).accounts().cloned());
        all.extend(read(&self.bindings).accounts().cloned());
        all
    }

    /// Takes over a Role that was just written.
    pub fn put_role(&self, account: &ObjectKey, role: rights::Role) {
        write(&self.roles).put(account.clone(), role);
    }

    /// Takes over a RoleBinding that was just written.
    pub fn put_binding(&self, account: &ObjectKey, binding: rights::Binding) {
        write(&self.bindings).put(account.clone(), binding);
    }

    /// Forgets a Role that was just deleted.
    pub fn forget_role(&self, account: &ObjectKey, uid: &str) {
        write(&self.roles).forget(&account.namespace, uid);
    }

    /// Forgets a RoleBinding that was just deleted.
    pub fn forget_binding(&self, account: &ObjectKey, uid: &str) {
        write(&self.bindings).forget(&account.namespace, uid);
    }

    /// A delivered native Secret.
    #[must_use]
    pub fn native(&self, key: &ObjectKey) -> Option<Native> {
        read(&self.natives).get(key).cloned()
    }

    /// The native Secrets that say they came from the Coffer Secret with this UID, copies in other namespaces included.
    #[must_use]
    pub fn natives_of(&self, origin_uid: &str) -> Vec<(ObjectKey, Native)> {
        let natives = read(&self.natives);
        let of_origin = natives.of_origin(origin_uid);
        of_origin
            .map(|(key, native)| (key.clone(), native.clone()))
            .collect()
    }

    /// The origins of copies that are not there any more, as far as memory knows.
    #[must_use]
    pub fn gone_origins(&self) -> BTreeSet<Origin> {
        let natives = read(&self.natives);
        let origins = natives
            .copies()
            .filter_map(|(key, native)| native.copied_from(key));
        origins.filter(|origin| self.is_gone(origin)).collect()
    }

    /// Whether the Coffer Secret that a copy came from is not there.
    #[must_use]
    pub fn is_gone(&self, origin: &Origin) -> bool {
        let living = self.secrets.get(&origin.key.to_ref::<Secret>());
        living.is_none_or(|living| living.metadata.uid.as_deref() != Some(&*origin.uid))
    }

    /// Whether the watch on native Secrets has come as far as this resourceVersion.
    #[must_use]
    pub fn natives_have_seen(&self, resource_version: &str) -> bool {
        read(&self.natives).has_seen(resource_version)
    }

    /// The resourceVersion of a native Secret whose owner lets it be followed.
    #[must_use]
    pub fn source_version(&self, key: &ObjectKey) -> Option<Box<str>> {
        read(&self.sources).get(key).cloned()
    }

    /// The keys of a store.
    #[must_use]
    pub fn keys(&self, store: &ObjectKey) -> Option<Arc<StoreKeys>> {
        read(&self.keys).get(store).cloned()
    }

    /// Every store's keys, those of stores that are gone included.
    #[must_use]
    pub fn all_keys(&self) -> Vec<Arc<StoreKeys>> {
        read(&self.keys).values().cloned().collect()
    }

    /// How many stores of a namespace have keys that no store has taken up.
    #[must_use]
    pub fn unclaimed_keys(&self, namespace: &str) -> usize {
        let keys = read(&self.keys);
        let is_unclaimed = |keys: &&Arc<StoreKeys>| {
            keys.record.namespace == namespace && keys.record.store_uid.is_empty()
        };
        keys.values().filter(is_unclaimed).count()
    }

    /// How many keys a namespace has whose stores are gone.
    #[must_use]
    pub fn orphaned_keys(&self, namespace: &str) -> usize {
        let keys = read(&self.keys);
        let records = keys.values().map(|keys| &keys.record);
        let orphaned = records.filter(|it| it.namespace == namespace && it.orphaned.is_some());
        orphaned.map(|record| record.keys.len()).sum()
    }

    /// The store that has this key. Looks at every store: for the rare key that is not where it should
    /// be.
    #[must_use]
    pub fn owner_of(&self, key: KeyId) -> Option<ObjectKey> {
        let keys = read(&self.keys);
        let owner = keys.values().find(|keys| keys.find(key).is_some())?;
        Some(owner.store())
    }

    /// Has these keys in memory, whatever was there.
    pub fn put_keys(&self, keys: StoreKeys) {
        write(&self.keys).insert(keys.store(), Arc::new(keys));
    }

    /// Takes over a version of a store's keys, as the watch shows it or as it was just written or read, unless memory
    /// has a later one: either may come first. Returns the version that memory then has.
    pub fn put_version(&self, keys: StoreKeys) -> Arc<StoreKeys> {
        let mut all = write(&self.keys);
        if let Some(known) = all.get(&keys.store())
            && known.is_later_than(&keys)
        {
            return known.clone();
        }
        let keys = Arc::new(keys);
        all.insert(keys.store(), keys.clone());
        keys
    }
}

impl Index {
    /// Forgets a store's keys, after their native Secret was deleted.
    pub fn forget_keys(&self, store: &ObjectKey) {
        write(&self.keys).remove(store);
    }

    /// Keeps a native Secret with keys until its root key comes.
    fn put_unread(&self, object: core::Secret) {
        let name = object.metadata.name.clone().unwrap_or_default();
        write(&self.unread).insert(name, object);
    }

    fn forget_unread(&self, name: &str) {
        write(&self.unread).remove(name);
    }

    fn take_unread(&self) -> Vec<core::Secret> {
        write(&self.unread)
            .drain()
            .map(|(_, object)| object)
            .collect()
    }
}

/// A lock is poisoned only when a holder panicked; what it guards is a cache that the next event
/// mends.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use kube::runtime::reflector;

    use super::*;
    use crate::crypto::{Keyring, Suite};
    use crate::index::store_keys::for_test;
    use crate::keys::add_active;

    fn version(number: &str) -> StoreKeys {
        let mut native = for_test::record().to_native("coffer-system");
        native.metadata.resource_version = Some(number.to_owned());
        StoreKeys::read(&native, &Keyring::generate()).unwrap()
    }

    #[test]
    fn of_a_namespace_only_the_keys_of_stores_that_are_gone_are_counted() {
        let index = Index::new(reflector::store().0, reflector::store().0);
        let keyring = Keyring::generate();
        for (namespace, store, is_orphaned) in [
            ("a", "one", true),
            ("a", "two", true),
            ("a", "three", false),
            ("b", "one", true),
        ] {
            let mut record = for_test::record();
            (record.namespace, record.store) = (namespace.to_owned(), store.to_owned());
            for suite in [Suite::XChaCha20Poly1305, Suite::X25519] {
                add_active(&mut record, suite, &keyring, Timestamp::UNIX_EPOCH);
            }
            record.orphaned = is_orphaned.then_some(Time(Timestamp::UNIX_EPOCH));
            index.put_keys(StoreKeys::read(&record.to_native("n"), &keyring).unwrap());
        }
        assert_eq!((index.orphaned_keys("a"), index.orphaned_keys("b")), (4, 2));
    }

    #[test]
    fn of_an_answer_and_the_watch_the_later_stays_whichever_comes_first() {
        let index = Index::new(reflector::store().0, reflector::store().0);
        index.put_keys(version("10"));
        let kept = index.put_version(version("9"));
        assert_eq!(kept.resource_version, "10");
        let taken = index.put_version(version("11"));
        assert_eq!(taken.resource_version, "11");
        index.put_keys(taken.unstored());
        let taken = index.put_version(version("9"));
        assert_eq!(taken.resource_version, "9", "there was none any more");
    }
}
