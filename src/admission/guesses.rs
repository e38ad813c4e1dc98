//! Sealing compares a value with what is stored, so whoever may change a Secret could try values one after
//! another and see whether the envelope stays. After too many that differ, a value is sealed anew without
//! being compared, which tells nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::index::ObjectKey;

/// So many times values of one Secret may differ …
const LIMIT: usize = 60;

/// … in this time.
const WINDOW: Duration = Duration::from_mins(1);

/// Reviews with values that differed, by Secret, in the present window. One compares each value once, so that
/// applying a large Secret with all of its values changed is no more than a single guess at each.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<ObjectKey, (Instant, usize)>>);

impl Guesses {
    /// Whether values of this Secret may still be compared.
    pub(super) fn may_compare(&self, secret: &ObjectKey, now: Instant) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .get(secret)
            .is_none_or(|(since, count)| *count < LIMIT || now.duration_since(*since) >= WINDOW)
    }

    /// Counts values that differed. Says whether the limit is reached by them.
    pub(super) fn count(&self, secret: &ObjectKey, differing: usize, now: Instant) -> bool {
        if differing == 0 {
            return false;
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of the last minute are few.
        if counts.len() >= 1024 {
            counts.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        let entry = counts.entry(secret.clone()).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        let before = entry.1;
        entry.1 += 1;
        before < LIMIT && entry.1 >= LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_too_many_that_differ_nothing_is_compared_for_the_rest_of_a_minute() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let secret = ObjectKey::new("team-a", "stripe");
        for _ in 1..LIMIT {
            assert!(!guesses.count(&secret, 1, start));
            assert!(guesses.may_compare(&secret, start));
        }
        assert!(guesses.count(&secret, 1, start));
        assert!(!guesses.count(&secret, 1, start), "told once");
        let almost = start + WINDOW.saturating_sub(Duration::from_secs(1));
        assert!(!guesses.may_compare(&secret, almost));
        assert!(guesses.may_compare(&secret, start + WINDOW));
    }

    #[test]
    fn one_secret_does_not_use_up_the_guesses_of_another() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        guesses.count(&ObjectKey::new("team-a", "stripe"), LIMIT, now);
        assert!(guesses.may_compare(&ObjectKey::new("team-b", "stripe"), now));
    }

    #[test]
    fn values_that_do_not_differ_count_nothing() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        let secret = ObjectKey::new("team-a", "stripe");
        for _ in 0..2 * LIMIT {
            guesses.count(&secret, 0, now);
        }
        assert!(guesses.may_compare(&secret, now));
    }
}
