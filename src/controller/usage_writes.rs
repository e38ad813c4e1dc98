//! What a store's status counts, coalesced: written now and then, however many Secrets change.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the counts of one store are written at most.
pub(super) const USAGE_INTERVAL: Duration = Duration::from_secs(1);

/// The same while its Secrets are sealed again, which changes them all the time. Each write takes as long as
/// half a Secret.
pub(super) const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// When the status of each store was last written, by UID.
#[derive(Debug, Default)]
pub(super) struct UsageWrites(Mutex<HashMap<String, Instant>>);

impl UsageWrites {
    /// How long the next write has to wait for there to be one in each `interval`, of those above.
    pub(super) fn wait(&self, uid: &str, interval: Duration) -> Option<Duration> {
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writes.retain(|_, at| at.elapsed() < PROGRESS_INTERVAL);
        let left = interval.saturating_sub(writes.get(uid)?.elapsed());
        (!left.is_zero()).then_some(left)
    }

    pub(super) fn wrote(&self, uid: &str) {
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writes.insert(uid.to_owned(), Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_write_waits_for_its_interval_and_only_that_of_the_same_store() {
        let writes = UsageWrites::default();
        assert_eq!(writes.wait("a", PROGRESS_INTERVAL), None);
        writes.wrote("a");
        let usage = writes.wait("a", USAGE_INTERVAL).unwrap();
        let progress = writes.wait("a", PROGRESS_INTERVAL).unwrap();
        assert!(usage <= USAGE_INTERVAL && progress > USAGE_INTERVAL);
        assert_eq!(writes.wait("b", PROGRESS_INTERVAL), None);
    }

    #[test]
    fn after_its_interval_it_does_not_wait() {
        let writes = UsageWrites::default();
        let before = Instant::now().checked_sub(USAGE_INTERVAL).unwrap();
        writes.0.lock().unwrap().insert("a".to_owned(), before);
        assert_eq!(writes.wait("a", USAGE_INTERVAL), None);
        assert!(writes.wait("a", PROGRESS_INTERVAL).is_some());
    }
}
