//! The rate at which Secrets are sealed again, of all stores together.

use std::num::NonZeroU16;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// So many turns at most are made up for after a pause.
const BURST: u32 = 16;

/// Turns, one after another.
#[derive(Debug)]
pub(super) struct Pace {
    step: Duration,
    last: Mutex<Instant>,
}

impl Pace {
    /// So many turns in a second.
    pub(super) fn new(rate: NonZeroU16) -> Self {
        Self {
            step: Duration::from_secs(1) / u32::from(rate.get()),
            last: Mutex::new(Instant::now()),
        }
    }

    /// Waits for the next turn.
    pub(super) async fn turn(&self) {
        let turn = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let next = *last + self.step;
            let earliest = Instant::now().checked_sub(self.step * BURST);
            *last = earliest.map_or(next, |earliest| next.max(earliest));
            *last
        };
        sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    async fn turns(pace: &Pace, count: u32) -> Duration {
        let began = Instant::now();
        for _ in 0..count {
            pace.turn().await;
        }
        began.elapsed()
    }

    fn pace() -> Pace {
        Pace::new(NonZeroU16::new(250).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_turns_take_a_second_and_no_less() {
        let pace = pace();
        let took = turns(&pace, 250).await;
        assert!(took >= Duration::from_millis(999), "{took:?}");
        assert!(took <= Duration::from_millis(1010), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_delay_is_made_up_for() {
        let pace = pace();
        let began = Instant::now();
        for _ in 0..25 {
            turns(&pace, 10).await;
            sleep(Duration::from_millis(20)).await;
        }
        let took = began.elapsed();
        assert!(took <= Duration::from_millis(1050), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_rest_is_not() {
        let pace = pace();
        advance(Duration::from_hours(1)).await;
        let took = turns(&pace, 250).await;
        let made_up = Duration::from_millis(4) * (BURST + 2);
        assert!(took + made_up >= Duration::from_secs(1), "{took:?}");
    }

    /// Whoever waits for a turn does not lose the others theirs.
    #[tokio::test(start_paused = true)]
    async fn the_turns_are_of_all_together() {
        let pace = pace();
        let began = Instant::now();
        tokio::join!(turns(&pace, 125), turns(&pace, 125));
        assert!(began.elapsed() >= Duration::from_millis(999));
    }
}
