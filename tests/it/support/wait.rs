//! Waiting for a condition with a deadline.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// Far more than anything takes, even on a machine that is busy with something else.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(40);

/// Asks until the answer is `Ok`. After half a minute the test fails, with what was wrong last.
pub(crate) async fn eventually<T, E: Display>(
    what: &str,
    attempt: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    within(DEADLINE, what, attempt).await
}

/// The same with a deadline of its own.
pub(crate) async fn within<T, E: Display>(
    deadline: Duration,
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let end = Instant::now() + deadline;
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match attempt().await {
            Ok(value) => return value,
            Err(error) if Instant::now() >= end => {
                panic!("not after {} s: {what}: {error}", deadline.as_secs())
            }
            Err(_) => {}
        }
    }
}
