//! The requests on native Secrets, with what each of them may be decided on.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::PartialObjectMeta;
use kube::{Client, Resource as _};

use crate::controller::error::Error;
use crate::index::{ObjectKey, Observed};

const MANAGER: &str = "coffer/secret";

/// The native Secrets of one namespace.
pub(super) struct Natives {
    /// For what others may have written as well.
    api: Api<Observed<core::Secret>>,
    client: Client,
    namespace: String,
}

impl Natives {
    pub(super) fn of(client: &Client, namespace: &str) -> Self {
        Self {
            api: Api::namespaced(client.clone(), namespace),
            client: client.clone(),
            namespace: namespace.to_owned(),
        }
    }

    pub(super) async fn get(&self, key: &ObjectKey) -> Result<Option<core::Secret>, Error> {
        let object = self.api.get_opt(&key.name).await;
        let object = object.map_err(failed("read", key))?;
        object.map(|it| read(it, key)).transpose()
    }

    /// Without its data.
    pub(super) async fn metadata(
        &self,
        key: &ObjectKey,
    ) -> Result<Option<PartialObjectMeta<core::Secret>>, Error> {
        let api: Api<Observed<PartialObjectMeta<core::Secret>>> =
            Api::namespaced(self.client.clone(), &self.namespace);
        let metadata = api.get_opt(&key.name).await;
        let metadata = metadata.map_err(failed("look for", key))?;
        metadata.map(|it| read(it, key)).transpose()
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
        let api = Api::<core::Secret>::namespaced(self.client.clone(), &self.namespace);
        match api.create(&params, object).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The patch tests the resourceVersion that it was decided on. Returns the metadata as they then are.
    pub(super) async fn patch(
        &self,
        name: &str,
        patch: json_patch::Patch,
    ) -> Result<ObjectMeta, kube::Error> {
        let params = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patch = Patch::Json::<()>(patch);
        let patched = self.api.patch(name, &params, &patch).await?;
        Ok(patched.meta().clone())
    }

    /// Deletes this very object; with a resourceVersion as it was looked at.
    pub(super) async fn delete(
        &self,
        key: &ObjectKey,
        uid: &str,
        resource_version: Option<&str>,
    ) -> Result<(), Error> {
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: resource_version.map(str::to_owned),
            }),
            ..DeleteParams::default()
        };
        match self.api.delete(&key.name, &params).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(error) => Err(failed("delete", key)(error)),
        }
    }
}

fn read<K>(object: Observed<K>, key: &ObjectKey) -> Result<K, Error> {
    let what = || format!("native secret {key}");
    object.read().map_err(|_| Error::Unreadable(what()))
}

fn failed(action: &'static str, key: &ObjectKey) -> impl FnOnce(kube::Error) -> Error {
    Error::api(action, format!("native secret {key}"))
}
