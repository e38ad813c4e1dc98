//! Webhook `advise`: what the controller would say, said at once, by the same rules. It refuses what can
//! never be served as it is, and warns of what is not there yet.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use kube::ResourceExt as _;
use tokio::task::block_in_place;

use super::door::Door;
use super::review::{Refusal, Request, Verdict};
use crate::api::{KeyState, Reason, Secret, SecretStore, SecretValue};
use crate::crypto::{BindingKind, Envelope, KeyId};
use crate::index::{ObjectKey, StoreKeys, UsableKeys};
use crate::policy::native::{self, Desired, conflict};
use crate::policy::values::{self, Sources};
use crate::policy::{Problem, bindings, delivery, names, template};

/// How long a review waits for a place to have its envelopes opened.
const PATIENCE: Duration = Duration::from_secs(1);

/// Judges a Secret by what has changed in it.
pub(super) async fn secret(door: &Door, request: &Request<Secret>) -> Verdict {
    let Some(secret) = &request.object else {
        return Verdict::default();
    };
    let store = ObjectKey::store_of(secret);
    let store_object = door.index.stores.get(&store.to_ref());
    let effective = native::with_target(secret, store_object.as_deref());
    let has_default_target = matches!(effective, Cow::Owned(_));
    let secret = &*effective;
    let old = request.old_object.as_ref();
    let old = old.map(|old| native::with_target(old, store_object.as_deref()));
    let old = old.as_deref();
    let mut problems = values::lacking(secret);
    problems.extend(sources(door, secret));
    problems.extend(target(door, secret, old));
    let mut retired = Vec::new();
    match store_object {
        None => {
            problems.push(Problem::no_store(&store.name));
            let new = secret.spec.data.iter();
            let new = new.filter(|(key, item)| !is_as_it_was(old, key, item));
            problems.extend(new.filter_map(|(key, item)| values::malformed(key, item)));
        }
        Some(store_object) => {
            problems.extend(place(door, secret, old, &store_object));
            problems.extend(delivery::unknown_scopes(
                secret,
                &store_object,
                &door.index.default_scopes,
            ));
            let is_taken = door.index.is_name_taken(secret);
            problems.extend(is_taken.then(|| names::taken_in_store(secret)));
            // Without keys there is nothing to judge by: a dry run for a new store has left none, and those of
            // a former namespace of this name are not for whoever has it now.
            let keys = door.index.keys(&store);
            if let Some(keys) = keys.filter(|keys| keys.are_of(&store_object)) {
                retired = sealed_with_retired(secret, old, &keys);
                let keys = UsableKeys::new(door.index.clone(), keys);
                let allowed = bindings::of(&store_object);
                let found = content(door, secret, old, &keys, &allowed)
                    .await
                    .into_iter();
                let found = found.map(|problem| {
                    if has_default_target {
                        native::of_default_target(problem, &store.name)
                    } else {
                        problem
                    }
                });
                problems.extend(found);
            }
        }
    }
    let (refusals, warnings): (Vec<_>, Vec<_>) = problems.into_iter().partition(is_final);
    Verdict {
        refusal: Problem::join(&refusals).map(|problem| Refusal::invalid(&problem)),
        warnings: warnings
            .into_iter()
            .map(|problem| problem.message)
            .chain(retired)
            .collect(),
        ..Verdict::default()
    }
}

/// Whether nothing but another object can make it good.
fn is_final(problem: &Problem) -> bool {
    matches!(
        problem.reason,
        Reason::EnvelopeMalformed
            | Reason::EnvelopeMismatch
            | Reason::EncodingInvalid
            | Reason::ValueTooLarge
            | Reason::TemplateFailed
            | Reason::TargetInvalid
    )
}

/// What is followed has to be there, its owner has to agree, and it must not be Coffer's own.
fn sources(door: &Door, secret: &Secret) -> Vec<Problem> {
    let namespace = secret.namespace().unwrap_or_default();
    let items = secret.spec.data.values();
    let names: BTreeSet<_> = items
        .filter_map(|item| Some(&item.from_secret.as_ref()?.name))
        .collect();
    let problem = |name: &String| {
        let native = ObjectKey::new(&namespace, name);
        if door.index.native(&native).is_some() {
            return Some(conflict::delivered_source(name));
        }
        door.index.source_version(&native).is_none().then(|| {
            Problem::new(
                Reason::SourceNotFound,
                format!(
                    "`fromSecret`: there is no native secret `{name}` with the label coffer.dev/source=true yet"
                ),
            )
        })
    };
    names.into_iter().filter_map(problem).collect()
}

/// A Secret that is new to its store may not have a place there.
fn place(
    door: &Door,
    secret: &Secret,
    old: Option<&Secret>,
    store: &SecretStore,
) -> Option<Problem> {
    let is_new = old.is_none_or(|old| old.spec.store_ref != secret.spec.store_ref);
    let limit = is_new.then(|| door.index.full(&ObjectKey::store_of(secret)));
    door.index.exceeded(store, limit.flatten()?)
}

/// A name that the target has only now must not be that of what another Secret delivers. What nobody delivers is not in
/// memory, and not asked for: whoever reaches the port could learn of the native Secrets of other namespaces.
fn target(door: &Door, secret: &Secret, old: Option<&Secret>) -> Option<Problem> {
    let name = native::name_of(secret)?;
    // The name of what is immutable follows from values that may not open here.
    if native::versions::is_wanted(secret) {
        return None;
    }
    if old.is_some_and(|old| native::name_of(old).as_ref() == Some(&name)) {
        return None;
    }
    let key = ObjectKey::new(&secret.namespace().unwrap_or_default(), &name);
    let native = door.index.native(&key)?;
    let other = ObjectKey::new(&key.namespace, &native.origin_name);
    let other = door.index.secrets.get(&other.to_ref::<Secret>())?;
    let recorded = conflict::recorded(&other, &key.namespace, &name)?;
    let is_anothers = *native.origin_name != *secret.name_any() && *recorded.uid == *native.uid;
    is_anothers.then(|| conflict::shared(&name, &native.origin_name))
}

/// What is new, and opens, but was sealed with a key that has a successor.
fn sealed_with_retired(secret: &Secret, old: Option<&Secret>, keys: &StoreKeys) -> Vec<String> {
    let is_retired = |id: KeyId| {
        let mut all = keys.all();
        all.any(|(key, _)| key.id == id && key.state == KeyState::Retired)
    };
    let is_new = |(key, item): &(&String, &SecretValue)| {
        let before = old.and_then(|old| old.spec.data.get(*key));
        item.generate.is_none() && before.is_none_or(|before| before.value != item.value)
    };
    let items = secret.spec.data.iter().filter(is_new);
    let retired = items.filter(|(_, item)| {
        let envelope = item
            .value
            .as_ref()
            .and_then(|value| Envelope::parse(value.expose()).ok());
        envelope.is_some_and(|envelope| is_retired(envelope.key_id()))
    });
    retired
        .map(|(key, _)| {
            format!(
                "`spec.data.{key}.value` is sealed with a key that was retired: it opens, and `coffer reseal` \
                 renews it in its manifest"
            )
        })
        .collect()
}

/// Whether every value opens, and the template can be filled in with them. Values that are as they were,
/// and those that are followed, are not looked at.
///
/// What finds no place for that in time is admitted without: the controller says the same a moment later.
async fn content(
    door: &Door,
    secret: &Secret,
    old: Option<&Secret>,
    keys: &UsableKeys,
    allowed: &[BindingKind],
) -> Vec<Problem> {
    let Some(_turn) = door.turn(secret, PATIENCE).await else {
        return Vec::new();
    };
    block_in_place(|| judge(secret, old, keys, allowed))
}

/// Whether the former object had this very value under the key.
fn is_as_it_was(old: Option<&Secret>, key: &str, item: &SecretValue) -> bool {
    let before = old.and_then(|old| old.spec.data.get(key));
    item.value.is_some() && before.is_some_and(|before| before.value == item.value)
}

fn judge(
    secret: &Secret,
    old: Option<&Secret>,
    keys: &UsableKeys,
    allowed: &[BindingKind],
) -> Vec<Problem> {
    let old = old.filter(|old| old.spec.store_ref == secret.spec.store_ref);
    let is_whole = secret.spec.data.values().all(|item| item.value.is_some());
    let mut problems = Vec::new();
    if !is_whole && let Some(target) = &secret.spec.target {
        problems.extend(template::parse(&target.template).err());
    }
    let target_changed = old.is_none_or(|old| old.spec.target != secret.spec.target);
    let has_template = secret
        .spec
        .target
        .iter()
        .any(|target| !target.template.is_empty());
    let needs_all = is_whole && (target_changed || has_template);
    let mut judged = secret.clone();
    judged
        .spec
        .data
        .retain(|key, item| item.value.is_some() && (needs_all || !is_as_it_was(old, key, item)));
    if judged.spec.data.is_empty() {
        return problems;
    }
    match values::open(&judged, keys, allowed, &NoSources) {
        Ok(values) if is_whole => problems.extend(Desired::of(&judged, values).err()),
        Ok(_) => {}
        Err(found) => problems.extend(found),
    }
    problems
}

/// Nothing is followed at the door.
struct NoSources;

impl Sources for NoSources {
    fn read(
        &self,
        source: &crate::api::SecretKeySource,
    ) -> Result<crate::crypto::Plaintext, Problem> {
        Err(Problem::new(
            Reason::SourceNotFound,
            format!("native secret `{}` is not read here", source.name),
        ))
    }
}
