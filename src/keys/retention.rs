//! How long keys stay that no store has. No client.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::{Period, whole_second};
use crate::index::store_keys::Record;

/// How long keys stay at least that no store has taken up yet: made for a Secret that came first, or imported.
const WITHOUT_STORE: SignedDuration = SignedDuration::from_hours(24);

/// What is to become of a store's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They stay as they are.
    Keep,
    /// Their store is gone: from now on their time runs.
    Orphan,
    /// Their time is over, and nothing needs them.
    Destroy,
}

/// Decides. A store of this name that `exists` has the keys or may take them up, so its own controller sees to
/// them; or they are those of a former namespace, and an administrator does. `needed`: a Secret holds
/// something that was sealed with them. `default` is how long they stay where the store did not say.
#[must_use]
pub fn fate(
    record: &Record,
    exists: bool,
    needed: bool,
    default: Duration,
    now: Timestamp,
) -> Fate {
    if exists {
        return Fate::Keep;
    }
    let wanted = record.retention.as_ref().and_then(Period::to_duration);
    let retention = wanted.unwrap_or(default);
    let retention = SignedDuration::try_from(retention).unwrap_or(SignedDuration::MAX);
    let orphaned = record.orphaned.as_ref().map(|time| time.0);
    let awaits_a_store = record.store_uid.is_empty();
    let end = match (awaits_a_store, orphaned) {
        (true, None) => {
            let newest = record.keys.iter().map(|key| key.created.0).max();
            newest.map(|made| made.saturating_add(WITHOUT_STORE))
        }
        // Imported: made long ago, perhaps, so they say since when they wait.
        (true, Some(since)) => Some(since.saturating_add(retention.max(WITHOUT_STORE))),
        (false, since) => Some(since.unwrap_or(now).saturating_add(retention)),
    };
    let is_over = end.is_none_or(|end| end.is_ok_and(|end| end <= now));
    if is_over && !needed {
        Fate::Destroy
    } else if orphaned.is_none() && !awaits_a_store {
        Fate::Orphan
    } else {
        Fate::Keep
    }
}

/// The record of keys whose store is gone.
#[must_use]
pub fn orphaned(record: &Record, now: Timestamp) -> Record {
    Record {
        orphaned: Some(whole_second(now)),
        ..record.clone()
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::crypto::{Keyring, Suite};
    use crate::index::store_keys::for_test;
    use crate::keys::add_active;

    const MONTH: Duration = Duration::from_hours(30 * 24);

    fn day(days: i64) -> Timestamp {
        Timestamp::from_second(days * 86_400).unwrap()
    }

    /// Keys made on day 0, and orphaned then.
    fn record(orphaned: Option<i64>, retention: Option<&str>) -> Record {
        let mut record = for_test::record();
        record.orphaned = orphaned.map(|days| Time(day(days)));
        record.retention = retention.map(Period::from);
        let keyring = Keyring::generate();
        add_active(&mut record, Suite::XChaCha20Poly1305, &keyring, day(0));
        record
    }

    fn fate_on(days: i64, record: &Record) -> Fate {
        fate(record, false, false, MONTH, day(days))
    }

    #[test]
    fn when_its_store_is_gone_the_time_of_a_key_begins() {
        assert_eq!(fate_on(100, &record(None, None)), Fate::Orphan);
        assert_eq!(fate_on(100, &record(None, Some("1d"))), Fate::Orphan);
    }

    #[test]
    fn after_its_time_a_key_is_destroyed() {
        assert_eq!(fate_on(29, &record(Some(0), None)), Fate::Keep);
        assert_eq!(fate_on(30, &record(Some(0), None)), Fate::Destroy);
        assert_eq!(fate_on(0, &record(Some(0), Some("1d"))), Fate::Keep);
        assert_eq!(fate_on(1, &record(Some(0), Some("1d"))), Fate::Destroy);
        assert_eq!(fate_on(99, &record(Some(0), Some("100d"))), Fate::Keep);
    }

    #[test]
    fn without_a_retention_a_key_goes_with_its_store() {
        assert_eq!(fate_on(0, &record(None, Some("0"))), Fate::Destroy);
        let default = fate(&record(None, None), false, false, Duration::ZERO, day(0));
        assert_eq!(default, Fate::Destroy);
    }

    #[test]
    fn a_key_that_a_secret_needs_is_never_destroyed() {
        let fate = |record| fate(&record, false, true, MONTH, day(1000));
        assert_eq!(fate(record(Some(0), None)), Fate::Keep);
        assert_eq!(fate(record(None, Some("0"))), Fate::Orphan);
        let mut without_store = record(None, None);
        without_store.store_uid = String::new();
        assert_eq!(fate(without_store), Fate::Keep);
    }

    #[test]
    fn while_there_is_a_store_nothing_happens() {
        for record in [record(None, None), record(Some(0), Some("0"))] {
            assert_eq!(fate(&record, true, false, MONTH, day(1000)), Fate::Keep);
        }
    }

    #[test]
    fn a_key_that_never_had_a_store_goes_after_a_day() {
        let mut record = record(None, Some("0"));
        record.store_uid = String::new();
        let just_before = day(1) - SignedDuration::from_secs(1);
        assert_eq!(fate(&record, false, false, MONTH, just_before), Fate::Keep);
        assert_eq!(fate_on(1, &record), Fate::Destroy);
    }

    #[test]
    fn imported_keys_wait_for_their_store_a_day_at_least() {
        for (retention, stays, goes) in [("0", 100, 101), ("10d", 109, 110)] {
            let mut record = record(Some(100), Some(retention));
            record.store_uid = String::new();
            assert_eq!(fate_on(stays, &record), Fate::Keep, "{retention}");
            assert_eq!(fate_on(goes, &record), Fate::Destroy, "{retention}");
        }
    }

    /// A retention that does not read is not one of none.
    #[test]
    fn a_retention_that_means_nothing_is_the_default() {
        assert_eq!(fate_on(29, &record(Some(0), Some("soon"))), Fate::Keep);
        assert_eq!(fate_on(30, &record(Some(0), Some("soon"))), Fate::Destroy);
    }

    #[test]
    fn an_orphan_knows_since_when() {
        let orphan = orphaned(&record(None, None), day(3));
        assert_eq!(orphan.orphaned, Some(Time(day(3))));
    }
}
