//! The Roles and RoleBindings by which service accounts may read what they are given: those with Coffer's mark, and of
//! each whether it is as Coffer makes it. Others are not kept, whatever their labels say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::rbac::v1 as rbac;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::ObjectKey;
use crate::api::wellknown::ACCESS_LABEL;
use crate::crypto::Fingerprinter;
use crate::policy::access::{self, Names};

/// A Role or RoleBinding with Coffer's mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right<T> {
    /// UID.
    pub uid: Box<str>,
    /// What it says; `None` where that is not what Coffer wrote.
    pub says: Option<T>,
    version: u64,
}

/// A Role: the native Secrets that it lets an account read.
pub type Role = Right<Arc<Names>>;

/// A RoleBinding: it says what it has to say, or not.
pub type Binding = Right<()>;

/// Those of one kind, by namespace and account.
#[derive(Debug)]
pub struct Rights<T>(BTreeMap<ObjectKey, Right<T>>);

impl<T> Default for Rights<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// What is read of an object: whose it is, and what it says. `None` where it has not Coffer's mark.
pub type Marked<T> = Option<(ObjectKey, Right<T>)>;

/// Reads a Role.
#[must_use]
pub fn role(object: &rbac::Role, keys: &Fingerprinter) -> Marked<Arc<Names>> {
    let account = access::account_of_role(&object.metadata, keys)?;
    let says = Names::of(object).filter(|_| is_watched(&object.metadata));
    Some(right(&object.metadata, &account, says.map(Arc::new)))
}

/// Reads a RoleBinding.
#[must_use]
pub fn binding(object: &rbac::RoleBinding, keys: &Fingerprinter) -> Marked<()> {
    let meta = &object.metadata;
    let account = access::account_of_binding(meta, keys)?;
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    let wanted = access::binding(namespace, &account, keys);
    let is_so = object.role_ref == wanted.role_ref && object.subjects == wanted.subjects;
    let is_so = is_so && is_watched(meta);
    Some(right(meta, &account, is_so.then_some(())))
}

/// Without its label nobody would tell what becomes of it.
fn is_watched(meta: &ObjectMeta) -> bool {
    let mut labels = meta.labels.iter().flatten();
    labels.any(|(label, _)| label == ACCESS_LABEL)
}

fn right<T>(meta: &ObjectMeta, account: &str, says: Option<T>) -> (ObjectKey, Right<T>) {
    let version = meta.resource_version.as_deref().unwrap_or_default();
    let right = Right {
        uid: meta.uid.as_deref().unwrap_or_default().into(),
        says,
        version: version.parse().unwrap_or_default(),
    };
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    (ObjectKey::new(namespace, account), right)
}

impl<T: PartialEq> Rights<T> {
    /// Takes over a version, as the watch shows it or as it was just written, unless memory has a later one. Says whether
    /// that is news.
    pub fn put(&mut self, account: ObjectKey, right: Right<T>) -> bool {
        let known = self.0.get(&account);
        // A number counts all objects of the cluster, so it tells the order also of objects that were made anew.
        if known.is_some_and(|known| known.version >= right.version) {
            return false;
        }
        self.0.insert(account, right);
        true
    }

    /// Forgets the object with this UID, which is gone or has not Coffer's mark any more; returns whose it was.
    pub fn forget(&mut self, namespace: &str, uid: &str) -> Option<ObjectKey> {
        let found = self
            .of_namespace(namespace)
            .find(|(_, right)| *right.uid == *uid);
        let account = found?.0.clone();
        self.0.remove(&account);
        Some(account)
    }

    /// Keeps those that a list has, which began when memory had this version; returns whose the others were.
    pub fn retain(&mut self, listed: &BTreeSet<Box<str>>, began: u64) -> Vec<ObjectKey> {
        let is_gone = |(_, right): &(&ObjectKey, &Right<T>)| {
            right.version <= began && !listed.contains(&right.uid)
        };
        let gone: Vec<_> = self.0.iter().filter(is_gone).collect();
        let gone: Vec<_> = gone.into_iter().map(|(key, _)| key.clone()).collect();
        for account in &gone {
            self.0.remove(account);
        }
        gone
    }

    /// The latest version in memory.
    #[must_use]
    pub fn latest(&self) -> u64 {
        let versions = self.0.values().map(|right| right.version);
        versions.max().unwrap_or_default()
    }

    /// Of one account.
    #[must_use]
    pub fn get(&self, account: &ObjectKey) -> Option<&Right<T>> {
        self.0.get(account)
    }

    /// Of all accounts of a namespace.
    pub fn of_namespace(&self, name: &str) -> impl Iterator<Item = (&ObjectKey, &Right<T>)> {
        let from = self.0.range(ObjectKey::new(name, "")..);
        from.take_while(move |(account, _)| *account.namespace == *name)
    }

    /// All accounts that have one.
    pub fn accounts(&self) -> impl Iterator<Item = &ObjectKey> {
        self.0.keys()
    }
}

impl Rights<Arc<Names>> {
    /// The accounts whose Role lets them read a native Secret, or says something else than Coffer wrote.
    #[must_use]
    pub fn holders(&self, native: &ObjectKey) -> BTreeSet<ObjectKey> {
        let there = self.of_namespace(&native.namespace);
        let holds = |role: &Role| role.says.as_ref().is_none_or(|it| it.has(&native.name));
        let holders = there.filter(|(_, role)| holds(role));
        holders.map(|(account, _)| account.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Fingerprinter {
        Fingerprinter::from_secret_bytes(&[7; 32]).unwrap()
    }

    fn seen(account: &str, uid: &str, version: &str) -> (ObjectKey, Role) {
        let names = Names::new(["x".into()].into()).unwrap().0;
        let mut object = access::role("shop", account, &names, &keys());
        object.metadata.uid = Some(uid.to_owned());
        object.metadata.resource_version = Some(version.to_owned());
        role(&object, &keys()).unwrap()
    }

    fn known(of: &[(&str, &str, &str)]) -> Rights<Arc<Names>> {
        let mut rights = Rights::default();
        for (account, uid, version) in of {
            let (key, right) = seen(account, uid, version);
            assert!(rights.put(key, right));
        }
        rights
    }

    #[test]
    fn of_an_answer_and_the_watch_the_later_stays_whichever_comes_first() {
        let mut rights = known(&[("web", "a", "7")]);
        for (version, is_news) in [("6", false), ("7", false), ("8", true)] {
            let (key, right) = seen("web", "a", version);
            assert_eq!(rights.put(key, right), is_news, "{version}");
        }
    }

    #[test]
    fn what_is_forgotten_is_that_very_object() {
        let mut rights = known(&[("web", "anew", "7")]);
        assert_eq!(rights.forget("shop", "former"), None);
        assert_eq!(rights.forget("other", "anew"), None);
        assert_eq!(
            rights.forget("shop", "anew"),
            Some(ObjectKey::new("shop", "web"))
        );
    }

    #[test]
    fn a_list_takes_away_what_it_has_not_and_nothing_that_was_written_since() {
        let mut rights = known(&[("a", "a", "5"), ("b", "b", "6"), ("c", "c", "8")]);
        let gone = rights.retain(&["a".into()].into(), 6);
        assert_eq!(gone, [ObjectKey::new("shop", "b")]);
        assert_eq!(rights.accounts().count(), 2);
    }

    #[test]
    fn a_role_is_held_by_who_may_read_the_secret_there_and_where_it_says_something_else() {
        let mut rights = known(&[("web", "a", "7")]);
        let web: BTreeSet<_> = [ObjectKey::new("shop", "web")].into();
        assert_eq!(rights.holders(&ObjectKey::new("shop", "x")), web);
        assert!(rights.holders(&ObjectKey::new("shop", "y")).is_empty());
        assert!(rights.holders(&ObjectKey::new("shops", "x")).is_empty());
        let (key, mut edited) = seen("web", "a", "8");
        edited.says = None;
        rights.put(key, edited);
        assert_eq!(rights.holders(&ObjectKey::new("shop", "y")), web);
    }

    #[test]
    fn a_binding_of_someone_else_or_to_something_else_does_not_say_what_it_should() {
        let whole = access::binding("shop", "web", &keys());
        assert_eq!(binding(&whole, &keys()).unwrap().1.says, Some(()));
        let mut others = whole.clone();
        others.subjects.as_mut().unwrap()[0].name = "mallory".to_owned();
        let mut more = whole.clone();
        let web = more.subjects.as_ref().unwrap()[0].clone();
        more.subjects.as_mut().unwrap().push(web);
        let mut elsewhere = whole.clone();
        elsewhere.role_ref.kind = "ClusterRole".to_owned();
        let mut unseen = whole.clone();
        unseen.metadata.labels = None;
        for it in [others, more, elsewhere, unseen] {
            assert_eq!(binding(&it, &keys()).unwrap().1.says, None);
        }
        let mut bare = whole;
        bare.metadata.annotations = None;
        assert!(binding(&bare, &keys()).is_none());
    }
}
