//! Namespaces that restrict their pods: what their PodPolicy should say, and what it says.

mod offered;
mod room;
mod there;

use std::collections::BTreeSet;
use std::sync::Arc;

use kube::ResourceExt as _;

use super::{Index, ObjectKey, read, write};
use crate::api::{PodPolicy, PodPolicySpec, Secret};
use crate::policy::pods::{Draft, Taken};

/// A PodPolicy as it is in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// UID.
    pub uid: String,
    /// resourceVersion.
    pub resource_version: String,
    /// What it says.
    pub spec: PodPolicySpec,
    /// How much of its room that takes: counted once, because whoever wants a place looks at it.
    taken: Taken,
}

impl Written {
    /// As the API server gives it.
    #[must_use]
    pub fn of(policy: &PodPolicy) -> Self {
        Self {
            uid: policy.uid().unwrap_or_default(),
            resource_version: policy.resource_version().unwrap_or_default(),
            spec: policy.spec.clone(),
            taken: Taken::of(&policy.namespace().unwrap_or_default(), &policy.spec),
        }
    }

    fn number(&self) -> u64 {
        self.resource_version.parse().unwrap_or_default()
    }
}

/// What is wanted of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: it is gone, or going with all that is in it.
    Nothing,
    /// That there is no PodPolicy.
    Off,
    /// A PodPolicy that says this.
    Policy(PodPolicySpec),
}

impl Index {
    /// Whether a namespace restricts its pods.
    #[must_use]
    pub fn restricts_pods(&self, namespace: &str) -> bool {
        read(&self.consumers).restricts_pods(namespace)
    }

    /// Namespaces that restrict their pods, and those that have a PodPolicy without need.
    #[must_use]
    pub fn with_pod_policies(&self) -> BTreeSet<Box<str>> {
        let mut all = read(&self.consumers).restricting().clone();
        all.extend(read(&self.pods).keys().cloned());
        all
    }

    /// Those of them that may have native Secrets of this Secret: its own namespace, and those of accounts that ask.
    #[must_use]
    pub fn restricting(&self, namespace: &str, store: &ObjectKey) -> BTreeSet<Box<str>> {
        let consumers = read(&self.consumers);
        if consumers.restricting().is_empty() {
            return BTreeSet::new();
        }
        let asking = consumers.namespaces_of(store);
        let all = asking.chain(std::iter::once(namespace));
        all.filter(|it| consumers.restricts_pods(it))
            .map(Box::from)
            .collect()
    }

    /// The PodPolicy of a namespace, as far as memory knows.
    #[must_use]
    pub fn pod_policy(&self, namespace: &str) -> Option<Arc<Written>> {
        read(&self.pods).get(namespace).cloned()
    }

    /// Notes a PodPolicy, as the watch shows it or as it was just written; unless memory has a later one. Says whether
    /// that is news.
    pub fn put_pod_policy(&self, namespace: &str, policy: Written) -> bool {
        let mut all = write(&self.pods);
        let known = all.get(namespace);
        if known.is_some_and(|known| known.number() >= policy.number()) {
            return false;
        }
        all.insert(namespace.into(), Arc::new(policy));
        true
    }

    /// Forgets a PodPolicy that is gone; says whether it was known.
    pub fn forget_pod_policy(&self, namespace: &str, uid: &str) -> bool {
        let mut all = write(&self.pods);
        let is_known = all.get(namespace).is_some_and(|known| known.uid == uid);
        is_known && all.remove(namespace).is_some()
    }

    /// What the PodPolicy of a namespace should say: the native Secrets that are there, and those that are about to be
    /// made. Not what Secrets merely ask for: someone else may have the name. Looks at every Secret that may have a native Secret there.
    #[must_use]
    pub fn wanted_pod_policy(&self, namespace: &str) -> Wanted {
        let Some(labels) = read(&self.consumers).labels(namespace) else {
            return Wanted::Nothing;
        };
        if !self.restricts_pods(namespace) {
            return Wanted::Off;
        }
        let mut draft = Draft::of(namespace, &labels);
        self.list_targets(namespace, &mut draft);
        self.list_copies(namespace, &mut draft);
        self.list_claimed(namespace, &mut draft);
        self.list_leftovers(namespace, &mut draft);
        Wanted::Policy(draft.finish())
    }
}

/// The native Secrets that the status of a Secret shows.
pub(super) fn delivered(secret: &Secret) -> impl Iterator<Item = ObjectKey> {
    let shown = secret.status.iter().flat_map(|status| &status.deliveries);
    shown.map(|it| ObjectKey::new(&it.namespace, &it.name))
}

#[cfg(test)]
mod tests;
