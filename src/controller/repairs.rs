//! How often a native Secret is put back: at once, unless someone else writes it again and again.
//! Between two writers that never agree there would otherwise be no end, at the full speed of both.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many repairs in a row are made at once.
const AT_ONCE: u32 = 10;

/// After that, one in this time.
pub(super) const INTERVAL: Duration = Duration::from_secs(30);

/// By UID of the Secret: when all its repairs are paid for, at one [`INTERVAL`] each.
#[derive(Debug, Default)]
pub(super) struct Repairs(Mutex<HashMap<String, Instant>>);

impl Repairs {
    /// Whether a repair may be made at `now`.
    pub(super) fn may_be_made(&self, uid: &str, now: Instant) -> bool {
        let paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paid.get(uid)
            .is_none_or(|at| at.duration_since(now) <= INTERVAL * (AT_ONCE - 1))
    }

    /// Counts one that was made. However many were made that nobody asked this about, the next one waits for one
    /// [`INTERVAL`].
    pub(super) fn made(&self, uid: &str, now: Instant) {
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Also forgets the Secrets that are gone. Repairs are rare, so the map is small.
        paid.retain(|_, at| *at > now);
        let paid = paid.entry(uid.to_owned()).or_insert(now);
        *paid = (*paid + INTERVAL).min(now + INTERVAL * AT_ONCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_repairs_are_made_at_once_and_then_two_a_minute() {
        let (repairs, start) = (Repairs::default(), Instant::now());
        let made = |after: Duration| {
            let now = start + after;
            let mut count = 0;
            while repairs.may_be_made("a", now) {
                repairs.made("a", now);
                count += 1;
            }
            count
        };
        assert_eq!(made(Duration::ZERO), 10);
        assert_eq!(made(Duration::from_secs(29)), 0);
        assert_eq!(made(Duration::from_secs(30)), 1);
        assert_eq!(made(Duration::from_secs(150)), 4);
        assert_eq!(made(Duration::from_hours(1)), 10);
    }

    #[test]
    fn however_many_were_made_the_next_one_waits_for_one_interval() {
        let (repairs, start) = (Repairs::default(), Instant::now());
        for _ in 0..40 {
            repairs.made("a", start);
        }
        assert!(!repairs.may_be_made("a", start + INTERVAL / 2));
        assert!(repairs.may_be_made("a", start + INTERVAL));
    }

    #[test]
    fn one_secret_does_not_use_up_the_repairs_of_another() {
        let (repairs, now) = (Repairs::default(), Instant::now());
        while repairs.may_be_made("a", now) {
            repairs.made("a", now);
        }
        assert!(repairs.may_be_made("b", now));
    }

    #[test]
    fn secrets_without_repairs_are_forgotten() {
        let (repairs, now) = (Repairs::default(), Instant::now());
        repairs.made("a", now);
        repairs.made("b", now + INTERVAL);
        assert_eq!(repairs.0.lock().unwrap().len(), 1);
    }
}
