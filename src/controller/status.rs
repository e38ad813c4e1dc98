//! Writing a status: only when it differs, only onto the object that was looked at.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Resource, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::error::Error;
use crate::index::Observed;

/// Writes `wanted` where it differs from `before`. Returns the metadata as they then are, or `None` when
/// there was nothing to write.
///
/// The patch carries the resourceVersion of the object that was looked at: if someone changed it
/// meanwhile, the status would speak of something that is no longer so, and the patch fails.
pub(super) async fn write<K, S>(
    client: &Client,
    object: &K,
    before: Option<&S>,
    wanted: &S,
    manager: &str,
) -> Result<Option<ObjectMeta>, Error>
where
    K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
    S: Serialize + PartialEq,
{
    if before == Some(wanted) {
        return Ok(None);
    }
    let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
    let api = Api::<Observed<K>>::namespaced(client.clone(), &namespace);
    let patch = json!({
        "metadata": { "resourceVersion": object.resource_version() },
        "status": merge_patch(before, wanted),
    });
    let params = PatchParams {
        field_manager: Some(manager.to_owned()),
        ..PatchParams::default()
    };
    api.patch_status(&name, &params, &Patch::Merge(&patch))
        .await
        .map(|written| Some(written.meta().clone()))
        .map_err(Error::api(
            "write the status of",
            format!("{} {namespace}/{name}", K::kind(&())),
        ))
}

/// The merge patch (RFC 7396) between two statuses: fields that are gone become null.
fn merge_patch<S: Serialize>(before: Option<&S>, wanted: &S) -> Json {
    let to_json = |status: &S| serde_json::to_value(status).expect("a status is plain data");
    let mut patch = to_json(wanted);
    if let (Some(Json::Object(before)), Json::Object(patch)) = (before.map(to_json), &mut patch) {
        for field in before.into_iter().map(|(field, _)| field) {
            patch.entry(field).or_insert(Json::Null);
        }
    }
    patch
}
