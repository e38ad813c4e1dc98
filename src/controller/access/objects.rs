//! The requests on Roles and RoleBindings, each about one very object.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::rbac::v1 as rbac;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::controller::error::Error;
use crate::index::{ObjectKey, Observed};

const MANAGER: &str = "coffer/access";

/// A Role or a RoleBinding.
pub(super) trait Kind:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
{
}

impl Kind for rbac::Role {}
impl Kind for rbac::RoleBinding {}

/// `None` where an object of this name exists.
pub(super) async fn create<K: Kind>(client: &Client, object: &K) -> Result<Option<K>, Error> {
    let params = PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    };
    match api::<K, K>(client, object).create(&params, object).await {
        Ok(object) => Ok(Some(object)),
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
        Err(error) => Err(failed("create", object)(error)),
    }
}

/// The one of this name.
pub(super) async fn get<K: Kind>(client: &Client, named: &K) -> Result<Option<K>, Error> {
    let name = named.meta().name.as_deref().unwrap_or_default();
    let found = api::<K, Observed<K>>(client, named).get_opt(name).await;
    let found = found.map_err(failed("read", named))?;
    found.map(|it| read(it, named)).transpose()
}

/// Makes this very Role what it is to be, whatever was done to it.
pub(super) async fn restore(
    client: &Client,
    wanted: &rbac::Role,
    uid: &str,
) -> Result<rbac::Role, Error> {
    let patch = json!({
        "metadata": {
            "uid": uid,
            "labels": wanted.metadata.labels,
            "annotations": wanted.metadata.annotations,
        },
        "rules": wanted.rules,
    });
    patch_role(client, wanted, &patch).await
}

/// Takes everything out of this very Role. One that is gone, or another by now, is as good.
pub(super) async fn empty(client: &Client, named: &rbac::Role, uid: &str) -> Result<(), Error> {
    let patch = json!({ "metadata": { "uid": uid }, "rules": null });
    match patch_role(client, named, &patch).await {
        Err(Error::Stale) => Ok(()),
        patched => patched.map(drop),
    }
}

async fn patch_role(
    client: &Client,
    named: &rbac::Role,
    patch: &Json,
) -> Result<rbac::Role, Error> {
    let params = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let name = named.metadata.name.as_deref().unwrap_or_default();
    let patched = api::<rbac::Role, Observed<rbac::Role>>(client, named)
        .patch(name, &params, &Patch::Merge(patch))
        .await;
    read(patched.map_err(failed("update", named))?, named)
}

/// Deletes this very object. Says whether it is gone: someone's finalizer may hold it, and then it says what it said.
pub(super) async fn delete<K: Kind>(client: &Client, named: &K, uid: &str) -> Result<bool, Error> {
    let params = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(uid.to_owned()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    let name = named.meta().name.as_deref().unwrap_or_default();
    match api::<K, Observed<K>>(client, named)
        .delete(name, &params)
        .await
    {
        Ok(answer) => {
            let held = answer.left();
            Ok(held.is_none_or(|held| held.meta().deletion_timestamp.is_none()))
        }
        Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(true),
        Err(error) => Err(failed("delete", named)(error)),
    }
}

fn api<K: Kind, R>(client: &Client, of: &K) -> Api<R>
where
    R: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let namespace = of.meta().namespace.as_deref().unwrap_or_default();
    Api::namespaced(client.clone(), namespace)
}

fn read<K: Kind>(object: Observed<K>, named: &K) -> Result<K, Error> {
    object.read().map_err(|_| Error::Unreadable(what(named)))
}

fn failed<K: Kind>(action: &'static str, object: &K) -> impl FnOnce(kube::Error) -> Error {
    Error::api(action, what(object))
}

fn what<K: Kind>(object: &K) -> String {
    format!("{} {}", K::kind(&()), ObjectKey::of(object))
}
