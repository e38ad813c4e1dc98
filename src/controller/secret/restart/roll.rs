//! The requests on one workload.

use k8s_openapi::NamespaceResourceScope;
use kube::api::{Api, Patch, PatchParams};
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use serde_json::json;

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
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned,
        K: std::fmt::Debug,
    {
        let api = Api::<K>::namespaced(self.ctx.client.clone(), self.namespace);
        let params = PatchParams {
            field_manager: Some("coffer/restart".to_owned()),
            ..PatchParams::default()
        };
        for _ in 0..TRIES {
            let live = api.get_metadata_opt(&workload.name).await;
            let Some(live) = live.map_err(|error| refused(workload, "look for", error))? else {
                return Err(missing(workload).into());
            };
            if live.labels().get(RESTART_LABEL).map(String::as_str) != Some("true") {
                return Err(no_consent(workload).into());
            }
            let patch = json!({
                "metadata": { "uid": live.uid(), "resourceVersion": live.resource_version() },
                "spec": { "template": { "metadata": { "annotations": { &self.annotation: &self.digest } } } },
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
