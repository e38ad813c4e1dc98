//! The requests on one workload.

use std::collections::BTreeMap;

use k8s_openapi::NamespaceResourceScope;
use kube::api::{Api, ApiResource, Patch, PatchParams};
use kube::{Resource, ResourceExt as _};
use serde_json::json;

use super::live::{self, Live};
use super::told::{missing, no_consent, refused};
use crate::api::Workload;
use crate::api::wellknown::RESTART_LABEL;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};

/// A workload that rolls out changes all the time, by its status alone.
const TRIES: usize = 5;

/// One change of the content.
pub(super) struct Change<'a> {
    pub(super) ctx: &'a Context,
    pub(super) namespace: &'a str,
    pub(super) annotation: String,
    pub(super) digest: String,
}

impl Change<'_> {
    /// Only onto what was looked at, because who may change a workload may take its consent away.
    pub(super) async fn roll<K>(&self, workload: &Workload) -> Result<(), Failure>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        let client = self.ctx.client.clone();
        let api =
            Api::<Live>::namespaced_with(client, self.namespace, &ApiResource::erase::<K>(&()));
        let params = PatchParams {
            field_manager: Some("coffer/restart".to_owned()),
            ..PatchParams::default()
        };
        for _ in 0..TRIES {
            let live = api.get_opt(&workload.name).await;
            let Some(live) = live.map_err(|error| refused(workload, "look for", error))? else {
                return Err(missing(workload).into());
            };
            if live.labels().get(RESTART_LABEL).map(String::as_str) != Some("true") {
                return Err(no_consent(workload).into());
            }
            let written = live::annotations(&live).and_then(|all| all.get(&self.annotation));
            if written == Some(&self.digest) {
                return Ok(());
            }
            // Along with what restarts it anyway: without that, it would restart it.
            let stale = self.stale(&live, workload);
            let mut entries: BTreeMap<_, _> = stale.into_iter().map(|key| (key, None)).collect();
            entries.insert(&self.annotation, Some(&self.digest));
            let patch = json!({
                "metadata": { "uid": live.uid(), "resourceVersion": live.resource_version() },
                "spec": { "template": { "metadata": { "annotations": entries } } },
            });
            let patched = api
                .patch_metadata(&workload.name, &params, &Patch::Merge(patch))
                .await;
            match patched.map_err(|error| refused(workload, "restart", error)) {
                Ok(_) => return Ok(()),
                Err(Failure::Error(Error::Stale)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Error::Stale.into())
    }
}
