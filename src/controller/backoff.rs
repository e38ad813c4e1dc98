//! How long to wait before an object that failed is tried again: longer each time, each object by
//! itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::index::ObjectKey;

/// Counts the failures in a row.
#[derive(Debug, Default)]
pub struct Backoff(Mutex<HashMap<ObjectKey, u32>>);

impl Backoff {
    /// Notes a failure; returns `first`, doubled for each failure before it, up to five minutes.
    pub fn failed(&self, key: ObjectKey, first: Duration) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(key).or_default();
        let delay = first.saturating_mul(1 << (*count).min(16));
        *count += 1;
        delay.min(Duration::from_mins(5))
    }

    /// Forgets the failures.
    pub fn succeeded(&self, key: &ObjectKey) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_five_minutes_and_starts_anew_after_a_success() {
        let backoff = Backoff::default();
        let key = || ObjectKey::new("a", "b");
        let wait = || backoff.failed(key(), Duration::from_secs(1)).as_secs();
        assert_eq!([wait(), wait(), wait()], [1, 2, 4]);
        assert_eq!((0..20).map(|_| wait()).max(), Some(300));
        backoff.succeeded(&key());
        assert_eq!(wait(), 1);
    }
}
