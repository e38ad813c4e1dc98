//! Writing envelopes in the place of what is there, without coming to own the fields.
//!
//! Who changes a field owns it, and a server-side apply by its author would then conflict. What one manager
//! owns by updates, as after a client-side apply, is written in that manager's name. Otherwise the list of
//! owners is put back as it was, by a write of its own: the API server adds the writer to the owners of
//! what a request changes, whatever the request says of owners. A crash between the two, or another
//! writer, leaves the operator as the owner: the author's next server-side apply is told of a conflict,
//! and `--force-conflicts` ends it.

use json_patch::{Patch as JsonPatch, PatchOperation};
use kube::ResourceExt as _;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use super::context::Context;
use super::error::Error;
use crate::api::Secret;
use crate::index::ObjectKey;
use crate::policy::operations::{replace_with, test};
use crate::policy::owners;

const MANAGER: &str = "coffer/secret";

/// Changes a Secret as it was read, and only that; returns it as it then is. It is not reconciled in
/// between, which would write its status.
pub(super) async fn write(
    ctx: &Context,
    secret: &Secret,
    operations: Vec<PatchOperation>,
) -> Result<Secret, Error> {
    let uid = secret.metadata.uid.as_deref().unwrap_or_default();
    ctx.in_flight.hold(uid);
    let written = write_held(ctx, secret, operations).await;
    match &written {
        Ok(secret) => ctx
            .in_flight
            .wrote(uid, secret.metadata.resource_version.clone(), None),
        Err(_) => ctx.in_flight.release(uid),
    }
    // What it was woken for meanwhile was put off.
    ctx.triggers.secret(&ObjectKey::of(secret));
    written
}

/// The same for whoever holds it, and does more to it.
pub(super) async fn write_held(
    ctx: &Context,
    secret: &Secret,
    operations: Vec<PatchOperation>,
) -> Result<Secret, Error> {
    let namespace = secret.metadata.namespace.as_deref().unwrap_or_default();
    let api = Api::<Secret>::namespaced(ctx.client.clone(), namespace);
    let owned = with_owners(&api, secret).await?;
    if let Some(owner) = owners::sole(&owned, &operations) {
        return patch(&api, &owned, operations, owner).await;
    }
    let changed = patch(&api, &owned, operations, MANAGER.to_owned()).await?;
    if changed.managed_fields() == owned.managed_fields() {
        return Ok(changed);
    }
    let owners = replace_with(["metadata", "managedFields"], json!(owned.managed_fields()));
    patch(&api, &changed, vec![owners], MANAGER.to_owned()).await
}

/// Memory does without the owners.
async fn with_owners(api: &Api<Secret>, secret: &Secret) -> Result<Secret, Error> {
    if !secret.managed_fields().is_empty() {
        return Ok(secret.clone());
    }
    let read = api.get(&secret.name_any()).await.map_err(failed(secret))?;
    if read.resource_version() == secret.resource_version() {
        Ok(read)
    } else {
        Err(Error::Stale)
    }
}

async fn patch(
    api: &Api<Secret>,
    secret: &Secret,
    mut operations: Vec<PatchOperation>,
    manager: String,
) -> Result<Secret, Error> {
    let version = json!(secret.resource_version());
    operations.insert(0, test(["metadata", "resourceVersion"], version));
    let params = PatchParams {
        field_manager: Some(manager),
        ..PatchParams::default()
    };
    let patch = Patch::Json::<()>(JsonPatch(operations));
    let patched = api.patch(&secret.name_any(), &params, &patch).await;
    patched.map_err(failed(secret))
}

fn failed(secret: &Secret) -> impl FnOnce(kube::Error) -> Error {
    Error::api(
        "seal the values of",
        format!("Secret {}", ObjectKey::of(secret)),
    )
}
