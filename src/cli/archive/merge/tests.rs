use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Conflict, Merged, Owner, merge};
use crate::api::KeyState;
use crate::cli::archive::clear_keys::{ClearKeys, MOST};
use crate::cli::archive::salvage::Salvaged;
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

/// As the cluster has it.
fn salvaged(keys: &StoreKeys, keyring: &Keyring) -> Salvaged {
    Salvaged::of(&keys.record.to_native("coffer-system"), keyring)
}

/// Of keys that become those of the namespace with this UID.
fn merge_as(
    there: Option<&StoreKeys>,
    clear: &ClearKeys,
    owner: (Owner, &str),
    keyring: &Keyring,
) -> Result<Merged, Conflict> {
    let there = there.map(|there| salvaged(there, keyring));
    merge(there.as_ref(), clear, owner, false, keyring, at(100))
}

const HERE: (Owner, &str) = (Owner::Present, "here");

fn merged(there: Option<&StoreKeys>, from: &StoreKeys, keyring: &Keyring) -> Merged {
    merge_as(there, &ClearKeys::of(from), HERE, keyring).unwrap()
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
    let record = merge(None, &clear, HERE, false, &keyring, now)
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
    let refused = merge_as(Some(&there), &forged, HERE, &keyring).unwrap_err();
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
        let refused = merge_as(None, &forged, HERE, &keyring).unwrap_err();
        assert!(matches!(refused, Conflict::Key { .. }), "{secret}");
    }
}

#[test]
fn keys_of_a_former_namespace_are_adopted_when_the_file_has_them_all_and_else_left_alone() {
    let keyring = Keyring::generate();
    let there = keys(&keyring, &[OWN], 10);
    let clear = ClearKeys::of(&there);
    let anew = (Owner::Present, "anew");
    let merged = merge_as(Some(&there), &clear, anew, &keyring).unwrap();
    let record = merged.record.unwrap();
    assert!(merged.adopted);
    assert_eq!((&*record.namespace_uid, &*record.store_uid), ("anew", ""));
    let other = ClearKeys::of(&keys(&keyring, &[OWN], 10));
    let refused = merge_as(Some(&there), &other, anew, &keyring).unwrap_err();
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

#[test]
fn keys_of_a_former_namespace_are_added_only_where_no_others_are() {
    let (old, new) = (Keyring::generate(), Keyring::generate());
    let clear = ClearKeys::of(&keys(&old, &[OWN], 10));
    let former = (Owner::Former, "new");
    let record = merge_as(None, &clear, former, &new)
        .unwrap()
        .record
        .unwrap();
    assert_eq!(record.namespace_uid, "here");
    let there = stored(&record, &new);
    let again = merge_as(Some(&there), &clear, former, &new).unwrap();
    assert!(again.record.is_none() && !again.left_out);
    // The present namespace has keys of its own.
    let mut own = keys(&new, &[OWN], 20);
    own.record.namespace_uid = "new".to_owned();
    let merged = merge_as(Some(&own), &clear, former, &new).unwrap();
    assert!(merged.record.is_none() && merged.left_out);
}

#[test]
fn what_the_file_says_of_orphans_is_what_the_record_said() {
    let keyring = Keyring::generate();
    let mut keys = keys(&keyring, &[OWN], 10);
    assert!(!ClearKeys::of(&keys).orphaned);
    keys.record = crate::keys::orphaned(&keys.record, at(50));
    let clear = ClearKeys::of(&keys);
    assert_eq!((clear.orphaned, &*clear.namespace_uid), (true, "here"));
}

#[test]
fn what_does_not_open_there_is_written_anew_from_the_file_and_nothing_else_is_given_up() {
    let (lost, new) = (Keyring::generate(), Keyring::generate());
    let there = keys(&lost, &[OWN, Suite::X25519], 10);
    let found = salvaged(&there, &new);
    let merge =
        |clear: &ClearKeys, replace| merge(Some(&found), clear, HERE, replace, &new, at(100));
    let whole = ClearKeys::of(&there);
    let record = merge(&whole, false).unwrap().record.unwrap();
    assert_eq!(&*record.store_uid, "s");
    let again = stored(&record, &new);
    for (written, key) in there.all() {
        let found = again.find(written.id).unwrap();
        assert_eq!(found.to_secret_bytes(), key.to_secret_bytes());
    }
    let mut part = ClearKeys::of(&there);
    let only = part.keys.pop().unwrap().id;
    assert_eq!(merge(&part, false).unwrap_err(), Conflict::Lost(only));
    let record = merge(&part, true).unwrap().record.unwrap();
    assert_eq!(record.keys.len(), 1);
}

#[test]
fn what_is_no_record_is_written_over_on_request_only() {
    let keyring = Keyring::generate();
    let from = keys(&keyring, &[OWN], 10);
    let mut native = from.record.to_native("coffer-system");
    native.data = None;
    let found = Salvaged::of(&native, &keyring);
    let clear = ClearKeys::of(&from);
    let merge = |replace| merge(Some(&found), &clear, HERE, replace, &keyring, at(100));
    let refused = merge(false).unwrap_err();
    assert_eq!(refused, Conflict::Unreadable("team-a/vault".into()));
    assert_eq!(merge(true).unwrap().record.unwrap().keys.len(), 1);
}

#[test]
fn a_store_does_not_get_more_keys_than_it_can_have() {
    let keyring = Keyring::generate();
    let many = |number: usize| {
        let mut all = keys(&keyring, &[OWN], 10);
        let mut record = all.record.clone();
        for _ in 1..number {
            crate::keys::rotate(&mut record, &[OWN], &keyring, at(20));
        }
        all = stored(&record, &keyring);
        all
    };
    let (there, from) = (many(100), ClearKeys::of(&many(MOST - 99)));
    let refused = merge_as(Some(&there), &from, HERE, &keyring).unwrap_err();
    assert_eq!(refused, Conflict::TooMany("team-a/vault".into()));
    let from = ClearKeys::of(&many(MOST - 100));
    assert!(merge_as(Some(&there), &from, HERE, &keyring).is_ok());
}
