//! The port: HTTP/1.1, with limits on how long and how much.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::http::Request;
use axum_server::Handle;
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::service::SendService;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper::body::Incoming;
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Facade, router};
use crate::limited::Limited;

/// How long a client may take to send the head of a request, the time between two included.
const HEADERS: Duration = Duration::from_secs(30);

/// How long a client may take for the handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long requests that are under way at the end may take.
const GRACE: Duration = Duration::from_secs(10);

/// The most that is kept of the head of a request: the longest token has 16 KiB.
const HEAD_BYTES: usize = 32 * 1024;

/// Connections at once.
const CONNECTIONS: usize = 2000;

/// What is allowed at once, and in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that are worked on at once; others wait. Each can have a body of a megabyte in memory.
    pub at_once: NonZeroU16,
    /// How long one may take, its waiting and its body included.
    pub total: Duration,
    /// Requests of one caller in a second.
    pub rate: NonZeroU32,
    /// Requests of one caller that may come at once.
    pub burst: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: const { NonZeroU16::new(128).unwrap() },
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

/// Serves until `shutdown`, and finishes what is under way then. With `tls`, whatever certificate it has at the time of a
/// handshake; without, plain HTTP.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    facade: Facade,
    tls: Option<RustlsConfig>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let router = router::router(&facade);
    // Without a delay: an answer goes in two pieces, and the second would wait for the first one's acknowledgement.
    match tls {
        None => run(listener, NoDelayAcceptor, router, shutdown).await,
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).handshake_timeout(HANDSHAKE);
            run(
                listener,
                acceptor.acceptor(NoDelayAcceptor),
                router,
                shutdown,
            )
            .await
        }
    }
}

async fn run<A>(
    listener: TcpListener,
    acceptor: A,
    router: Router,
    shutdown: CancellationToken,
) -> anyhow::Result<()>
where
    A: Accept<TcpStream, Router> + Clone + Send + Sync + 'static,
    A::Stream: AsyncRead + AsyncWrite + Unpin + Send,
    A::Service: SendService<Request<Incoming>> + Send,
    A::Future: Send + 'static,
{
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener.into_std()?)?
        .acceptor(Limited::new(acceptor, CONNECTIONS))
        .handle(handle.clone())
        .http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEAD_BYTES);
    let mut serving = std::pin::pin!(server.serve(router.into_make_service()));
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = shutdown.cancelled() => handle.graceful_shutdown(Some(GRACE)),
    }
    // Whoever only holds a connection does not hold up the end.
    timeout(2 * GRACE, serving).await.unwrap_or(Ok(()))?;
    Ok(())
}
