//! `coffer operator`: the controllers, until a signal ends them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::core_dumps;
use crate::controller;
use crate::telemetry::{health, log, metrics::Metrics};

/// Run the operator.
///
/// In a cluster it uses its service account; elsewhere a kubeconfig.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Namespace that holds the keys.
    #[arg(long, short, env = "COFFER_NAMESPACE", default_value = "coffer-system")]
    namespace: String,
    /// Kubeconfig to use [default: that of the cluster it runs in, else $KUBECONFIG].
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Where to serve /healthz, /readyz and /metrics.
    #[arg(long, env = "COFFER_METRICS_ADDRESS", default_value = "0.0.0.0:8080")]
    metrics_address: SocketAddr,
    /// How many Secrets are worked on at once.
    #[arg(long, env = "COFFER_CONCURRENCY", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: u16,
    /// How log lines are written.
    #[arg(long, env = "COFFER_LOG_FORMAT", value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
    /// Which log lines are written, as `RUST_LOG` has it.
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
}

/// # Errors
/// What keeps the operator from starting, or ended it.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(operate(args)).map(|()| ExitCode::SUCCESS)
}

async fn operate(args: Args) -> anyhow::Result<()> {
    log::init(args.log_format, &args.log).context("--log does not parse")?;
    if let Err(error) = core_dumps::off() {
        tracing::warn!(%error, "cannot turn core dumps off");
    }
    let listener = health::bind(args.metrics_address).await?;
    let client = kube::Client::try_from(config(args.kubeconfig.as_deref()).await?)?;
    let shutdown = CancellationToken::new();
    let metrics = Arc::new(Metrics::default());
    let (ready_sender, ready) = watch::channel(false);
    let config = controller::Config {
        operator_namespace: args.namespace,
        concurrency: args.concurrency,
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
    let controllers = async {
        let ended = controller::run(
            client,
            config,
            metrics.clone(),
            ready_sender,
            shutdown.clone(),
        )
        .await;
        shutdown.cancel();
        ended
    };
    let served = health::serve(listener, metrics.clone(), ready, shutdown.clone());
    let signalled = async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => tracing::info!("ending: terminated"),
            _ = tokio::signal::ctrl_c() => tracing::info!("ending: interrupted"),
            () = shutdown.cancelled() => {}
        }
        shutdown.cancel();
        anyhow::Ok(())
    };
    tokio::try_join!(controllers, served, signalled)?;
    Ok(())
}

async fn config(path: Option<&std::path::Path>) -> anyhow::Result<kube::Config> {
    let Some(path) = path else {
        return kube::Config::infer()
            .await
            .context("no cluster found: run in a pod, set KUBECONFIG, or pass --kubeconfig");
    };
    let kubeconfig = Kubeconfig::read_from(path)
        .with_context(|| format!("cannot read --kubeconfig {}", path.display()))?;
    Ok(kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?)
}
