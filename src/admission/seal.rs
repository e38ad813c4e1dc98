//! Webhook `seal`: no value goes on in clear.

use std::time::Instant;

use json_patch::PatchOperation;
use kube::core::DynamicObject;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::door::Door;
use super::review::{Refusal, Request, Verdict};
use super::{reseal, scrub};
use crate::api::{Encoding, Generate, Reason, Secret, SecretKeySource};
use crate::index::feed::SILENCE;
use crate::index::{ObjectKey, UsableKeys};
use crate::keys::NoKeys;
use crate::policy::names::is_subdomain;
use crate::policy::operations::{add, put_envelopes};
use crate::policy::{Problem, generate, values};

/// Seals the values that are in clear, each in its field; takes them out of the copy of the manifest; and
/// carries generated values over that a writer dropped.
pub(super) async fn secret(door: &Door, request: &Request<Secret>) -> Verdict {
    let Some(secret) = &request.object else {
        return Verdict::default();
    };
    let stored = request.old_object.as_ref();
    let mut verdict = Verdict::default();
    if values::plaintexts(secret).next().is_some() {
        match sealed(door, secret, stored, request.dry_run).await {
            Ok(Sealed {
                envelopes,
                is_thrown_away,
            }) => {
                verdict.patch.extend(put_envelopes(secret, envelopes));
                verdict.warnings.extend(is_thrown_away.then(thrown_away));
            }
            Err(refusal) => return refusal.into(),
        }
    }
    match reseal::asked(door, secret, request.dry_run).await {
        Ok(operations) => verdict.patch.extend(operations),
        Err(refusal) => return refusal.into(),
    }
    if let Some(stored) = stored {
        verdict.patch.extend(carried_over(secret, stored));
    }
    verdict.patch.extend(scrub::secret(request).patch);
    verdict
}

fn carried_over(secret: &Secret, stored: &Secret) -> Vec<PatchOperation> {
    let mut operations = Vec::new();
    for (key, before) in generate::dropped(secret, stored) {
        let parts = [
            ("value", json!(before.value)),
            ("generated", json!(before.generated)),
        ];
        for (field, part) in parts.into_iter().filter(|(_, part)| !part.is_null()) {
            operations.push(add(["spec", "data", key, field], part));
        }
    }
    operations
}

/// Key and envelope of what was in clear.
struct Sealed {
    envelopes: Vec<(String, String)>,
    /// Whether their key is gone with this answer.
    is_thrown_away: bool,
}

async fn sealed(
    door: &Door,
    secret: &Secret,
    old: Option<&Secret>,
    dry_run: bool,
) -> Result<Sealed, Refusal> {
    check_names(secret)?;
    let key = ObjectKey::of(secret);
    let store = ObjectKey::new(&key.namespace, &secret.spec.store_ref.name);
    let is_thrown_away = dry_run && door.index.keys(&store).is_none();
    let keys = keys_of(door, &store, dry_run).await?;
    let now = Instant::now();
    let stored = match old {
        Some(old) if values::would_compare(secret, old) && door.guesses.may_compare(&key, now) => {
            door.stored(&key, old).await
        }
        _ => None,
    };
    let sealing = values::seal_plaintext(secret, stored.as_ref(), &keys);
    door.count_differing(&key, sealing.differing, now);
    match Problem::join(&sealing.problems) {
        Some(problem) => Err(Refusal::invalid(&problem)),
        None => Ok(Sealed {
            envelopes: sealing.sealed,
            is_thrown_away,
        }),
    }
}

/// The API server looks at names after the webhooks. Keys are not made for what it then refuses, nor is it
/// repeated whatever its length.
fn check_names(secret: &Secret) -> Result<(), Refusal> {
    let problem = match secret.metadata.name.as_deref() {
        None => nameless(),
        Some(name) if !is_subdomain(name) => unusable_name("metadata.name"),
        Some(_) if !is_subdomain(&secret.spec.store_ref.name) => {
            unusable_name("spec.storeRef.name")
        }
        Some(_) => return Ok(()),
    };
    Err(Refusal::invalid(&problem))
}

fn unusable_name(field: &str) -> Problem {
    Problem::new(
        Reason::StoreNotFound,
        format!(
            "`{field}` has at most 253 lower-case letters, digits, '-' and '.', and begins and ends with a \
             letter or digit"
        ),
    )
}

fn thrown_away() -> String {
    "the store has no keys yet, and a dry run makes none: what it shows of the values cannot be opened, so do \
     not keep it"
        .to_owned()
}

/// The keys to seal with.
///
/// # Errors
/// There are none, for good or just now; or the ones in memory may have been retired since.
pub(super) async fn keys_of(
    door: &Door,
    store: &ObjectKey,
    dry_run: bool,
) -> Result<UsableKeys, Refusal> {
    match door.keys.keys_of(store, dry_run).await {
        Ok(keys) => Ok(keys),
        Err(NoKeys::Problem(problem)) => Err(Refusal::invalid(&problem)),
        Err(error @ NoKeys::CutOff(_)) => {
            tracing::warn!(%store, %error, "refused to seal");
            Err(Refusal::unavailable(cut_off()))
        }
        Err(error) => {
            tracing::warn!(%store, %error, "no keys to seal with");
            Err(no_keys_now(store))
        }
    }
}

fn cut_off() -> String {
    format!(
        "this replica of the operator has not heard from the API server for {} s, so its keys may be retired ones: \
         try again, which may ask another replica. The operator's log says more",
        SILENCE.as_secs()
    )
}

fn no_keys_now(store: &ObjectKey) -> Refusal {
    Refusal::unavailable(format!(
        "store `{}` has no keys to seal with just now: try again. The operator's log says more",
        store.name
    ))
}

/// A Secret that does not read is refused here if it may hold a value, because there is no telling what in
/// it is one; the API server refuses it anyway, but may quote it.
pub(super) fn mistyped(request: &Request<DynamicObject>) -> Verdict {
    let data = request
        .object
        .as_ref()
        .and_then(|object| object.data.pointer("/spec/data"))
        .and_then(Json::as_object);
    let wrong = data
        .into_iter()
        .flatten()
        .find_map(|(key, item)| ill_formed(key, item));
    let message = wrong.unwrap_or_else(|| {
        "a field of this Secret does not have its type: see `kubectl explain csec.spec`".to_owned()
    });
    let problem = Problem::new(Reason::ValueMissing, message);
    Refusal::invalid(&problem).into()
}

/// The field of an item that is not of its type. What it holds is not repeated: it may be the value.
fn ill_formed(key: &str, item: &Json) -> Option<String> {
    fn is_wrong<T: DeserializeOwned>(field: &Json) -> bool {
        !field.is_null() && T::deserialize(field).is_err()
    }
    let value = &item["value"];
    let (field, remedy) = if !value.is_null() && !value.is_string() {
        ("value", "is not a string: quote it")
    } else if is_wrong::<Encoding>(&item["encoding"]) {
        ("encoding", "is none of `Text`, `Base64`")
    } else if is_wrong::<Generate>(&item["generate"]) {
        (
            "generate",
            "is not as it should be: see `kubectl explain csec.spec.data.generate`",
        )
    } else if is_wrong::<SecretKeySource>(&item["fromSecret"]) {
        (
            "fromSecret",
            "needs a `name` and a `key`, which are strings",
        )
    } else {
        return None;
    };
    Some(format!("`spec.data.{key}.{field}` {remedy}"))
}

fn nameless() -> Problem {
    Problem::new(
        Reason::ValueMissing,
        "`metadata.generateName`: a value is sealed for its Secret's name, so give `metadata.name`, or seal \
         the value with `coffer seal` for a store that allows the binding Store",
    )
}
