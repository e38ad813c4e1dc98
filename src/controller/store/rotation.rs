//! When a store gets new keys: on request, or after a time. No client.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;
use sha2::{Digest as _, Sha256};

use crate::api::wellknown::ROTATE_ANNOTATION;
use crate::api::{KeyState, SecretStore};
use crate::crypto::{Suite, hex};
use crate::index::store_keys::Record;

/// The longest wait for a moment. Clocks are set, and machines sleep; looking costs no request.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The longest request that is written down as it is, in bytes.
const LONGEST_REQUEST: usize = 128;

/// The request that stands on the store, as it is written down: of a longer one its digest, because an annotation
/// may have 256 KiB, and the record outlives the store.
pub(super) fn request(store: &SecretStore) -> Option<String> {
    let asked = store.annotations().get(ROTATE_ANNOTATION)?;
    if asked.len() <= LONGEST_REQUEST {
        return Some(asked.clone());
    }
    Some(format!("sha256:{}", hex(&Sha256::digest(asked))))
}

/// Whether the store is to have new keys. A request counts once: the last one is in the record, so that a
/// manifest applied again, or a store that was restored, asks for nothing.
pub(super) fn is_due(store: &SecretStore, record: &Record, now: Timestamp) -> bool {
    let is_asked = request(store).is_some_and(|request| record.rotation.as_ref() != Some(&request));
    is_asked || moment(store, record).is_some_and(|moment| moment <= now)
}

/// How long to wait until the keys are old enough, at most a day; `None` when they never will be, or are.
pub(super) fn wait(store: &SecretStore, record: &Record, now: Timestamp) -> Option<Duration> {
    let left = moment(store, record)?.duration_since(now);
    let left = Duration::try_from(left).ok().filter(|left| !left.is_zero());
    left.map(|left| left.min(LONGEST_WAIT))
}

fn moment(store: &SecretStore, record: &Record) -> Option<Timestamp> {
    let interval = &store.spec.key_rotation.as_ref()?.interval;
    let interval = SignedDuration::try_from(interval.to_duration()?).ok()?;
    // Every rotation makes one of these.
    let newest = record
        .keys
        .iter()
        .rev()
        .find(|key| key.suite == Suite::XChaCha20Poly1305 && key.state == KeyState::Active)?;
    newest.created.0.checked_add(interval).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Keyring;
    use crate::index::store_keys::for_test;
    use crate::keys::add_active;

    const HOUR: i64 = 3600;

    fn store(annotations: &str, spec: &str) -> SecretStore {
        let text = format!("metadata: {{ name: s, annotations: {annotations} }}\nspec: {spec}\n");
        serde_yaml::from_str(&text).unwrap()
    }

    /// Keys made at the epoch, after this request.
    fn record(rotation: Option<&str>) -> Record {
        let mut record = for_test::record();
        record.rotation = rotation.map(str::to_owned);
        let (keyring, now) = (Keyring::generate(), Timestamp::UNIX_EPOCH);
        add_active(&mut record, Suite::XChaCha20Poly1305, &keyring, now);
        record
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * HOUR).unwrap()
    }

    #[test]
    fn a_request_counts_once() {
        let asked = store("{ coffer.dev/rotate-keys: '2' }", "{}");
        assert!(is_due(&asked, &record(None), at(0)));
        assert!(is_due(&asked, &record(Some("1")), at(0)));
        assert!(!is_due(&asked, &record(Some("2")), at(0)));
    }

    #[test]
    fn of_a_long_request_the_record_has_little_and_each_counts_once_all_the_same() {
        let asked = |end: &str| {
            let long = format!("{}{end}", "x".repeat(200_000));
            store(&format!("{{ coffer.dev/rotate-keys: {long} }}"), "{}")
        };
        let written = request(&asked("1")).unwrap();
        assert!(written.len() <= LONGEST_REQUEST);
        assert!(!is_due(&asked("1"), &record(Some(&written)), at(0)));
        assert!(is_due(&asked("2"), &record(Some(&written)), at(0)));
    }

    #[test]
    fn a_request_that_was_taken_away_asks_for_nothing() {
        assert!(!is_due(&store("{}", "{}"), &record(Some("1")), at(10_000)));
    }

    #[test]
    fn keys_of_an_age_are_due_and_until_then_there_is_a_wait() {
        let store = store("{}", "{ keyRotation: { interval: 2d } }");
        let record = record(None);
        assert!(!is_due(&store, &record, at(47)));
        assert_eq!(wait(&store, &record, at(47)), Some(Duration::from_hours(1)));
        assert_eq!(wait(&store, &record, at(0)), Some(LONGEST_WAIT));
        assert!(is_due(&store, &record, at(48)));
        assert_eq!(wait(&store, &record, at(48)), None);
    }

    #[test]
    fn an_interval_that_means_nothing_rotates_nothing() {
        let store = store("{}", "{ keyRotation: { interval: often } }");
        assert!(!is_due(&store, &record(None), at(10_000)));
        assert_eq!(wait(&store, &record(None), at(10_000)), None);
    }
}
