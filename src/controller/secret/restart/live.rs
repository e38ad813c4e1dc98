//! A workload as it is looked at.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt as _;
use kube::core::{NotUsed, Object};
use serde::{Deserialize, Serialize};

use super::roll::Change;
use crate::api::{Secret, Workload};
use crate::index::ObjectKey;
use crate::policy::{native, restart};

/// Of its pod template nothing else is kept: the environment there can hold values.
pub(super) type Live = Object<Spec, NotUsed>;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Spec {
    #[serde(default)]
    template: Template,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Template {
    metadata: Option<ObjectMeta>,
}

/// The annotations of the pod template.
pub(super) fn annotations(live: &Live) -> Option<&BTreeMap<String, String>> {
    live.spec.template.metadata.as_ref()?.annotations.as_ref()
}

impl Change<'_> {
    /// The entries of Secrets that are gone, or that no longer name the workload. A pod template has room for some three
    /// thousand entries.
    pub(super) fn stale<'a>(&self, live: &'a Live, workload: &Workload) -> Vec<&'a str> {
        let written = annotations(live).into_iter().flatten();
        let others = written.filter_map(|(key, _)| {
            let name = restart::secret_of(key).filter(|_| *key != self.annotation)?;
            (!self.is_named_by(name, workload)).then_some(key.as_str())
        });
        let mut stale: Vec<_> = others.collect();
        if stale.iter().any(|key| restart::is_shortened(key)) {
            let named = self.shortened(workload);
            stale.retain(|key| !named.contains(*key));
        }
        stale
    }

    fn is_named_by(&self, secret: &str, workload: &Workload) -> bool {
        let key = ObjectKey::new(self.namespace, secret);
        let secret = self.ctx.index.secrets.get(&key.to_ref::<Secret>());
        secret.is_some_and(|secret| self.names(&secret, workload))
    }

    fn names(&self, secret: &Secret, workload: &Workload) -> bool {
        let store = ObjectKey::store_of(secret).to_ref();
        let store = self.ctx.index.stores.get(&store);
        let secret = native::with_target(secret, store.as_deref());
        let target = secret.spec.target.as_ref();
        target.is_some_and(|target| target.restart.contains(workload))
    }

    /// The entries of Secrets whose names are too long to be found by them. Looks at all Secrets, where there are such.
    fn shortened(&self, workload: &Workload) -> BTreeSet<String> {
        let all = self.ctx.index.secrets.state();
        let here = all
            .iter()
            .filter(|secret| secret.metadata.namespace.as_deref() == Some(self.namespace));
        let long = here.map(|secret| (secret, restart::annotation(&secret.name_any())));
        let long = long.filter(|(_, entry)| restart::is_shortened(entry));
        let named = long.filter(|(secret, _)| self.names(secret, workload));
        named.map(|(_, entry)| entry).collect()
    }
}
