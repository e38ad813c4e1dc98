//! How long to wait before an object that failed is tried again: longer each time, each object by
//! itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::index::ObjectKey;

/// The kind of an object: a Secret and a store may have the same name.
pub(super) type Kind = &'static str;

/// Counts the failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff(Mutex<HashMap<(Kind, ObjectKey), u32>>);

impl Backoff {
    /// Notes a failure; returns `first`, doubled for each failure before it, up to five minutes.
    pub(super) fn failed(&self, kind: Kind, key: &ObjectKey, first: Duration) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry((kind, key.clone())).or_default();
        let delay = first.saturating_mul(1 << (*count).min(16));
        *count += 1;
        delay.min(Duration::from_mins(5))
    }

    /// Forgets the failures.
    pub(super) fn succeeded(&self, kind: Kind, key: &ObjectKey) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Almost always there was none: an object in sync costs no allocation.
        if !failures.is_empty() {
            failures.remove(&(kind, key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_five_minutes_and_starts_anew_after_a_success() {
        let backoff = Backoff::default();
        let key = ObjectKey::new("a", "b");
        let wait = || {
            backoff
                .failed("Secret", &key, Duration::from_secs(1))
                .as_secs()
        };
        assert_eq!([wait(), wait(), wait()], [1, 2, 4]);
        assert_eq!((0..20).map(|_| wait()).max(), Some(300));
        backoff.succeeded("SecretStore", &key);
        assert_eq!(wait(), 300);
        backoff.succeeded("Secret", &key);
        assert_eq!(wait(), 1);
    }
}
