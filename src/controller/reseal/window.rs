//! How far sealing again may run ahead of the reconciles that it causes. Without a limit they would stand
//! in the queue before a change that a user makes meanwhile.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::index::ObjectKey;

/// So many Secrets at most are sealed again and not reconciled yet.
const LIMIT: usize = 64;

/// One that is not reconciled after this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Secret that is sealed again and not reconciled.
#[derive(Debug)]
struct Place {
    since: Instant,
    is_written: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Window {
    open: Mutex<HashMap<ObjectKey, Place>>,
    freed: Notify,
}

impl Window {
    /// Waits for a place, and takes it.
    pub(super) async fn enter(&self, secret: &ObjectKey) {
        loop {
            let freed = self.freed.notified();
            {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                if open.len() >= LIMIT {
                    open.retain(|_, place| place.since.elapsed() < PATIENCE);
                }
                if open.len() < LIMIT {
                    let place = Place {
                        since: Instant::now(),
                        is_written: false,
                    };
                    open.insert(secret.clone(), place);
                    return;
                }
            }
            let _ = timeout(Duration::from_secs(1), freed).await;
        }
    }

    /// From now on a reconcile is one that follows the write.
    pub(super) fn is_written(&self, secret: &ObjectKey) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = open.get_mut(secret) {
            place.is_written = true;
        }
    }

    /// Gives the place back after a reconcile, if there is one. A rotation has every Secret of the store
    /// looked at, those included that wait here for their turn.
    pub(super) fn reconciled(&self, secret: &ObjectKey) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Almost always there is none: a reconcile costs no allocation here.
        if open.get(secret).is_some_and(|place| place.is_written) {
            open.remove(secret);
            self.freed.notify_one();
        }
    }

    /// Gives the place back.
    pub(super) fn leave(&self, secret: &ObjectKey) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.remove(secret).is_some() {
            self.freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> ObjectKey {
        ObjectKey::new("team-a", &number.to_string())
    }

    async fn full() -> Window {
        let window = Window::default();
        for number in 0..LIMIT {
            window.enter(&key(number)).await;
        }
        window
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_lets_the_next_one_in() {
        let window = full().await;
        let next = key(LIMIT);
        let entering = window.enter(&next);
        let leaving = async { window.leave(&key(3)) };
        let began = Instant::now();
        tokio::join!(entering, leaving);
        assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reconcile_frees_a_place_only_after_the_write() {
        let window = full().await;
        window.reconciled(&key(3));
        let next = key(LIMIT);
        assert!(timeout(PATIENCE / 2, window.enter(&next)).await.is_err());
        window.is_written(&key(3));
        window.reconciled(&key(3));
        assert!(timeout(PATIENCE / 4, window.enter(&next)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_for_one_that_does_not_leave() {
        let window = full().await;
        let began = Instant::now();
        window.enter(&key(LIMIT)).await;
        assert!(began.elapsed() >= PATIENCE);
        assert!(began.elapsed() < 2 * PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_never_entered_frees_no_place() {
        let window = full().await;
        window.leave(&key(LIMIT));
        assert!(
            timeout(PATIENCE / 2, window.enter(&key(LIMIT)))
                .await
                .is_err()
        );
    }
}
