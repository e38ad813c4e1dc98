//! The names as the watches show them.

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use kube::Resource;
use kube::runtime::reflector::Store;

use super::{Called, Names};
use crate::api::{Secret, SecretStore};
use crate::index::catalogue::Catalogue;
use crate::index::{Index, ObjectKey, read, write};
use crate::policy::quota::Age;

/// A kind whose objects have a name on the REST interfaces.
pub trait Named: Resource<DynamicType = ()> + Clone + 'static {
    /// The name that it says, where it says one.
    fn says(&self) -> Option<&String>;
    /// The store in which its name is unique; nothing where it is the namespace.
    fn within(&self) -> &str;
    /// The objects of its kind.
    fn all(index: &Index) -> (&RwLock<Names>, &Store<Self>);
    /// How they are listed.
    fn catalogue(index: &Index) -> &RwLock<Catalogue>;
}

impl Named for Secret {
    fn says(&self) -> Option<&String> {
        self.spec.name.as_ref()
    }

    fn within(&self) -> &str {
        &self.spec.store_ref.name
    }

    fn all(index: &Index) -> (&RwLock<Names>, &Store<Self>) {
        (&index.secret_names, &index.secrets)
    }

    fn catalogue(index: &Index) -> &RwLock<Catalogue> {
        &index.secret_catalogue
    }
}

impl Named for SecretStore {
    fn says(&self) -> Option<&String> {
        self.spec.name.as_ref()
    }

    fn within(&self) -> &'static str {
        ""
    }

    fn all(index: &Index) -> (&RwLock<Names>, &Store<Self>) {
        (&index.store_names, &index.stores)
    }

    fn catalogue(index: &Index) -> &RwLock<Catalogue> {
        &index.store_catalogue
    }
}

impl Called {
    fn of(object: &impl Named) -> Self {
        let meta = object.meta();
        let name = object.says().or(meta.name.as_ref());
        Self {
            namespace: meta.namespace.as_deref().unwrap_or_default().into(),
            within: object.within().into(),
            name: name.map_or("", String::as_str).into(),
        }
    }

    /// Who has the name by the manifest.
    fn by_manifest<K: Named>(&self, objects: &Store<K>) -> Option<Arc<K>> {
        let key = ObjectKey::new(&self.namespace, &self.name);
        let object = objects.get(&key.to_ref());
        object.filter(|object| Self::of(&**object) == *self)
    }
}

fn said(object: &impl Named) -> Option<(Called, Age)> {
    object.says()?;
    Some((Called::of(object), Age::of(object)?))
}

impl Index {
    /// Whether an older one has the name of this object.
    #[must_use]
    pub fn is_name_taken<K: Named>(&self, object: &K) -> bool {
        let (names, objects) = K::all(self);
        // Of their manifests no two have one name.
        if read(names).is_empty() {
            return false;
        }
        let (called, Some(age)) = (Called::of(object), Age::of(object)) else {
            return false;
        };
        let of_manifest = called.by_manifest(objects);
        let of_manifest = of_manifest.and_then(|other| Age::of(&*other));
        of_manifest.is_some_and(|other| other < age) || read(names).has_older(&called, age)
    }

    /// Who has a name: the oldest that is called so.
    #[must_use]
    pub fn holder<K: Named>(&self, called: &Called) -> Option<Arc<K>> {
        let (names, objects) = K::all(self);
        let says = read(names).oldest(called).next();
        let says = says.and_then(|key| objects.get(&key.to_ref()));
        let age = |object: &Arc<K>| Age::of(&**object);
        let both = says.into_iter().chain(called.by_manifest(objects));
        both.min_by_key(age)
    }

    /// Notes what an object is called now. Returns the others that may have got or lost a name by it.
    pub(in crate::index) fn note_name<K: Named>(
        &self,
        former: Option<&K>,
        now: Option<&K>,
    ) -> Vec<ObjectKey> {
        let (names, objects) = K::all(self);
        let Some(key) = now.or(former).map(ObjectKey::of) else {
            return Vec::new();
        };
        let mut news = write(names).set(&key, now.and_then(said));
        let is_another = former.map(|it| &it.meta().uid) != now.map(|it| &it.meta().uid);
        let (before, after) = (former.map(Called::of), now.map(Called::of));
        if is_another || before != after {
            news.extend(before.into_iter().chain(after));
        }
        let mut concerned = BTreeSet::new();
        for called in news {
            concerned.extend(read(names).oldest(&called));
            concerned.extend(called.by_manifest(objects).map(|it| ObjectKey::of(&*it)));
        }
        concerned.remove(&key);
        concerned.into_iter().collect()
    }

    /// Notes all objects of a kind, and forgets all others.
    pub(in crate::index) fn note_all_names<K: Named>(&self) {
        let (names, objects) = K::all(self);
        let mut all = Names::default();
        for object in objects.state() {
            all.set(&ObjectKey::of(&*object), said(&*object));
        }
        *write(names) = all;
    }
}
