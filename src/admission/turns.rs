//! Places for reviews that open envelopes, which takes a processor for milliseconds. Each namespace waits for one at a
//! time, so that a crowd of one team's reviews does not keep another team's from its turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// All places, and who of each namespace is next.
#[derive(Debug)]
pub(super) struct Turns {
    places: Semaphore,
    next: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _place: SemaphorePermit<'a>,
    _next: OwnedSemaphorePermit,
}

impl Turns {
    /// With so many places.
    pub(super) fn new(places: usize) -> Self {
        Self {
            places: Semaphore::new(places),
            next: Mutex::default(),
        }
    }

    /// Waits for a place; `None` where none is free in time.
    pub(super) async fn take(&self, namespace: &str, patience: Duration) -> Option<Turn<'_>> {
        let next = self.next_of(namespace);
        let turn = async {
            Some(Turn {
                _next: next.acquire_owned().await.ok()?,
                _place: self.places.acquire().await.ok()?,
            })
        };
        timeout(patience, turn).await.ok()?
    }

    /// Shared by all who wait for the namespace, and gone with the last of them.
    fn next_of(&self, namespace: &str) -> Arc<Semaphore> {
        let mut all = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = all.get(namespace).and_then(Weak::upgrade) {
            return next;
        }
        all.retain(|_, next| next.strong_count() > 0);
        let next = Arc::new(Semaphore::new(1));
        all.insert(namespace.to_owned(), Arc::downgrade(&next));
        next
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio::time::sleep;

    use super::*;

    const WORK: Duration = Duration::from_millis(30);
    const PATIENCE: Duration = Duration::from_secs(1);

    async fn works(turns: &Turns, namespace: &str, times: usize) -> usize {
        let reviews = (0..times).map(async |_| {
            let turn = turns.take(namespace, PATIENCE).await;
            if turn.is_some() {
                sleep(WORK).await;
            }
            usize::from(turn.is_some())
        });
        join_all(reviews).await.into_iter().sum()
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_one_namespace_does_not_keep_another_from_its_turn() {
        let turns = Turns::new(1);
        let (crowd, few) = tokio::join!(works(&turns, "crowd", 500), works(&turns, "few", 5));
        assert_eq!(few, 5);
        assert!((20..40).contains(&crowd), "{crowd}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_work_at_once_than_there_are_places() {
        let turns = Turns::new(2);
        let taken = [
            turns.take("a", PATIENCE).await,
            turns.take("b", PATIENCE).await,
        ];
        assert!(taken.iter().all(Option::is_some));
        assert!(turns.take("c", PATIENCE).await.is_none());
        drop(taken);
        assert!(turns.take("c", PATIENCE).await.is_some());
    }

    #[tokio::test]
    async fn nobody_is_remembered_who_no_longer_waits() {
        let turns = Turns::new(1);
        for number in 0..100 {
            drop(turns.take(&format!("n{number}"), PATIENCE).await);
        }
        assert_eq!(turns.next.lock().unwrap().len(), 1);
    }
}
