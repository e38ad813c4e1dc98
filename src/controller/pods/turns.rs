//! One write at a time for each namespace, and not too many in a row.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OwnedMutexGuard;

/// How long after a write the next one of the same namespace begins: what comes in this time shares it.
const INTERVAL: Duration = Duration::from_millis(100);

/// When a namespace was last written.
#[derive(Debug, Default)]
pub(super) struct Last {
    tried: Option<Instant>,
    failed: Option<Instant>,
}

/// Of each namespace that was written.
#[derive(Debug, Default)]
pub(in crate::controller) struct Turns {
    by_namespace: Mutex<HashMap<Box<str>, Arc<tokio::sync::Mutex<Last>>>>,
    places: Mutex<()>,
}

/// The right to write the PodPolicy of a namespace.
pub(super) type Turn = OwnedMutexGuard<Last>;

impl Turns {
    /// Waits for those who came before.
    pub(super) async fn turn(&self, namespace: &str) -> Turn {
        let last = {
            let mut all = self
                .by_namespace
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Those that nobody holds or waits for, and that have nothing to remember any more.
            all.retain(|_, last| {
                Arc::strong_count(last) > 1 || last.try_lock().is_ok_and(|last| last.is_fresh())
            });
            all.entry(namespace.into()).or_default().clone()
        };
        last.lock_owned().await
    }

    /// While this is held, nobody else takes a place.
    pub(super) fn alone(&self) -> MutexGuard<'_, ()> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn is_fresh(&self) -> bool {
        self.tried.is_some_and(|at| at.elapsed() < INTERVAL)
    }

    /// Whether a write that began after `came` failed: it would have been for whoever came then as well.
    pub(super) fn has_failed_since(&self, came: Instant) -> bool {
        self.failed.is_some_and(|at| at > came)
    }

    /// Waits for others to come along.
    pub(super) async fn gather(&self) {
        if let Some(tried) = self.tried {
            tokio::time::sleep(INTERVAL.saturating_sub(tried.elapsed())).await;
        }
    }

    /// Notes how a write ended.
    pub(super) fn ended<E>(&mut self, written: &Result<(), E>) {
        let now = Instant::now();
        self.tried = Some(now);
        self.failed = written.is_err().then_some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_came_before_a_write_failed_shares_the_failure_and_who_comes_later_does_not() {
        let turns = Turns::default();
        let came = Instant::now();
        let mut turn = turns.turn("a").await;
        assert!(!turn.has_failed_since(came));
        turn.ended(&Err(()));
        drop(turn);
        assert!(turns.turn("a").await.has_failed_since(came));
        assert!(!turns.turn("a").await.has_failed_since(Instant::now()));
        assert!(!turns.turn("b").await.has_failed_since(came));
        turns.turn("a").await.ended(&Ok::<_, ()>(()));
        assert!(!turns.turn("a").await.has_failed_since(came));
    }

    #[tokio::test]
    async fn one_namespace_does_not_wait_for_another_and_is_forgotten_after_a_time() {
        let turns = Turns::default();
        let held = turns.turn("a").await;
        let mut other = turns.turn("b").await;
        other.ended(&Ok::<_, ()>(()));
        other.tried = Instant::now().checked_sub(INTERVAL);
        drop((other, held));
        drop(turns.turn("c").await);
        assert_eq!(turns.by_namespace.lock().unwrap().len(), 1);
    }
}
