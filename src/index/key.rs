//! The name of a namespaced object, small enough to be kept a hundred thousand times.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::reflector::{Lookup, ObjectRef};

use crate::api::Secret;

/// Namespace and name of an object; which kind it is follows from where the key is used.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Namespace.
    pub namespace: Box<str>,
    /// Name.
    pub name: Box<str>,
}

impl ObjectKey {
    /// From the two names.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// Of an object; a cluster-scoped one has an empty namespace.
    #[must_use]
    pub fn of<K: kube::Resource>(object: &K) -> Self {
        Self::of_meta(object.meta())
    }

    /// Of an object's metadata.
    #[must_use]
    pub fn of_meta(meta: &ObjectMeta) -> Self {
        Self::new(
            meta.namespace.as_deref().unwrap_or_default(),
            meta.name.as_deref().unwrap_or_default(),
        )
    }

    /// Of the store that a Secret names.
    #[must_use]
    pub fn store_of(secret: &Secret) -> Self {
        let namespace = secret.metadata.namespace.as_deref().unwrap_or_default();
        Self::new(namespace, &secret.spec.store_ref.name)
    }

    /// As kube-runtime's queues want it.
    #[must_use]
    pub fn to_ref<K: Lookup<DynamicType = ()>>(&self) -> ObjectRef<K> {
        ObjectRef::new(&self.name).within(&self.namespace)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
