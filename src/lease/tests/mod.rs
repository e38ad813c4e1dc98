//! With a paused clock, against a fake API server.

mod chaos;
mod fake;
mod handover;
mod trouble;

use std::time::Duration;

use kube::Client;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Candidate, Config, Leadership};

/// As [`Config::new`] has them.
const DURATION: Duration = Duration::from_secs(15);
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(2);

/// A candidate at work. It stops, without a word, when dropped.
struct Replica {
    leadership: Leadership,
    release: CancellationToken,
    task: JoinSet<()>,
}

impl Replica {
    fn start(name: &str, client: Client) -> Self {
        let config = Config {
            identity: name.to_owned(),
            ..Config::new("coffer-system", "coffer", name)
        };
        let (candidate, leadership) = Candidate::new(config).unwrap();
        let release = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(candidate.hold(client, release.clone()));
        Self {
            leadership,
            release,
            task,
        }
    }

    /// A replica that leads.
    async fn leading(name: &str, client: Client) -> Self {
        let mut replica = Self::start(name, client);
        replica.leadership.gained().await;
        replica
    }

    fn leads(&self) -> bool {
        self.leadership.is_held()
    }

    async fn release(mut self) {
        self.release.cancel();
        while self.task.join_next().await.is_some() {}
    }
}

/// The time from one try to the next is over for everyone.
async fn one_retry() {
    sleep(RETRY + Duration::from_millis(1)).await;
}
