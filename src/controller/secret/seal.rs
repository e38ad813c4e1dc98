//! Before anything else is done: what is plaintext is sealed in place, in the same field, and what is to
//! be generated is filled in. One write for all of it.

use std::sync::Arc;

use jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Map, Value as Json, json};

use super::Found;
use crate::api::Secret;
use crate::api::wellknown::LAST_APPLIED_ANNOTATION;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::ObjectKey;
use crate::policy::generate::{self, Change};
use crate::policy::{scrub, values};

/// Seals what is plaintext, takes it out of the annotation where `kubectl apply` left a copy, and makes
/// what is due of the generated values. What cannot be sealed or made stays as it is; the next step
/// says why.
pub(super) async fn run(ctx: &Context, found: Found) -> Result<Found, Error> {
    let Some(keys) = &found.keys else {
        return Ok(found);
    };
    let sealed = values::seal_plaintext(&found.secret, None, keys).sealed;
    let (changes, _) = generate::changes(&found.secret, keys, Timestamp::now());
    let copy = found
        .secret
        .metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get(LAST_APPLIED_ANNOTATION));
    // A value under a misspelt field is in the copy only.
    let held_plaintext =
        !sealed.is_empty() || copy.is_some_and(|copy| scrub::holds_plaintext(copy));
    if !held_plaintext && changes.is_empty() {
        return Ok(found);
    }
    let annotations = copy
        .and_then(|copy| scrub::last_applied(copy))
        .map(|scrubbed| json!({ LAST_APPLIED_ANNOTATION: scrubbed }));
    let patch = json!({
        "metadata": {
            "resourceVersion": found.secret.metadata.resource_version,
            "annotations": annotations.unwrap_or_else(|| json!({})),
        },
        "spec": { "data": data(&sealed, &changes) },
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
    if held_plaintext {
        tracing::info!(%key, values = sealed.len(), "sealed values that were stored as plaintext");
    }
    if !changes.is_empty() {
        let made = changes.iter().filter(|change| change.value.is_some());
        tracing::info!(%key, made = made.count(), "brought generated values up to date");
    }
    Ok(Found {
        secret: Arc::new(secret),
        held_plaintext,
        ..found
    })
}

/// The items of `spec.data` that change, as a merge patch (RFC 7396).
fn data(sealed: &[(String, String)], changes: &[Change]) -> Map<String, Json> {
    let mut data = Map::new();
    for (key, envelope) in sealed {
        // What is given in the place of a generated value is not generated.
        let item = json!({ "value": envelope, "generated": null });
        data.insert(key.clone(), item);
    }
    for change in changes {
        let mut item = json!({
            "generated": {
                "at": change.generated.at,
                "previous": change.generated.previous,
            },
        });
        if let Some(envelope) = &change.value {
            item["value"] = json!(envelope.to_string());
        }
        data.insert(change.key.clone(), item);
    }
    data
}
