//! Asking processes whether they are ready, and waiting until they are.

use std::time::Duration;

use anyhow::{Result, bail};
use http::Request;
use kube::{Client, Config};
use tokio::time::{Instant, sleep, timeout};

use crate::process::Process;

const POLL: Duration = Duration::from_millis(50);
/// A question that takes longer than this counts as a no.
const ANSWER: Duration = Duration::from_secs(2);

/// A client for the plain HTTP server at `url`.
pub fn http(url: &str) -> Result<Client> {
    let mut config = Config::new(url.parse()?);
    // Loopback needs no proxy, and whoever waits asks again anyway.
    config.proxy_url = None;
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

/// Whether `path` answers with a success.
pub async fn ok(client: &Client, path: &str) -> bool {
    let Ok(request) = Request::get(path).body(Vec::new()) else {
        return false;
    };
    matches!(
        timeout(ANSWER, client.request_text(request)).await,
        Ok(Ok(_))
    )
}

/// Waits until `ready`. Fails when one of the processes that it depends on ends, with the end of
/// that one's log, or after `limit`.
pub async fn until(
    what: &str,
    limit: Duration,
    processes: &mut [&mut Process],
    mut ready: impl AsyncFnMut() -> bool,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        for process in &mut *processes {
            process.still_running()?;
        }
        if ready().await {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let logs = processes.iter().map(|process| {
                format!(
                    "\n\nthe end of the log of {}:\n{}",
                    process.spec().name(),
                    process.tail()
                )
            });
            bail!(
                "{what} is not ready after {} s{}",
                limit.as_secs(),
                logs.collect::<String>()
            );
        }
        sleep(POLL).await;
    }
}
