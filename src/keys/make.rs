//! New keys for a store's record, and the retirement of those before them. No client.

use jiff::Timestamp;

use crate::api::{KeyState, Reason, whole_second};
use crate::crypto::{Keyring, StoreKey, Suite};
use crate::index::store_keys::{Record, WrappedKey};
use crate::policy::Problem;

/// So many keys a store has at most, retired ones included: they are in the memory of every replica, in one
/// native Secret, and in the store's status.
pub const MOST_KEYS: usize = 128;

/// So many keys of stores that are gone a namespace has at most before its new stores get none: they outlive their
/// store for as long as it wished, and whoever may make stores could make and delete them without end.
pub const MOST_ORPHANED_KEYS: usize = 2000;

/// What keeps a namespace from more keys, if it has `count` whose stores are gone.
#[must_use]
pub fn too_many_orphaned(namespace: &str, count: usize) -> Option<Problem> {
    (count >= MOST_ORPHANED_KEYS).then(|| {
        Problem::new(
            Reason::TooManyKeys,
            format!(
                "namespace `{namespace}` has {count} keys of stores that were deleted, and no new store gets keys \
                 before there are fewer than {MOST_ORPHANED_KEYS}. They go by themselves when their keyRetention is \
                 over; an administrator sees them with `coffer keys status -n {namespace}`, and destroys those of a \
                 store with `coffer keys shred`"
            ),
        )
    })
}

/// Sees to it that the record has an active key of this suite. A suite that is chosen again has its
/// former key again, so that the keys do not grow with every change of mind; but not one from before the
/// last rotation.
pub fn add_active(record: &mut Record, suite: Suite, keyring: &Keyring, now: Timestamp) {
    let keys = &mut record.keys;
    let last_rotation = keys
        .iter()
        .rposition(|key| key.suite == Suite::XChaCha20Poly1305 && key.state == KeyState::Active);
    match keys.iter().rposition(|key| key.suite == suite) {
        Some(newest) if Some(newest) >= last_rotation => {
            keys[newest].state = KeyState::Active;
            keys[newest].retired = None;
        }
        _ => add(record, suite, keyring, now),
    }
}

/// Retires the active keys of suites other than these.
pub fn retire_others(record: &mut Record, suites: &[Suite], now: Timestamp) {
    let active = record.keys.iter_mut();
    for key in active.filter(|key| key.state == KeyState::Active && !suites.contains(&key.suite)) {
        key.state = KeyState::Retired;
        key.retired = Some(whole_second(now));
    }
}

/// New keys of these suites take the place of all that are active.
pub fn rotate(record: &mut Record, suites: &[Suite], keyring: &Keyring, now: Timestamp) {
    retire_others(record, &[], now);
    for suite in suites {
        add(record, *suite, keyring, now);
    }
}

fn add(record: &mut Record, suite: Suite, keyring: &Keyring, now: Timestamp) {
    let key = StoreKey::generate(suite);
    record.keys.push(WrappedKey {
        id: key.id(),
        suite,
        state: KeyState::Active,
        created: whole_second(now),
        retired: None,
        wrapped: keyring.wrap_store_key(&record.namespace, &record.store, &key),
    });
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::index::store_keys::for_test;

    const SYMMETRIC: Suite = Suite::XChaCha20Poly1305;

    fn states(record: &Record) -> Vec<(Suite, KeyState)> {
        let keys = record.keys.iter();
        keys.map(|key| (key.suite, key.state)).collect()
    }

    /// A record with keys of these suites.
    fn with(suites: &[Suite], keyring: &Keyring) -> Record {
        let mut record = for_test::record();
        for suite in suites {
            add_active(&mut record, *suite, keyring, Timestamp::UNIX_EPOCH);
        }
        record
    }

    #[test]
    fn a_rotation_makes_new_keys_and_retires_the_former() {
        let keyring = Keyring::generate();
        let mut record = with(&[SYMMETRIC, Suite::X25519], &keyring);
        let before = record.keys.clone();
        let now = Timestamp::from_second(90).unwrap();
        rotate(&mut record, &[SYMMETRIC, Suite::XWing], &keyring, now);
        assert_eq!(
            states(&record),
            [
                (SYMMETRIC, KeyState::Retired),
                (Suite::X25519, KeyState::Retired),
                (SYMMETRIC, KeyState::Active),
                (Suite::XWing, KeyState::Active),
            ]
        );
        assert_eq!(record.keys[0].wrapped, before[0].wrapped);
        assert_eq!(record.keys[1].retired, Some(Time(now)));
        assert_eq!(record.keys[2].created, Time(now));
    }

    #[test]
    fn a_suite_that_is_chosen_again_has_its_key_again() {
        let keyring = Keyring::generate();
        let mut record = with(&[SYMMETRIC, Suite::XWing], &keyring);
        for suite in [Suite::X25519, Suite::XWing] {
            retire_others(&mut record, &[SYMMETRIC, suite], Timestamp::UNIX_EPOCH);
            add_active(&mut record, suite, &keyring, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(
            states(&record),
            [
                (SYMMETRIC, KeyState::Active),
                (Suite::XWing, KeyState::Active),
                (Suite::X25519, KeyState::Retired),
            ]
        );
        assert_eq!(record.keys[1].retired, None);
    }

    #[test]
    fn a_key_from_before_a_rotation_does_not_seal_again() {
        let keyring = Keyring::generate();
        let mut record = with(&[SYMMETRIC, Suite::XWing], &keyring);
        let now = Timestamp::UNIX_EPOCH;
        rotate(&mut record, &[SYMMETRIC, Suite::X25519], &keyring, now);
        retire_others(&mut record, &[SYMMETRIC, Suite::XWing], now);
        add_active(&mut record, Suite::XWing, &keyring, now);
        assert_eq!(record.keys[1].state, KeyState::Retired);
        assert_eq!(record.keys.len(), 5);
    }
}
