//! The port: HTTP/1.1, with limits on how long and how much.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use anyhow::Context as _;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Facade, router};
use crate::limited::Limited;

/// How long a client may take to send the head of a request, the time between two included.
const HEADERS: Duration = Duration::from_secs(30);

/// How long requests that are under way at the end may take.
const GRACE: Duration = Duration::from_secs(10);

/// Connections at once.
const CONNECTIONS: usize = 4000;

/// What is allowed at once, and in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that are worked on at once.
    pub at_once: NonZeroU16,
    /// How long one may take, body included.
    pub total: Duration,
    /// Requests of one caller in a second.
    pub rate: NonZeroU32,
    /// Requests of one caller that may come at once.
    pub burst: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: const { NonZeroU16::new(256).unwrap() },
            total: Duration::from_secs(30),
            rate: const { NonZeroU32::new(100).unwrap() },
            burst: const { NonZeroU32::new(200).unwrap() },
        }
    }
}

/// Takes the port, so that a port in use is known before anything else starts.
///
/// # Errors
/// The address is in use, or not of this machine.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another --facade-address"))
}

/// Serves until `shutdown`, and finishes what is under way then.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    facade: Facade,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let router = router::router(&facade);
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener.into_std()?)?
        .acceptor(Limited::new(NoDelayAcceptor, CONNECTIONS))
        .handle(handle.clone())
        .http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS);
    let mut serving = std::pin::pin!(server.serve(router.into_make_service()));
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = shutdown.cancelled() => handle.graceful_shutdown(Some(GRACE)),
    }
    // Whoever only holds a connection does not hold up the end.
    timeout(2 * GRACE, serving).await.unwrap_or(Ok(()))?;
    Ok(())
}
