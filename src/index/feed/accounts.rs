//! The quotas of namespaces, by their annotation.

use std::collections::HashMap;

use k8s_openapi::api::core::v1 as core;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use kube::{Api, ResourceExt as _};

use super::{Feeds, Seen};
use crate::api::wellknown::ACCOUNT_QUOTA_ANNOTATION;
use crate::index::write;
use crate::policy::quota::AccountQuota;

impl Feeds {
    /// Watches namespaces.
    pub async fn accounts(self) {
        let mut listed = HashMap::new();
        let config = watcher::Config::default();
        self.run("namespaces", Api::all, config, |event| {
            let event: Event<Seen<PartialObjectMeta<core::Namespace>>> = event;
            match &event {
                Event::Init => listed.clear(),
                Event::InitApply(Ok(namespace)) => {
                    let quota = own_quota(namespace);
                    listed.extend(quota.map(|quota| (namespace.name_any().into(), quota)));
                }
                Event::InitDone => {
                    let listed = std::mem::take(&mut listed);
                    let changed = write(&self.index.accounts).renew(listed);
                    for name in &changed {
                        self.quota_changed(name);
                    }
                }
                Event::Apply(Ok(namespace)) => {
                    let (name, quota) = (namespace.name_any(), own_quota(namespace));
                    if write(&self.index.accounts).set(&name, quota) {
                        self.quota_changed(&name);
                    }
                }
                Event::Delete(Ok(namespace)) => {
                    write(&self.index.accounts).set(&namespace.name_any(), None);
                }
                Event::InitApply(Err(_)) | Event::Apply(Err(_)) | Event::Delete(Err(_)) => {}
            }
        })
        .await;
    }

    /// Those that wait are told of the new quota, or get a place.
    fn quota_changed(&self, namespace: &str) {
        for secret in self.index.waiting(namespace) {
            self.triggers.secret(&secret);
        }
    }
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
