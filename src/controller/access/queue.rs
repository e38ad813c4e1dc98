//! Accounts to look at, each once however often it was named, and no sooner than its pace allows.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::index::ObjectKey;

/// What comes at once is gathered for so long.
const GATHER: Duration = Duration::from_millis(50);

/// How often the Role of one account is written at most, but for what is withdrawn.
const PACE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Queue {
    due: BTreeSet<(Instant, ObjectKey)>,
    waiting: HashMap<ObjectKey, Instant>,
    written: HashMap<ObjectKey, Instant>,
}

impl Queue {
    /// Has an account looked at after a time at least, as soon as its pace allows.
    pub(super) fn put(&mut self, account: &ObjectKey, wait: Duration, now: Instant) {
        let written = self.written.get(account);
        let paced = written.map_or(now, |at| *at + PACE);
        let at = paced.max(now + wait.max(GATHER));
        if let Some(before) = self.waiting.get(account).copied() {
            if before <= at {
                return;
            }
            self.due.remove(&(before, account.clone()));
        }
        self.waiting.insert(account.clone(), at);
        self.due.insert((at, account.clone()));
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The next one that is due. Its pace counts from now, until it turns out that there is nothing to write.
    pub(super) fn take(&mut self, now: Instant) -> Option<ObjectKey> {
        if self.next()? > now {
            return None;
        }
        let (_, account) = self.due.pop_first()?;
        self.waiting.remove(&account);
        if self.written.len() % 1024 == 1023 {
            self.written.retain(|_, at| *at + PACE > now);
        }
        self.written.insert(account.clone(), now);
        Some(account)
    }

    /// Notes that nothing was written for an account.
    pub(super) fn wrote_nothing(&mut self, account: &ObjectKey) {
        self.written.remove(account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web() -> ObjectKey {
        ObjectKey::new("shop", "web")
    }

    #[test]
    fn what_comes_together_is_looked_at_once() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for _ in 0..1000 {
            queue.put(&web(), Duration::ZERO, now);
        }
        assert_eq!(queue.take(now), None);
        assert_eq!(queue.take(now + GATHER), Some(web()));
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn after_a_write_an_account_waits_for_its_pace_and_no_other_does() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.put(&web(), Duration::ZERO, now);
        let now = now + GATHER;
        assert_eq!(queue.take(now), Some(web()));
        queue.put(&web(), Duration::ZERO, now);
        let other = ObjectKey::new("shop", "other");
        queue.put(&other, Duration::ZERO, now);
        assert_eq!(queue.take(now + GATHER), Some(other));
        assert_eq!(queue.take(now + GATHER), None);
        assert_eq!(queue.take(now + PACE), Some(web()));
    }

    #[test]
    fn who_had_nothing_written_waits_for_nothing() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.put(&web(), Duration::ZERO, now);
        let now = now + GATHER;
        assert_eq!(queue.take(now), Some(web()));
        queue.wrote_nothing(&web());
        queue.put(&web(), Duration::ZERO, now);
        assert_eq!(queue.take(now + GATHER), Some(web()));
    }

    #[test]
    fn what_is_sooner_counts() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for seconds in [300, 0, 30] {
            queue.put(&web(), Duration::from_secs(seconds), now);
        }
        assert_eq!(queue.take(now + GATHER), Some(web()));
        assert_eq!(queue.next(), None);
    }
}
