//! A store's keys from a file, with those that are there already. No client.
//!
//! What is there is never changed or lost: keys are added, as if they were older. So a key that seals there goes
//! on sealing, whatever a file says of its own; those of the file open. Only what does not open there, and is in
//! the file, is written anew.

use jiff::Timestamp;

use super::clear_keys::{ClearKeys, MOST};
use super::owner::Owner;
use super::salvage::Salvaged;
use crate::api::{KeyState, whole_second};
use crate::crypto::{self, KeyId, Keyring, Suite};
use crate::index::store_keys::{Record, WrappedKey};

/// Why keys do not fit beside those that are there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Conflict {
    #[error(
        "key {0} is there with other content; one of the two is forged: find out which, and remove it"
    )]
    OtherKey(KeyId),
    #[error("key {id} of the file cannot be used")]
    Key {
        id: KeyId,
        #[source]
        source: crypto::Error,
    },
    #[error(
        "the keys there belong to a namespace `{0}` that was deleted, and not all of them are in the file; decide about them first, with `coffer keys adopt {0}/{1}` or `coffer keys shred {0}/{1}`"
    )]
    FormerNamespace(String, String),
    #[error(
        "{0} there does not hold a store's keys; --replace-damaged writes over it: what only it has is lost then"
    )]
    Unreadable(String),
    #[error(
        "key {0} there does not unwrap, and is not in the file; bring back the keyring that wrapped it, or give --replace-damaged: it is lost then"
    )]
    Lost(KeyId),
    #[error(
        "with those that are there it would have more than {MOST} keys; remove some with `coffer keys prune {0}`"
    )]
    TooMany(String),
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Merged {
    /// None when all of it is there, or it is left out.
    pub(super) record: Option<Record>,
    /// How many keys are new.
    pub(super) added: usize,
    /// Whether keys of a former namespace of this name, which are there, become the present one's.
    pub(super) adopted: bool,
    /// Whether keys of a former namespace are left out, because those of another are there.
    pub(super) left_out: bool,
}

/// With `replace`, what is there and does not open is given up where the file does not have it.
///
/// # Errors
/// [`Conflict`].
pub(super) fn merge(
    there: Option<&Salvaged>,
    clear: &ClearKeys,
    (owner, namespace_uid): (Owner, &str),
    replace: bool,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<Merged, Conflict> {
    let uid = match owner {
        Owner::Former => &clear.namespace_uid,
        Owner::Present | Owner::PresentIfAdopted => namespace_uid,
    };
    let is_damaged = there.is_some_and(|there| !there.damage.is_empty());
    if let Some(there) = there
        && !replace
    {
        if there.keys.is_none() {
            return Err(Conflict::Unreadable(there.label()));
        }
        if let Some(lost) = there
            .lost()
            .find(|id| clear.ids().all(|known| known != *id))
        {
            return Err(Conflict::Lost(lost));
        }
    }
    let there = there.and_then(|there| there.keys.as_ref());
    let is_anothers = there.is_some_and(|there| there.record.namespace_uid != uid);
    if is_anothers && owner == Owner::Former {
        let is_there = |id| there.is_some_and(|there| there.find(id).is_some());
        return Ok(Merged {
            record: None,
            added: 0,
            adopted: false,
            left_out: !clear.ids().all(is_there),
        });
    }
    let adopted = is_anothers;
    let mut record = match there {
        Some(there) => there.record.clone(),
        None => Record {
            namespace: clear.namespace.clone(),
            store: clear.store.clone(),
            namespace_uid: uid.to_owned(),
            // The store that is there, or that comes, takes them up.
            store_uid: String::new(),
            store_id: String::new(),
            deletion_policy: clear.deletion_policy,
            rotation: clear.rotation.clone(),
            // Made long ago, perhaps, but their time without a store begins now.
            orphaned: Some(whole_second(now)),
            retention: clear.retention.clone(),
            keys: Vec::new(),
        },
    };
    if adopted {
        let known = |key: &WrappedKey| clear.ids().any(|id| id == key.id);
        if !record.keys.iter().all(known) {
            let (namespace, store) = (clear.namespace.clone(), clear.store.clone());
            return Err(Conflict::FormerNamespace(namespace, store));
        }
        uid.clone_into(&mut record.namespace_uid);
        record.store_uid.clear();
        record.store_id.clear();
        record.orphaned = Some(whole_second(now));
    }
    let mut added = Vec::new();
    for key in &clear.keys {
        let unusable = |source| Conflict::Key { id: key.id, source };
        let store_key = key.to_store_key().map_err(unusable)?;
        if let Some(known) = there.and_then(|there| there.find(key.id)) {
            let same = crypto::Plaintext::from(known.to_secret_bytes())
                == crypto::Plaintext::from(store_key.to_secret_bytes());
            if !same || known.suite() != store_key.suite() {
                return Err(Conflict::OtherKey(key.id));
            }
            continue;
        }
        added.push(WrappedKey {
            id: key.id,
            suite: store_key.suite(),
            state: key.state,
            created: key.created.clone(),
            retired: key.retired.clone(),
            wrapped: keyring.wrap_store_key(&clear.namespace, &clear.store, &store_key),
        });
    }
    let count = added.len();
    record.keys.splice(..0, added);
    if count > 0 && record.keys.len() > MOST {
        return Err(Conflict::TooMany(clear.label()));
    }
    for suite in Suite::ALL {
        one_active(&mut record, suite, now);
    }
    let record = (count > 0 || adopted || is_damaged || there.is_none()).then_some(record);
    Ok(Merged {
        record,
        added: count,
        adopted,
        left_out: false,
    })
}

/// Of the keys of a suite that seal, the last goes on.
fn one_active(record: &mut Record, suite: Suite, now: Timestamp) {
    let seals = |key: &&mut WrappedKey| key.suite == suite && key.state == KeyState::Active;
    for key in record.keys.iter_mut().rev().filter(seals).skip(1) {
        key.state = KeyState::Retired;
        key.retired = Some(whole_second(now));
    }
}

#[cfg(test)]
mod tests;
