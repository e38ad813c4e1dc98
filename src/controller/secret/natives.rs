//! The requests on native Secrets, with what each of them may be decided on.

use k8s_openapi::api::core::v1 as core;
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::PartialObjectMeta;

use crate::controller::error::Error;
use crate::index::ObjectKey;

const MANAGER: &str = "coffer/secret";

/// The native Secrets of one namespace.
pub(super) struct Natives(Api<core::Secret>);

impl Natives {
    pub(super) fn of(client: &Client, namespace: &str) -> Self {
        Self(Api::namespaced(client.clone(), namespace))
    }

    pub(super) async fn get(&self, key: &ObjectKey) -> Result<Option<core::Secret>, Error> {
        self.0.get_opt(&key.name).await.map_err(failed("read", key))
    }

    /// Without its data.
    pub(super) async fn metadata(
        &self,
        key: &ObjectKey,
    ) -> Result<Option<PartialObjectMeta<core::Secret>>, Error> {
        let metadata = self.0.get_metadata_opt(&key.name).await;
        metadata.map_err(failed("look for", key))
    }

    /// `None` where an object of this name exists.
    pub(super) async fn create(
        &self,
        object: &core::Secret,
    ) -> Result<Option<core::Secret>, kube::Error> {
        let params = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PostParams::default()
        };
        match self.0.create(&params, object).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The patch tests the resourceVersion that it was decided on.
    pub(super) async fn patch(
        &self,
        name: &str,
        patch: json_patch::Patch,
    ) -> Result<core::Secret, kube::Error> {
        let params = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        self.0.patch(name, &params, &Patch::Json::<()>(patch)).await
    }

    /// Deletes this very object, as it was looked at.
    pub(super) async fn delete(
        &self,
        key: &ObjectKey,
        uid: &str,
        resource_version: &str,
    ) -> Result<(), Error> {
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: Some(resource_version.to_owned()),
            }),
            ..DeleteParams::default()
        };
        match self.0.delete(&key.name, &params).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(error) => Err(failed("delete", key)(error)),
        }
    }
}

fn failed(action: &'static str, key: &ObjectKey) -> impl FnOnce(kube::Error) -> Error {
    Error::api(action, format!("native secret {key}"))
}
