//! Plaintext on first sight: sealed in place, in the same field, before anything else is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use super::Found;
use crate::api::Secret;
use crate::api::wellknown::LAST_APPLIED_ANNOTATION;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::ObjectKey;
use crate::policy::{scrub, values};

/// Seals what is plaintext, and takes it out of the annotation where `kubectl apply` left a copy.
/// Values that cannot be sealed stay; the next step says why.
pub(super) async fn run(ctx: &Context, found: Found) -> Result<Found, Error> {
    let Some(keys) = &found.keys else {
        return Ok(found);
    };
    let sealed = values::seal_plaintext(&found.secret, None, keys).sealed;
    let copy = found
        .secret
        .metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get(LAST_APPLIED_ANNOTATION));
    // A value under a misspelt field is in the copy only.
    if sealed.is_empty() && !copy.is_some_and(|copy| scrub::holds_plaintext(copy)) {
        return Ok(found);
    }
    let data: BTreeMap<_, _> = sealed
        .iter()
        .map(|(key, envelope)| (key, json!({ "value": envelope })))
        .collect();
    let annotations = copy
        .and_then(|copy| scrub::last_applied(copy))
        .map(|scrubbed| json!({ LAST_APPLIED_ANNOTATION: scrubbed }));
    let patch = json!({
        "metadata": {
            "resourceVersion": found.secret.metadata.resource_version,
            "annotations": annotations.unwrap_or_else(|| json!({})),
        },
        "spec": { "data": data },
    });
    let key = ObjectKey::of(&*found.secret);
    let params = PatchParams {
        field_manager: Some("coffer/secret".to_owned()),
        ..PatchParams::default()
    };
    let secret = Api::<Secret>::namespaced(ctx.client.clone(), &key.namespace)
        .patch(&key.name, &params, &Patch::Merge(&patch))
        .await
        .map_err(Error::api("seal the values of", format!("Secret {key}")))?;
    ctx.in_flight
        .wrote(found.uid(), secret.metadata.resource_version.clone(), None);
    tracing::info!(%key, values = sealed.len(), "sealed values that were stored as plaintext");
    Ok(Found {
        secret: Arc::new(secret),
        held_plaintext: true,
        ..found
    })
}
