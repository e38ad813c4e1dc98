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
    /// Whether a repair may be made at `now`; if so it counts.
    pub(super) fn take(&self, uid: &str, now: Instant) -> bool {
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Also forgets the Secrets that are gone. Repairs are rare, so the map is small.
        paid.retain(|_, at| *at > now);
        let at = paid.get(uid).copied().unwrap_or(now);
        let allowed = at.duration_since(now) <= INTERVAL * (AT_ONCE - 1);
        if allowed {
            paid.insert(uid.to_owned(), at + INTERVAL);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_repairs_are_made_at_once_and_then_two_a_minute() {
        let (repairs, start) = (Repairs::default(), Instant::now());
        let made = |after: Duration| {
            (0..100)
                .filter(|_| repairs.take("a", start + after))
                .count()
        };
        assert_eq!(made(Duration::ZERO), 10);
        assert_eq!(made(Duration::from_secs(29)), 0);
        assert_eq!(made(Duration::from_secs(30)), 1);
        assert_eq!(made(Duration::from_secs(150)), 4);
        assert_eq!(made(Duration::from_hours(1)), 10);
    }

    #[test]
    fn one_secret_does_not_use_up_the_repairs_of_another() {
        let (repairs, now) = (Repairs::default(), Instant::now());
        while repairs.take("a", now) {}
        assert!(repairs.take("b", now));
    }

    #[test]
    fn secrets_without_repairs_are_forgotten() {
        let (repairs, now) = (Repairs::default(), Instant::now());
        repairs.take("a", now);
        repairs.take("b", now + INTERVAL);
        assert_eq!(repairs.0.lock().unwrap().len(), 1);
    }
}
