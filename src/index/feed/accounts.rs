//! Namespaces: that they are there, their quotas, by their annotation, and their labels.

use std::collections::{HashMap, HashSet};

use k8s_openapi::api::core::v1 as core;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use kube::{Api, ResourceExt as _};

use super::{Feeds, Seen};
use crate::api::wellknown::ACCOUNT_QUOTA_ANNOTATION;
use crate::index::{read, write};
use crate::policy::quota::AccountQuota;
use crate::policy::scopes::Labels;

impl Feeds {
    /// Watches namespaces.
    pub async fn accounts(self) {
        let mut listed = HashMap::new();
        let mut names: HashSet<Box<str>> = HashSet::new();
        let config = watcher::Config::default();
        self.run("namespaces", Api::all, config, |event| {
            let event: Event<Seen<PartialObjectMeta<core::Namespace>>> = event;
            match &event {
                Event::Init => {
                    listed.clear();
                    names.clear();
                }
                Event::InitApply(Ok(namespace)) => {
                    names.insert(namespace.name_any().into());
                    self.there(namespace);
                    let quota = own_quota(namespace);
                    listed.extend(quota.map(|quota| (namespace.name_any().into(), quota)));
                }
                Event::InitDone => {
                    let listed = std::mem::take(&mut listed);
                    let changed = write(&self.index.accounts).renew(listed);
                    for name in &changed {
                        self.quota_changed(name);
                    }
                    let names = std::mem::take(&mut names);
                    self.index.keep_namespaces(&names);
                    let known = read(&self.index.consumers).namespaces();
                    for gone in known.iter().filter(|name| !names.contains(*name)) {
                        self.labelled(gone, None);
                    }
                }
                Event::Apply(Ok(namespace)) => {
                    self.there(namespace);
                    let (name, quota) = (namespace.name_any(), own_quota(namespace));
                    if write(&self.index.accounts).set(&name, quota) {
                        self.quota_changed(&name);
                    }
                }
                Event::Delete(Ok(namespace)) => {
                    write(&self.index.accounts).set(&namespace.name_any(), None);
                    self.index.note_namespace(&namespace.name_any(), None);
                    self.labelled(&namespace.name_any(), None);
                }
                // Its former labels and quota hold.
                Event::InitApply(Err(unreadable)) => {
                    names.extend(unreadable.0.name.as_deref().map(Box::<str>::from));
                }
                Event::Apply(Err(_)) | Event::Delete(Err(_)) => {}
            }
        })
        .await;
    }

    fn there(&self, namespace: &PartialObjectMeta<core::Namespace>) {
        let (name, uid) = (namespace.name_any(), namespace.metadata.uid.as_deref());
        self.index.note_namespace(&name, uid);
        self.labelled(&name, labels(namespace));
    }

    /// Whoever asks from there may be meant by other scopes now.
    fn labelled(&self, namespace: &str, labels: Option<Labels>) {
        let former = read(&self.index.consumers).labels(namespace);
        let turns = write(&self.index.consumers).label(namespace, labels);
        self.wake_granted(turns);
        self.wake_pods_labelled(namespace, former.as_ref());
    }

    /// Those that wait are told of the new quota, or get a place.
    fn quota_changed(&self, namespace: &str) {
        for secret in self.index.waiting(namespace) {
            self.triggers.secret(&secret);
        }
    }
}

/// `None` where it is going.
fn labels(namespace: &PartialObjectMeta<core::Namespace>) -> Option<Labels> {
    let is_going = namespace.metadata.deletion_timestamp.is_some();
    (!is_going).then(|| namespace.labels().clone())
}

fn own_quota(namespace: &PartialObjectMeta<core::Namespace>) -> Option<AccountQuota> {
    let annotation = namespace.annotations().get(ACCOUNT_QUOTA_ANNOTATION)?;
    let quota = annotation.parse::<AccountQuota>();
    if let Err(remedy) = quota {
        tracing::warn!(
            namespace = namespace.name_any(),
            "annotation {ACCOUNT_QUOTA_ANNOTATION} is no quota, so the operator's holds: {remedy}"
        );
    }
    quota.ok()
}
