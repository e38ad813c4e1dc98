//! The port for the platform: `/healthz`, `/readyz`, `/metrics`. Plain HTTP, nothing secret.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;

/// How long a client may take to send a request, the time between two included.
const HEADERS: Duration = Duration::from_secs(5);

/// The most that is read of a request before it is refused.
const REQUEST_BYTES: usize = 16 * 1024;

/// How long an answer that is under way at the end may take.
const GRACE: Duration = Duration::from_secs(1);

/// Whether the process may be asked; otherwise why not, in one line for `/readyz`.
pub type Readiness = Result<(), String>;

/// Takes the port, so that a port in use is known before anything else starts.
///
/// # Errors
/// The address is in use, or not of this machine.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another --metrics-address"))
}

/// Serves until `shutdown`.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    ready: watch::Receiver<Readiness>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .with_state(ready)
        .route("/metrics", get(scrape))
        .with_state(metrics);
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener.into_std()?)?
        .http1_only()
        .handle(handle.clone());
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(REQUEST_BYTES);
    let mut serving = std::pin::pin!(server.serve(router.into_make_service()));
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = shutdown.cancelled() => handle.graceful_shutdown(Some(GRACE)),
    }
    // Whoever only holds a connection does not hold up the end.
    tokio::time::timeout(2 * GRACE, serving)
        .await
        .unwrap_or(Ok(()))?;
    Ok(())
}

async fn readyz(State(ready): State<watch::Receiver<Readiness>>) -> impl IntoResponse {
    match &*ready.borrow() {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

async fn scrape(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], metrics.encode())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;

    struct Served {
        address: SocketAddr,
        ready: watch::Sender<Readiness>,
        shutdown: CancellationToken,
        server: JoinHandle<anyhow::Result<()>>,
    }

    async fn served() -> Served {
        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ready, is_ready) = watch::channel(Err("not yet".to_owned()));
        let shutdown = CancellationToken::new();
        let serving = serve(listener, Arc::default(), is_ready, shutdown.clone());
        #[expect(clippy::disallowed_methods, reason = "the test waits for its end")]
        let server = tokio::spawn(serving);
        Served {
            address,
            ready,
            shutdown,
            server,
        }
    }

    async fn send(address: SocketAddr, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// All that comes until the server closes the connection.
    async fn rest(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        timeout(Duration::from_secs(20), read).await.unwrap().ok();
        answer
    }

    async fn get(address: SocketAddr, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        rest(send(address, &request).await).await
    }

    #[tokio::test]
    async fn readiness_follows_what_is_told() {
        let served = served().await;
        let answer = get(served.address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.ends_with("\r\n\r\nnot yet\n"), "{answer}");
        served.ready.send_modify(|ready| *ready = Ok(()));
        let answer = get(served.address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let answer = get(served.address, "/metrics").await;
        assert!(answer.ends_with("# EOF\n"), "{answer}");
    }

    #[tokio::test]
    async fn a_client_that_never_ends_its_request_is_cut_off() {
        let served = served().await;
        let slow = send(served.address, "GET /readyz HTTP/1.1\r\nX: ").await;
        let idle = send(served.address, "").await;
        tokio::join!(rest(slow), rest(idle));
    }

    #[tokio::test]
    async fn a_request_that_is_too_large_is_refused() {
        let served = served().await;
        let large = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(REQUEST_BYTES));
        let answer = rest(send(served.address, &large).await).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn clients_that_hold_connections_do_not_hold_up_the_end() {
        let served = served().await;
        let slow = send(served.address, "GET /readyz HTTP/1.1\r\nX: ").await;
        get(served.address, "/healthz").await;
        served.shutdown.cancel();
        let ended = timeout(3 * GRACE, served.server).await.unwrap();
        ended.unwrap().unwrap();
        drop(slow);
    }
}
