//! The usage of a store, coalesced: written at most once a second, however many Secrets change.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the usage of one store is written at most.
const USAGE_INTERVAL: Duration = Duration::from_secs(1);

/// When the status of each store was last written, by UID.
#[derive(Debug, Default)]
pub(super) struct UsageWrites(Mutex<HashMap<String, Instant>>);

impl UsageWrites {
    /// How long the next write has to wait.
    pub(super) fn wait(&self, uid: &str) -> Option<Duration> {
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writes.retain(|_, at| at.elapsed() < USAGE_INTERVAL);
        writes
            .get(uid)
            .map(|at| USAGE_INTERVAL.saturating_sub(at.elapsed()))
    }

    pub(super) fn wrote(&self, uid: &str) {
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writes.insert(uid.to_owned(), Instant::now());
    }
}
