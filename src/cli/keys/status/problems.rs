//! What someone has to do something about, and what only looks like it. Each ends with the remedy. No client.

use std::collections::BTreeSet;

use kube::ResourceExt as _;

use super::report::Found;
use crate::api::{ConditionType, Reason, SecretStore};
use crate::cli::keys::list::damaged;
use crate::cli::keys::record::{Content, Stored};
use crate::cli::keys::references::Users;
use crate::cli::keys::roots::{self, Damage, Roots};
use crate::cli::output;
use crate::crypto::KeyId;
use crate::index::roots::PUT_RIGHT;

/// All problems, the widest first.
pub(super) fn of(found: &Found<'_>) -> Vec<String> {
    let mut problems = match &found.roots {
        None => vec![no_keyring(found)],
        Some(Err(damage)) => vec![damaged_keyring(found, damage)],
        Some(Ok(roots)) => [missing_roots(roots, found), unusable_keyring(found)].concat(),
    };
    problems.extend(damaged_records(found));
    problems.extend(found.stores.iter().filter_map(store));
    problems.extend(lost_keys(found));
    problems
}

/// What is told beside the problems: whoever may write a Secret can name a key that never was, so that no store has
/// it says nothing of the keys.
pub(super) fn notes(found: &Found<'_>) -> Vec<String> {
    let unknown = unknown_keys(found).filter(|key| store_of(key, found).is_none());
    let said = unknown.map(|Unknown { namespace, id, users }| {
        format!(
            "key {id}, which no store of namespace {namespace} has, is named by {users}: seal the values anew, or bring the key back from an export or a backup"
        )
    });
    said.collect()
}

fn no_keyring(found: &Found<'_>) -> String {
    let name = found.keyring_name;
    if found.records.is_empty() {
        return format!(
            "there is no keyring {name}, and no store has keys: is it the --operator-namespace, and did the operator run?"
        );
    }
    format!(
        "the keyring {name} is missing, and only it can unwrap the stores' keys: an operator that runs puts it back after ten seconds; otherwise bring the keys back with `coffer keys import FILE`, because none starts without it"
    )
}

fn damaged_keyring(found: &Found<'_>, damage: &Damage) -> String {
    let name = found.keyring_name;
    format!("the keyring {name} is damaged ({damage}): {PUT_RIGHT}")
}

/// One in which something was changed: an operator that runs does not take it up.
fn unusable_keyring(found: &Found<'_>) -> Vec<String> {
    let name = found.keyring_name;
    let said = found.unusable.iter().map(|why| {
        format!(
            "the keyring {name} cannot be used ({why}): an operator that runs goes on with the former one, but none starts with it; {PUT_RIGHT}"
        )
    });
    said.collect()
}

fn missing_roots(roots: &Roots, found: &Found<'_>) -> Vec<String> {
    let there = roots.numbers();
    let wraps = roots.wraps(found.records).into_iter();
    let missing = wraps.filter(|(number, _)| !there.contains(number));
    let said = missing.map(|(number, keys)| {
        let (root, name) = (roots::name(number), found.keyring_name);
        format!(
            "{root} wraps {} and is not in the keyring {name}: bring the keys back with `coffer keys import FILE`",
            output::count(keys, "key")
        )
    });
    said.collect()
}

fn damaged_records<'a>(found: &'a Found<'_>) -> impl Iterator<Item = String> + 'a {
    let meant = |store: &str| {
        let namespace = found.namespace.map(|namespace| format!("{namespace}/"));
        namespace.is_none_or(|namespace| store.starts_with(&namespace))
    };
    found
        .records
        .iter()
        .filter_map(move |stored| match &stored.content {
            Content::Record { .. } => None,
            Content::Damaged { store } => {
                let store = store.as_deref();
                store.is_none_or(meant).then(|| damaged(stored, store))
            }
        })
}

/// What the operator says of a store's keys.
fn store(store: &SecretStore) -> Option<String> {
    let about_keys = [
        Reason::KeysOfFormerNamespace.as_str(),
        Reason::KeysUnusable.as_str(),
        Reason::TooManyKeys.as_str(),
    ];
    let conditions = store.status.iter().flat_map(|status| &status.conditions);
    let is_ready = |type_: &str| type_ == ConditionType::Ready.as_str();
    let ready = conditions.into_iter().find(|it| is_ready(&it.type_))?;
    let is_problem = ready.status == "False" && about_keys.contains(&&*ready.reason);
    is_problem.then(|| {
        let (namespace, name) = (store.namespace().unwrap_or_default(), store.name_any());
        format!(
            "SecretStore {namespace}/{name}: {}: {}",
            ready.reason, ready.message
        )
    })
}

/// The keys of a store that is there, as the operator wrote them into its status, that are gone since.
fn lost_keys<'a>(found: &'a Found<'_>) -> impl Iterator<Item = String> + 'a {
    unknown_keys(found).filter_map(|key| {
        let store = store_of(&key, found)?.name_any();
        let Unknown { namespace, id, users } = key;
        Some(format!(
            "key {id}, which SecretStore {namespace}/{store} had, is gone, and needed by {users}: bring it back with `coffer keys import FILE`, or seal the values anew"
        ))
    })
}

/// A key that Secrets need, and no store of their namespace has.
struct Unknown<'a> {
    namespace: &'a str,
    id: KeyId,
    users: &'a Users,
}

fn unknown_keys<'a>(found: &'a Found<'_>) -> impl Iterator<Item = Unknown<'a>> {
    let records = found.records.iter().filter_map(Stored::record);
    let known: BTreeSet<(&str, KeyId)> = records
        .flat_map(|record| record.keys.iter().map(|key| (&*record.namespace, key.id)))
        .collect();
    let all = found.needed.all();
    let all = all.map(|(namespace, id, users)| Unknown {
        namespace,
        id,
        users,
    });
    all.filter(move |key| !known.contains(&(key.namespace, key.id)))
}

/// The store that has the key, in the words of its status.
fn store_of<'a>(key: &Unknown<'_>, found: &Found<'a>) -> Option<&'a SecretStore> {
    let id = key.id.to_string();
    found.stores.iter().find(|store| {
        let keys = store.status.iter().flat_map(|status| &status.sealing_keys);
        store.namespace().as_deref() == Some(key.namespace)
            && keys.into_iter().any(|key| key.id == id)
    })
}
