//! PodPolicies, and what makes one be written anew: the labels of its namespace, who asks from there, and the Secrets and
//! stores that are delivered there. Whoever turned nothing on costs a look into an empty set.

use std::collections::HashSet;
use std::sync::Arc;

use kube::Api;
use kube::runtime::watcher::{self, Event};

use super::{Feeds, Seen};
use crate::api::wellknown::POD_POLICY_NAME;
use crate::api::{PodPolicy, Secret};
use crate::index::pods::{Written, delivered};
use crate::index::verified::told;
use crate::index::{ObjectKey, read};
use crate::policy::scopes::Labels;

impl Feeds {
    /// Watches PodPolicies.
    pub async fn pod_policies(self) {
        let mut listed: HashSet<Box<str>> = HashSet::new();
        let config = watcher::Config::default().fields(&format!("metadata.name={POD_POLICY_NAME}"));
        self.run("podpolicies.coffer.dev", Api::all, config, |event| {
            let event: Event<Seen<PodPolicy>> = event;
            match &event {
                Event::Init => listed.clear(),
                Event::InitApply(Ok(policy)) => {
                    listed.insert(ObjectKey::of(policy).namespace);
                    self.policy_is(policy);
                }
                Event::InitDone => {
                    let listed = std::mem::take(&mut listed);
                    let known: Vec<_> = read(&self.index.pods).keys().cloned().collect();
                    for gone in known.iter().filter(|it| !listed.contains(*it)) {
                        let uid = self.index.pod_policy(gone).map(|it| it.uid.clone());
                        self.policy_is_gone(gone, &uid.unwrap_or_default());
                    }
                }
                Event::Apply(Ok(policy)) => self.policy_is(policy),
                Event::Delete(Ok(policy)) => {
                    let uid = policy.metadata.uid.as_deref().unwrap_or_default();
                    self.policy_is_gone(&ObjectKey::of(policy).namespace, uid);
                }
                Event::Delete(Err(unreadable)) => {
                    let uid = unreadable.0.uid.as_deref().unwrap_or_default();
                    self.policy_is_gone(&ObjectKey::of_meta(&unreadable.0).namespace, uid);
                }
                Event::InitApply(Err(unreadable)) => {
                    listed.insert(ObjectKey::of_meta(&unreadable.0).namespace);
                }
                Event::Apply(Err(_)) => {}
            }
        })
        .await;
    }

    fn policy_is(&self, policy: &PodPolicy) {
        let namespace = ObjectKey::of(policy).namespace;
        if self.index.put_pod_policy(&namespace, Written::of(policy)) {
            self.triggers.pods(&namespace);
        }
    }

    fn policy_is_gone(&self, namespace: &str, uid: &str) {
        if self.index.forget_pod_policy(namespace, uid) {
            self.triggers.pods(namespace);
        }
    }

    /// All of them, as after a new list of what they are made from.
    pub(super) fn wake_all_pods(&self) {
        for namespace in self.index.with_pod_policies() {
            self.triggers.pods(&namespace);
        }
    }

    /// Those that may list native Secrets of Secrets of this store.
    pub(super) fn wake_pods_of_store(&self, store: &ObjectKey) {
        for namespace in self.index.restricting(&store.namespace, store) {
            self.triggers.pods(&namespace);
        }
    }

    /// Those that may list native Secrets of a Secret, where it is not as it was.
    pub(super) fn wake_pods_of(&self, former: Option<&Secret>, now: Option<&Secret>) {
        let version = |secret: Option<&Secret>| {
            secret.map(|it| (it.metadata.uid.clone(), it.metadata.generation))
        };
        let delivered = |secret: Option<&Secret>| -> Vec<_> {
            secret.into_iter().flat_map(delivered).collect()
        };
        let is_same = version(former) == version(now)
            && delivered(former) == delivered(now)
            && told(former) == told(now);
        if is_same {
            return;
        }
        let both = former.into_iter().chain(now);
        for secret in both {
            let store = ObjectKey::store_of(secret);
            if !secret.spec.scopes.is_empty() {
                self.wake_pods_of_store(&store);
            } else if self.index.lists_any(secret) {
                self.triggers.pods(&store.namespace);
            }
        }
    }

    /// The one of a namespace that restricts its pods, where its labels changed.
    pub(super) fn wake_pods_labelled(&self, namespace: &str, former: Option<&Arc<Labels>>) {
        let now = read(&self.index.consumers).labels(namespace);
        if former == now.as_ref() {
            return;
        }
        if self.index.restricts_pods(namespace) || self.index.pod_policy(namespace).is_some() {
            self.triggers.pods(namespace);
        }
    }

    /// The one of the namespace of a native Secret that came, or is gone, where it is listed and is not there, or the
    /// other way round.
    pub(super) fn wake_pods_with(&self, native: &ObjectKey, is_there: bool) {
        if !self.index.restricts_pods(&native.namespace) {
            return;
        }
        let written = self.index.pod_policy(&native.namespace);
        let is_listed = written.is_some_and(|it| it.spec.secrets.contains_key(&*native.name));
        if is_listed != is_there {
            self.triggers.pods(&native.namespace);
        }
    }
}
