//! A store's keys from a file, with those that are there already. No client.
//!
//! What is there is never changed or lost: keys are added, as if they were older. So a key that seals there goes
//! on sealing, whatever a file says of its own; those of the file open.

use jiff::Timestamp;

use super::clear_keys::ClearKeys;
use crate::api::{KeyState, whole_second};
use crate::crypto::{self, KeyId, Keyring, Suite};
use crate::index::StoreKeys;
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
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Merged {
    /// None when all of it is there.
    pub(super) record: Option<Record>,
    /// How many keys are new.
    pub(super) added: usize,
    /// Whether keys of a former namespace of this name become the present one's.
    pub(super) adopted: bool,
}

/// # Errors
/// [`Conflict`].
pub(super) fn merge(
    there: Option<&StoreKeys>,
    clear: &ClearKeys,
    namespace_uid: &str,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<Merged, Conflict> {
    let adopted = match there {
        Some(there) if there.record.namespace_uid != namespace_uid => {
            let known = |key: &WrappedKey| clear.ids().any(|id| id == key.id);
            if !there.record.keys.iter().all(known) {
                return Err(Conflict::FormerNamespace(
                    clear.namespace.clone(),
                    clear.store.clone(),
                ));
            }
            true
        }
        _ => false,
    };
    let mut record = match there {
        Some(there) => there.record.clone(),
        None => Record {
            namespace: clear.namespace.clone(),
            store: clear.store.clone(),
            namespace_uid: namespace_uid.to_owned(),
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
        namespace_uid.clone_into(&mut record.namespace_uid);
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
    for suite in Suite::ALL {
        one_active(&mut record, suite, now);
    }
    let record = (count > 0 || adopted || there.is_none()).then_some(record);
    Ok(Merged {
        record,
        added: count,
        adopted,
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
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::{Conflict, Merged, merge};
    use crate::api::KeyState;
    use crate::cli::archive::clear_keys::ClearKeys;
    use crate::crypto::{Keyring, Suite};
    use crate::index::StoreKeys;
    use crate::index::store_keys::Record;
    use crate::keys::{Fate, add_active};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Keys of team-a/vault, made at that second.
    fn keys(keyring: &Keyring, suites: &[Suite], second: i64) -> StoreKeys {
        let mut record: Record = serde_json::from_value(serde_json::json!({
            "namespace": "team-a", "store": "vault", "namespaceUid": "here", "storeUid": "s",
            "storeId": "i", "deletionPolicy": "Cascade", "rotation": "r", "keys": [],
        }))
        .unwrap();
        for suite in suites {
            add_active(&mut record, *suite, keyring, at(second));
        }
        stored(&record, keyring)
    }

    fn stored(record: &Record, keyring: &Keyring) -> StoreKeys {
        let mut native = record.to_native("coffer-system");
        native.metadata.resource_version = Some("1".into());
        StoreKeys::read(&native, keyring).unwrap()
    }

    fn merged(there: Option<&StoreKeys>, from: &StoreKeys, keyring: &Keyring) -> Merged {
        merge(there, &ClearKeys::of(from), "here", keyring, at(100)).unwrap()
    }

    const OWN: Suite = Suite::XChaCha20Poly1305;

    #[test]
    fn where_there_are_none_they_are_taken_as_they_were_and_belong_to_no_store_yet() {
        let (old, new) = (Keyring::generate(), Keyring::generate());
        let from = keys(&old, &[OWN, Suite::X25519], 10);
        let record = merged(None, &from, &new).record.unwrap();
        assert_eq!(
            (
                &*record.namespace_uid,
                &*record.store_uid,
                &*record.store_id
            ),
            ("here", "", "")
        );
        assert_eq!(record.rotation.as_deref(), Some("r"));
        let again = stored(&record, &new);
        for (written, key) in from.all() {
            let taken = again.find(written.id).unwrap();
            assert_eq!(taken.to_secret_bytes(), key.to_secret_bytes());
        }
        assert!(record.keys.iter().all(|key| key.state == KeyState::Active));
    }

    #[test]
    fn what_is_there_already_is_nothing_to_do() {
        let keyring = Keyring::generate();
        let there = keys(&keyring, &[OWN, Suite::X25519], 10);
        let merged = merged(Some(&there), &there, &keyring);
        assert!(merged.record.is_none() && merged.added == 0 && !merged.adopted);
    }

    #[test]
    fn beside_keys_that_seal_the_older_ones_open_only_and_a_second_time_changes_nothing() {
        let (old, new) = (Keyring::generate(), Keyring::generate());
        let from = keys(&old, &[OWN, Suite::X25519], 10);
        let there = keys(&new, &[OWN, Suite::X25519], 20);
        let first = merged(Some(&there), &from, &new);
        let record = first.record.unwrap();
        let states: Vec<_> = record
            .keys
            .iter()
            .map(|key| (key.suite, key.state))
            .collect();
        let (retired, active) = (KeyState::Retired, KeyState::Active);
        let both = [
            (OWN, retired),
            (Suite::X25519, retired),
            (OWN, active),
            (Suite::X25519, active),
        ];
        assert_eq!(states, both);
        assert_eq!((&*record.store_uid, first.added), ("s", 2));
        let there = stored(&record, &new);
        assert!(merged(Some(&there), &from, &new).record.is_none());
    }

    #[test]
    fn a_key_that_seals_goes_on_whatever_a_file_says_of_its_own() {
        let (other, new) = (Keyring::generate(), Keyring::generate());
        let from = keys(&other, &[OWN], 4_000_000_000);
        let there = keys(&new, &[OWN], 20);
        let record = merged(Some(&there), &from, &new).record.unwrap();
        let sealing = |key: &&super::WrappedKey| key.state == KeyState::Active;
        let sealing: Vec<_> = record.keys.iter().filter(sealing).map(|k| k.id).collect();
        assert_eq!(sealing, [there.record.keys[0].id]);
    }

    #[test]
    fn the_time_of_keys_without_a_store_begins_when_they_come() {
        let keyring = Keyring::generate();
        let from = keys(&keyring, &[OWN], 10);
        let now = at(400 * 86_400);
        let clear = ClearKeys::of(&from);
        let record = merge(None, &clear, "here", &keyring, now)
            .unwrap()
            .record
            .unwrap();
        let month = std::time::Duration::from_hours(30 * 24);
        let after = |days: i64| now + jiff::SignedDuration::from_hours(24 * days);
        let fate = |days| crate::keys::fate(&record, false, false, month, after(days));
        assert_eq!(fate(0), Fate::Keep);
        assert_eq!(fate(29), Fate::Keep);
        assert_eq!(fate(30), Fate::Destroy);
    }

    #[test]
    fn another_key_of_the_same_name_is_refused() {
        let keyring = Keyring::generate();
        let there = keys(&keyring, &[OWN], 10);
        let mut json = serde_json::to_value(ClearKeys::of(&there)).unwrap();
        json["keys"][0]["secret"] = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".into();
        let forged: ClearKeys = serde_json::from_value(json).unwrap();
        let id = forged.ids().next().unwrap();
        let refused = merge(Some(&there), &forged, "here", &keyring, at(100)).unwrap_err();
        assert_eq!(refused, Conflict::OtherKey(id));
    }

    #[test]
    fn a_key_that_is_not_that_of_its_name_is_refused() {
        let keyring = Keyring::generate();
        let from = keys(&keyring, &[Suite::X25519], 10);
        for secret in [
            "",
            "AAAA",
            "no base64",
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        ] {
            let mut json = serde_json::to_value(ClearKeys::of(&from)).unwrap();
            json["keys"][0]["secret"] = secret.into();
            let forged: ClearKeys = serde_json::from_value(json).unwrap();
            let refused = merge(None, &forged, "here", &keyring, at(100)).unwrap_err();
            assert!(matches!(refused, Conflict::Key { .. }), "{secret}");
        }
    }

    #[test]
    fn keys_of_a_former_namespace_are_adopted_when_the_file_has_them_all_and_else_left_alone() {
        let keyring = Keyring::generate();
        let there = keys(&keyring, &[OWN], 10);
        let clear = ClearKeys::of(&there);
        let merged = merge(Some(&there), &clear, "anew", &keyring, at(100)).unwrap();
        let record = merged.record.unwrap();
        assert!(merged.adopted);
        assert_eq!((&*record.namespace_uid, &*record.store_uid), ("anew", ""));
        let other = ClearKeys::of(&keys(&keyring, &[OWN], 10));
        let refused = merge(Some(&there), &other, "anew", &keyring, at(100)).unwrap_err();
        assert_eq!(
            refused,
            Conflict::FormerNamespace("team-a".into(), "vault".into())
        );
    }

    #[test]
    fn no_key_is_in_the_record_in_clear() {
        let keyring = Keyring::generate();
        let from = keys(&keyring, &[OWN], 10);
        let clear = serde_json::to_value(ClearKeys::of(&from)).unwrap();
        let record = merged(None, &from, &keyring).record.unwrap();
        let texts: BTreeMap<_, _> = [("record", serde_json::to_string(&record).unwrap())].into();
        let secret = clear["keys"][0]["secret"].as_str().unwrap();
        assert!(!texts["record"].contains(secret));
    }
}
