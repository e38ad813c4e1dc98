//! Step four: the native Secret with the wrapped keys, in the operator's namespace.

use std::sync::Arc;

use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::{Api, Patch, PatchParams, PostParams};

use super::dereference::Found;
use crate::api::Reason;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::store_keys::{self, Record};
use crate::index::{Link, StoreKeys};
use crate::policy::Problem;
use crate::telemetry;

/// The store's keys as they now rest.
pub(super) async fn run(
    ctx: &Context,
    found: &Found,
    record: Option<Record>,
) -> Result<Arc<StoreKeys>, Failure> {
    let stored = found.keys.as_ref().filter(|keys| keys.is_stored());
    let object = match (record, stored, &found.keys) {
        (None, Some(keys), _) => return Ok(keys.clone()),
        (Some(record), Some(keys), _) => replace(ctx, &record, &keys.resource_version).await?,
        (Some(record), None, _) => create(ctx, found, &record).await?,
        // Someone deleted the native Secret of a living store: what memory still has is put back.
        (None, None, Some(keys)) => create(ctx, found, &keys.record).await?,
        (None, None, None) => return Err(Error::Stale.into()),
    };
    let keys = StoreKeys::read(&object, &ctx.keyring).map_err(|error| unusable(&error))?;
    let keys = ctx.index.put_keys(keys);
    for secret in ctx.index.dependents(&Link::Store(found.key.clone())) {
        let _ = ctx.triggers.secrets.send(secret.to_ref());
    }
    Ok(keys)
}

/// Keys that are there but do not read are never overwritten: they may be all there is.
fn unusable(error: &store_keys::Error) -> Problem {
    Problem::new(Reason::KeysUnusable, telemetry::chain(error))
}

/// Create-if-absent: whoever comes second takes what is there.
async fn create(ctx: &Context, found: &Found, record: &Record) -> Result<core::Secret, Failure> {
    let api = api(ctx);
    let object = record.to_native(&ctx.config.operator_namespace);
    let name = object.name_any();
    match api.create(&PostParams::default(), &object).await {
        Ok(object) => {
            tracing::info!(store = %found.key, native = name, "stored the store's keys");
            Ok(object)
        }
        Err(kube::Error::Api(status)) if status.is_already_exists() => {
            let object = api
                .get(&name)
                .await
                .map_err(Error::api("read", format!("native secret {name}")))?;
            let keys = StoreKeys::read(&object, &ctx.keyring).map_err(|error| unusable(&error))?;
            ctx.index.put_keys(keys);
            Err(Error::Stale.into())
        }
        Err(error) => Err(Error::api("create", format!("native secret {name}"))(error).into()),
    }
}

async fn replace(ctx: &Context, record: &Record, version: &str) -> Result<core::Secret, Error> {
    let name = record.native_name();
    let mut object = record.to_native(&ctx.config.operator_namespace);
    object.metadata.resource_version = Some(version.to_owned());
    api(ctx)
        .patch(&name, &PatchParams::default(), &Patch::Merge(&object))
        .await
        .map_err(Error::api("update", format!("native secret {name}")))
}

fn api(ctx: &Context) -> Api<core::Secret> {
    Api::namespaced(ctx.client.clone(), &ctx.config.operator_namespace)
}
