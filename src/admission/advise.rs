//! Webhook `advise`: what the controller would say, said at once, by the same rules. It refuses what can
//! never be served as it is, and warns of what is not there yet.

use kube::ResourceExt as _;

use super::door::Door;
use super::review::{Refusal, Request, Verdict};
use crate::api::{KeyState, Reason, Secret, SecretValue};
use crate::crypto::{BindingKind, Envelope, KeyId};
use crate::index::{ObjectKey, StoreKeys, UsableKeys};
use crate::policy::native::Desired;
use crate::policy::values::{self, Sources};
use crate::policy::{Problem, bindings, template};

/// Judges a Secret by what has changed in it.
pub(super) fn secret(door: &Door, request: &Request<Secret>) -> Verdict {
    let Some(secret) = &request.object else {
        return Verdict::default();
    };
    let mut problems = values::lacking(secret);
    sources(door, secret, &mut problems);
    let mut retired = Vec::new();
    let store = ObjectKey::new(
        secret.metadata.namespace.as_deref().unwrap_or_default(),
        &secret.spec.store_ref.name,
    );
    match door.index.stores.get(&store.to_ref()) {
        None => problems.push(Problem::new(
            Reason::StoreNotFound,
            format!(
                "`spec.storeRef.name`: SecretStore `{}` does not exist in this namespace yet",
                store.name
            ),
        )),
        Some(store_object) => {
            // Without keys there is nothing to judge by: a dry run for a new store has left none, and those of
            // a former namespace of this name are not for whoever has it now.
            let keys = door.index.keys(&store);
            if let Some(keys) = keys.filter(|keys| keys.are_of(&store_object)) {
                retired = sealed_with_retired(secret, request.old_object.as_ref(), &keys);
                let keys = UsableKeys::new(door.index.clone(), keys);
                let allowed = bindings::of(&store_object);
                content(
                    secret,
                    request.old_object.as_ref(),
                    &keys,
                    &allowed,
                    &mut problems,
                );
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
    )
}

/// What is followed has to be there, and its owner has to agree.
fn sources(door: &Door, secret: &Secret, problems: &mut Vec<Problem>) {
    let namespace = secret.namespace().unwrap_or_default();
    for source in secret
        .spec
        .data
        .values()
        .filter_map(|v| v.from_secret.as_ref())
    {
        let native = ObjectKey::new(&namespace, &source.name);
        if door.index.source_version(&native).is_none() {
            problems.push(Problem::new(
                Reason::SourceNotFound,
                format!(
                    "`fromSecret`: there is no native secret `{}` with the label coffer.dev/source=true yet",
                    source.name
                ),
            ));
        }
    }
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
fn content(
    secret: &Secret,
    old: Option<&Secret>,
    keys: &UsableKeys,
    allowed: &[BindingKind],
    problems: &mut Vec<Problem>,
) {
    let old = old.filter(|old| old.spec.store_ref == secret.spec.store_ref);
    let is_as_it_was = |key: &String, item: &SecretValue| {
        let before = old.and_then(|old| old.spec.data.get(key));
        item.value.is_some() && before.is_some_and(|before| before.value == item.value)
    };
    let is_whole = secret.spec.data.values().all(|item| item.value.is_some());
    let target = secret.spec.target.iter();
    if !is_whole && let Some(Err(problem)) = target.map(|it| template::parse(&it.template)).next() {
        problems.push(problem);
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
        .retain(|key, item| item.value.is_some() && (needs_all || !is_as_it_was(key, item)));
    if judged.spec.data.is_empty() {
        return;
    }
    match values::open(&judged, keys, allowed, &NoSources) {
        Ok(values) if is_whole => problems.extend(Desired::of(&judged, values).err()),
        Ok(_) => {}
        Err(found) => problems.extend(found),
    }
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
