//! Whether this replica may be asked: as long as its watches are heard.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::index::feed::{Progress, SILENCE};

/// How often the clock is looked at. Costs no request.
const TICK: Duration = Duration::from_secs(1);

/// Keeps `ready` true while every watch is heard, from now on.
pub(super) async fn keep(ready: &watch::Sender<bool>, progress: &Progress) -> Infallible {
    loop {
        let silent = progress.silent();
        let is_ready = silent.is_none();
        let changed =
            ready.send_if_modified(|before| std::mem::replace(before, is_ready) != is_ready);
        match silent {
            Some(what) if changed => tracing::warn!(
                what,
                "the API server has not been heard for {} s: not ready, and sealing nothing, until it is",
                SILENCE.as_secs()
            ),
            None if changed => tracing::info!("in sync with the cluster"),
            _ => {}
        }
        sleep(TICK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_replica_is_ready_until_a_watch_is_silent_and_again_when_it_is_heard() {
        let (progress, (ready, mut is_ready)) = (Progress::default(), watch::channel(false));
        progress.note("secrets");
        let began = tokio::time::Instant::now();
        let following = async {
            is_ready.wait_for(|ready| *ready).await.unwrap();
            is_ready.wait_for(|ready| !*ready).await.unwrap();
            assert!(began.elapsed() > SILENCE && began.elapsed() < SILENCE + 2 * TICK);
            progress.note("secrets");
            is_ready.wait_for(|ready| *ready).await.unwrap();
        };
        tokio::select! {
            never = keep(&ready, &progress) => match never {},
            () = following => {}
        }
    }
}
