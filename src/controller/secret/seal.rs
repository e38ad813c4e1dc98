//! Before anything else is done: what is plaintext is sealed in place, in the same field, and what is to
//! be generated is filled in.

use std::sync::Arc;

use jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Map, Value as Json, json};

use super::Found;
use super::dereference::with_target;
use crate::api::Secret;
use crate::api::wellknown::LAST_APPLIED_ANNOTATION;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::in_place;
use crate::index::ObjectKey;
use crate::policy::generate::{self, Change};
use crate::policy::operations::{put_envelopes, scrub_copy};
use crate::policy::{scrub, values};

/// Seals what is plaintext, takes it out of the annotation where `kubectl apply` left a copy, and makes
/// what is due of the generated values. What cannot be sealed or made stays as it is; the next step
/// says why.
pub(super) async fn run(ctx: &Context, found: Found) -> Result<Found, Error> {
    let Some(keys) = &found.keys else {
        return Ok(found);
    };
    let key = ObjectKey::of(&*found.secret);
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
    let mut secret = found.secret.clone();
    if held_plaintext {
        let values = sealed.len();
        let mut operations = put_envelopes(&secret, sealed);
        operations.extend(scrub_copy(&secret));
        secret = Arc::new(in_place::write(ctx, &secret, operations).await?);
        tracing::info!(%key, values, "sealed values that were stored as plaintext");
    }
    if !changes.is_empty() {
        secret = Arc::new(fill_in(ctx, &secret, &changes).await?);
        ctx.in_flight
            .wrote(found.uid(), secret.metadata.resource_version.clone(), None);
        let made = changes.iter().filter(|change| change.value.is_some());
        tracing::info!(%key, made = made.count(), "brought generated values up to date");
    }
    Ok(Found {
        secret: with_target(secret, found.store.as_deref()),
        held_plaintext,
        ..found
    })
}

/// What is generated is Coffer's own.
async fn fill_in(ctx: &Context, secret: &Secret, changes: &[Change]) -> Result<Secret, Error> {
    let patch = json!({
        "metadata": { "resourceVersion": secret.metadata.resource_version },
        "spec": { "data": data(changes) },
    });
    let key = ObjectKey::of(secret);
    let params = PatchParams {
        field_manager: Some("coffer/secret".to_owned()),
        ..PatchParams::default()
    };
    Api::<Secret>::namespaced(ctx.client.clone(), &key.namespace)
        .patch(&key.name, &params, &Patch::Merge(&patch))
        .await
        .map_err(Error::api("generate values of", format!("Secret {key}")))
}

/// The items of `spec.data` that change, as a merge patch (RFC 7396).
fn data(changes: &[Change]) -> Map<String, Json> {
    let mut data = Map::new();
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
