//! `coffer operator`: one replica, until a signal ends it.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::core_dumps;
use crate::admission::Address;
use crate::api::Period;
use crate::facade;
use crate::operator::{self, Admission, Config, Webhooks};
use crate::policy::quota::AccountQuota;
use crate::policy::scopes::DefaultScopes;
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
    /// How this replica is called in the Lease [default: the name of the host, which in a cluster is the
    /// pod's].
    #[arg(long, env = "COFFER_REPLICA", value_name = "NAME")]
    replica: Option<String>,
    /// How values in clear are sealed: by a webhook, before they are stored; or by the controller,
    /// after they were, for clusters that cannot have webhooks.
    #[arg(long, env = "COFFER_ADMISSION_MODE", value_enum, default_value_t = Mode::Webhook)]
    admission_mode: Mode,
    /// Where to serve the webhooks.
    #[arg(long, env = "COFFER_WEBHOOK_ADDRESS", default_value = "0.0.0.0:9443")]
    webhook_address: SocketAddr,
    /// The Service by which the API server reaches the webhooks, on port 443.
    #[arg(
        long,
        env = "COFFER_WEBHOOK_SERVICE",
        default_value = "coffer-webhook",
        value_name = "NAME"
    )]
    webhook_service: String,
    /// Where the API server reaches the webhooks, as https://host:port: for an operator outside the
    /// cluster, in place of the Service.
    #[arg(long, value_name = "URL", value_parser = operator::url)]
    webhook_url: Option<String>,
    /// Native Secret of type kubernetes.io/tls, in the operator's namespace, with a certificate for the
    /// webhooks; its ca.crt, if there is one, is what the API server is told to trust. Without it the
    /// operator makes its own.
    #[arg(long, env = "COFFER_WEBHOOK_CERTIFICATE", value_name = "NAME")]
    webhook_certificate: Option<String>,
    /// Where to serve the REST interfaces [default: nowhere].
    #[arg(long, env = "COFFER_FACADE_ADDRESS", value_name = "ADDRESS")]
    facade_address: Option<SocketAddr>,
    /// The Service by which the REST interfaces are reached; their certificate, which the operator makes, is valid for it.
    #[arg(
        long,
        env = "COFFER_FACADE_SERVICE",
        default_value = "coffer",
        value_name = "NAME"
    )]
    facade_service: String,
    /// Other names or addresses by which the REST interfaces are reached, with commas between them.
    #[arg(
        long,
        env = "COFFER_FACADE_NAMES",
        value_delimiter = ',',
        value_name = "NAMES"
    )]
    facade_names: Vec<String>,
    /// Serve the REST interfaces without TLS: for an address that only this machine reaches, or behind a proxy that has
    /// TLS of its own.
    #[arg(long, env = "COFFER_FACADE_PLAIN_HTTP")]
    facade_plain_http: bool,
    /// Audiences of the tokens that the REST interfaces take, with commas between them.
    #[arg(
        long,
        env = "COFFER_FACADE_AUDIENCES",
        default_value = "coffer",
        value_delimiter = ',',
        value_name = "AUDIENCES"
    )]
    facade_audiences: Vec<String>,
    /// How many Secrets are worked on at once.
    #[arg(long, env = "COFFER_CONCURRENCY", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: u16,
    /// How many Secrets a namespace may have, where it has no quota of its own (annotation
    /// coffer.dev/secrets-quota): a number, or `unlimited`. Of more, the oldest are served.
    #[arg(
        long,
        env = "COFFER_ACCOUNT_QUOTA",
        default_value = "unlimited",
        value_name = "SECRETS"
    )]
    account_quota: AccountQuota,
    /// Names of the scopes that a store has which lists none, with commas between them. They are for nobody: Secrets
    /// may name them, as they do on the REST interfaces.
    #[arg(
        long,
        env = "COFFER_DEFAULT_SCOPES",
        default_value_t,
        value_name = "NAMES"
    )]
    default_scopes: DefaultScopes,
    /// How many Secrets a second are sealed again after a store's keys were rotated, at most. Less goes
    /// easier on the API server.
    #[arg(
        long,
        env = "COFFER_RESEAL_RATE",
        default_value = "250",
        value_name = "PER_SECOND"
    )]
    reseal_rate: NonZeroU16,
    /// How long keys outlive their store, where the store does not say: a number and a unit (d, h, m or s),
    /// or 0. After that, what was sealed for the store can never be opened again.
    #[arg(
        long,
        env = "COFFER_KEY_RETENTION",
        default_value = "30d",
        value_name = "PERIOD",
        value_parser = period
    )]
    key_retention: Duration,
    /// How log lines are written.
    #[arg(long, env = "COFFER_LOG_FORMAT", value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
    /// Which log lines are written, as `RUST_LOG` has it.
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
}

/// How values in clear are sealed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Mode {
    /// Before they are stored.
    Webhook,
    /// After they were stored.
    Controller,
}

impl Args {
    fn into_config(self) -> Config {
        let address = match self.webhook_url {
            Some(url) => Address::Url(url),
            None => Address::Service {
                namespace: self.namespace.clone(),
                name: self.webhook_service,
            },
        };
        let webhooks = Webhooks {
            listen: self.webhook_address,
            address,
            certificate: self.webhook_certificate,
        };
        let facade_names = if self.facade_plain_http {
            Vec::new()
        } else {
            let (service, namespace) = (&self.facade_service, &self.namespace);
            let mut names = vec![
                format!("{service}.{namespace}.svc"),
                format!("{service}.{namespace}.svc.cluster.local"),
            ];
            names.extend(self.facade_names);
            names
        };
        Config {
            namespace: self.namespace,
            replica: self.replica.unwrap_or_else(host_name),
            concurrency: self.concurrency,
            facade: self.facade_address.map(|listen| operator::Facade {
                listen,
                names: facade_names,
                audiences: self.facade_audiences,
                settings: facade::Settings::default(),
            }),
            account_quota: self.account_quota,
            default_scopes: self.default_scopes,
            reseal_rate: self.reseal_rate,
            key_retention: self.key_retention,
            admission: match self.admission_mode {
                Mode::Webhook => Admission::Webhook(webhooks),
                Mode::Controller => Admission::Controller,
            },
        }
    }
}

fn period(text: &str) -> Result<Duration, String> {
    let period = Period::from(text).to_duration();
    period.ok_or_else(|| "give a number and a unit (d, h, m or s), as in 30d, or 0".to_owned())
}

fn host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
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
    let cluster = config(args.kubeconfig.as_deref()).await?;
    let shutdown = CancellationToken::new();
    let metrics = Arc::new(Metrics::default());
    let (ready_sender, ready) = watch::channel(Err("not in sync with the cluster yet".to_owned()));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
    let operating = async {
        let ended = Box::pin(operator::run(
            cluster,
            args.into_config(),
            metrics.clone(),
            ready_sender,
            shutdown.clone(),
        ))
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
    tokio::try_join!(operating, served, signalled)?;
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
