//! The native Secret with the identity, written by compare-and-swap: whoever comes second takes what is
//! there.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};

use super::Identity;
use crate::api::wellknown::{PART_LABEL, WEBHOOK_IDENTITY_NAME, WEBHOOK_IDENTITY_PART};

/// The entry that holds it.
const ENTRY: &str = "identity.json";

/// What callers of the REST interfaces have to trust, where they know to look for it. Nothing reads it here.
const AUTHORITY: &str = "ca.crt";

/// Where the identity is kept.
pub(in crate::admission) struct Storage {
    api: Api<core::Secret>,
    namespace: String,
}

impl Storage {
    pub(in crate::admission) fn new(client: Client, namespace: String) -> Self {
        Self {
            api: Api::namespaced(client, &namespace),
            namespace,
        }
    }

    /// Writes it, in place of the one that has this resourceVersion. `None`: someone else was quicker.
    pub(in crate::admission) async fn write(
        &self,
        identity: &Identity,
        over: Option<&str>,
    ) -> kube::Result<Option<core::Secret>> {
        let mut object = self.object(identity);
        let written = match over {
            None => self.api.create(&PostParams::default(), &object).await,
            Some(version) => {
                object.metadata.resource_version = Some(version.to_owned());
                let patch = Patch::Merge(&object);
                self.api
                    .patch(WEBHOOK_IDENTITY_NAME, &PatchParams::default(), &patch)
                    .await
            }
        };
        match written {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status))
                if status.is_already_exists() || status.is_conflict() || status.is_not_found() =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn object(&self, identity: &Identity) -> core::Secret {
        let json = serde_json::to_vec(identity).expect("an identity is plain data");
        core::Secret {
            metadata: ObjectMeta {
                name: Some(WEBHOOK_IDENTITY_NAME.to_owned()),
                namespace: Some(self.namespace.clone()),
                labels: Some([(PART_LABEL.to_owned(), WEBHOOK_IDENTITY_PART.to_owned())].into()),
                ..ObjectMeta::default()
            },
            data: Some(
                [
                    (ENTRY.to_owned(), ByteString(json)),
                    (AUTHORITY.to_owned(), ByteString(identity.bundle().into())),
                ]
                .into(),
            ),
            ..core::Secret::default()
        }
    }
}

/// The identity in a native Secret; `None` when it does not read, which is no loss: a new one is made.
pub(in crate::admission) fn read(object: &core::Secret) -> Option<Identity> {
    let ByteString(bytes) = object.data.as_ref()?.get(ENTRY)?;
    let identity: Identity = serde_json::from_slice(bytes).ok()?;
    let is_whole = !identity.authorities.is_empty()
        && identity.paths.iter().any(|path| !path.token.is_empty());
    is_whole.then_some(identity)
}
