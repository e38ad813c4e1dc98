//! Coffer's objects on the cluster: read, create, patch.
//!
//! They are read as JSON: the errors of typed deserialisers quote what they found, and a Secret may
//! hold a value in clear.

use anyhow::bail;
use kube::api::{
    Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams,
    ValidationDirective,
};
use serde_json::Value as Json;

use super::{Cluster, Error, FIELD_MANAGER, Request};
use crate::api::wellknown::GROUP;

impl Cluster {
    /// The store as the API server has it.
    pub(in crate::cli) fn store(&self, namespace: &str, name: &str) -> anyhow::Result<Json> {
        match self.get("SecretStore", namespace, name) {
            Ok(Some(store)) => Ok(store.data),
            Ok(None) => bail!(
                "the cluster has no SecretStore {namespace}/{name}; create it, or correct its name or the namespace"
            ),
            Err(error) => Err(anyhow::Error::from(error).context(format!(
                "cannot read SecretStore {namespace}/{name}; ask for the right to get secretstores, or for its YAML and use --sealing-key"
            ))),
        }
    }

    /// One object; none when there is none of that name.
    pub(in crate::cli) fn get(
        &self,
        kind: &'static str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<DynamicObject>, Error> {
        let api = self.api(kind, Some(namespace));
        let request = request("get", kind, Some(namespace));
        match self.ask(request, api.get(name)) {
            Ok(object) => Ok(Some(object)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates an object; with `dry_run` the API server only judges it.
    pub(in crate::cli) fn create(
        &self,
        kind: &'static str,
        namespace: &str,
        object: &DynamicObject,
        dry_run: bool,
    ) -> Result<DynamicObject, Error> {
        let params = PostParams {
            dry_run,
            field_manager: Some(FIELD_MANAGER.to_owned()),
        };
        let api = self.api(kind, Some(namespace));
        let request = request("create", kind, Some(namespace));
        self.ask(request, api.create(&params, object))
    }

    /// Changes an object by a merge patch. One with a resourceVersion fails with
    /// [`Error::Conflict`] when the object is another by now.
    pub(in crate::cli) fn merge(
        &self,
        kind: &'static str,
        namespace: &str,
        name: &str,
        patch: &Json,
        dry_run: bool,
    ) -> Result<DynamicObject, Error> {
        let params = PatchParams {
            dry_run,
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let api = self.api(kind, Some(namespace));
        let request = request("patch", kind, Some(namespace));
        self.ask(request, api.patch(name, &params, &Patch::Merge(patch)))
    }

    /// Lets the API server judge what `kubectl apply --server-side` of this object would do.
    pub(in crate::cli) fn judge(
        &self,
        kind: &'static str,
        namespace: &str,
        name: &str,
        object: &Json,
    ) -> Result<(), Error> {
        let params = PatchParams {
            dry_run: true,
            force: true,
            field_manager: Some(FIELD_MANAGER.to_owned()),
            field_validation: Some(ValidationDirective::Strict),
        };
        let api = self.api(kind, Some(namespace));
        let request = request("patch", kind, Some(namespace));
        self.ask(request, api.patch(name, &params, &Patch::Apply(object)))
            .map(drop)
    }

    /// The API of a kind in a namespace, or in all.
    pub(in crate::cli) fn api(&self, kind: &str, namespace: Option<&str>) -> Api<DynamicObject> {
        let resource = resource_of(kind);
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }
    }
}

/// The request for the words of an error.
pub(in crate::cli) fn request(
    verb: &'static str,
    kind: &'static str,
    namespace: Option<&str>,
) -> Request {
    Request {
        verb: verb.to_owned(),
        resource: resource(kind),
        namespace: namespace.map(str::to_owned),
    }
}

fn resource_of(kind: &str) -> ApiResource {
    let gvk = GroupVersionKind::gvk(GROUP, "v1alpha1", kind);
    ApiResource::from_gvk_with_plural(&gvk, plural(kind))
}

fn resource(kind: &str) -> &'static str {
    match kind {
        "SecretStore" => "secretstores.coffer.dev",
        _ => "secrets.coffer.dev",
    }
}

fn plural(kind: &str) -> &'static str {
    match kind {
        "SecretStore" => "secretstores",
        _ => "secrets",
    }
}
