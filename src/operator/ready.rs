//! Whether this replica may be asked: as long as its watches are heard, and once the webhooks have a certificate.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::index::feed::{Progress, SILENCE};
use crate::telemetry::health::Readiness;

/// How often the clock is looked at. Costs no request.
const TICK: Duration = Duration::from_secs(1);

/// The same at first, while something is lacking, which is a matter of a moment at each start.
const LOOK: Duration = Duration::from_millis(20);

/// How long that is: an outage may last for hours.
const AT_FIRST: Duration = Duration::from_secs(10);

/// Keeps `ready` as it is from now on: Ok while every watch is heard, and nothing else is `lacking`.
pub(super) async fn keep(
    ready: &watch::Sender<Readiness>,
    progress: &Progress,
    lacking: impl Fn() -> Option<String>,
) -> Infallible {
    let began = Instant::now();
    loop {
        let silent = progress.silent();
        let now = match silent {
            Some(what) => Err(format!(
                "not in sync with the cluster: {what} not heard for {} s",
                SILENCE.as_secs()
            )),
            None => lacking().map_or(Ok(()), Err),
        };
        let tick = if now.is_ok() || began.elapsed() > AT_FIRST {
            TICK
        } else {
            LOOK
        };
        let changed = ready.send_if_modified(|before| {
            let changed = *before != now;
            before.clone_from(&now);
            changed
        });
        match (silent, now) {
            (Some(what), _) if changed => tracing::warn!(
                what,
                "the API server has not been heard for {} s: not ready, and sealing nothing, until it is",
                SILENCE.as_secs()
            ),
            (None, Ok(())) if changed => tracing::info!("in sync with the cluster"),
            (None, Err(why)) if changed => {
                tracing::info!(why, "in sync with the cluster, not ready");
            }
            _ => {}
        }
        sleep(tick).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_replica_is_ready_until_a_watch_is_silent_and_again_when_it_is_heard() {
        let (progress, (ready, mut is_ready)) =
            (Progress::default(), watch::channel(Err(String::new())));
        progress.note("secrets");
        let began = Instant::now();
        let following = async {
            is_ready.wait_for(Result::is_ok).await.unwrap();
            is_ready.wait_for(Result::is_err).await.unwrap();
            assert!(began.elapsed() > SILENCE && began.elapsed() < SILENCE + 2 * TICK);
            progress.note("secrets");
            is_ready.wait_for(Result::is_ok).await.unwrap();
        };
        tokio::select! {
            never = keep(&ready, &progress, || None) => match never {},
            () = following => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_replica_is_not_ready_for_what_it_lacks_and_says_what_it_is() {
        let (progress, (ready, mut is_ready)) = (Progress::default(), watch::channel(Ok(())));
        progress.note("secrets");
        let lacking = std::sync::Mutex::new(Some("no certificate".to_owned()));
        let following = async {
            let why = is_ready.wait_for(Result::is_err).await.unwrap().clone();
            assert_eq!(why.unwrap_err(), "no certificate");
            *lacking.lock().unwrap() = None;
            let there = Instant::now();
            is_ready.wait_for(Result::is_ok).await.unwrap();
            assert!(
                there.elapsed() <= 2 * LOOK,
                "and no later than it has to be"
            );
        };
        tokio::select! {
            never = keep(&ready, &progress, || lacking.lock().unwrap().clone()) => match never {},
            () = following => {}
        }
    }
}
