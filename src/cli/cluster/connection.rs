//! From a kubeconfig to a client, and the waiting for its answers.

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::runtime::{Builder, Runtime};

use super::{Connection, Error, Request, Scope};

/// How long a person waits for one answer. The client alone would try again for minutes.
pub(in crate::cli) const PATIENCE: Duration = Duration::from_secs(20);

/// A connection, and the runtime that only it needs.
pub(in crate::cli) struct Cluster {
    runtime: Runtime,
    pub(super) client: Client,
    default_namespace: String,
}

impl Cluster {
    /// Reads the configuration; the API server is not asked yet.
    pub(in crate::cli) fn connect(connection: &Connection) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the async runtime")?;
        let options = KubeConfigOptions {
            context: connection.context.clone(),
            ..Default::default()
        };
        let config = runtime.block_on(async {
            match &connection.kubeconfig {
                Some(path) => {
                    let file = Kubeconfig::read_from(path)?;
                    Ok(Config::from_custom_kubeconfig(file, &options).await?)
                }
                None if options.context.is_some() => Ok(Config::from_kubeconfig(&options).await?),
                None => Config::infer().await.map_err(anyhow::Error::from),
            }
        });
        let config = config.context("cannot find a cluster; give --kubeconfig or --context")?;
        let default_namespace = config.default_namespace.clone();
        let _in_runtime = runtime.enter();
        let client = Client::try_from(config).context("cannot connect to the cluster")?;
        Ok(Self {
            runtime,
            client,
            default_namespace,
        })
    }

    /// For what only one command asks.
    pub(in crate::cli) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Waits for what is asked of the cluster, for as long as that takes.
    pub(in crate::cli) fn block_on<F: Future>(&self, asked: F) -> F::Output {
        self.runtime.block_on(asked)
    }

    /// The namespace of the kubeconfig's context.
    pub(in crate::cli) fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// The namespace that is meant; none for all.
    pub(in crate::cli) fn namespace_of(&self, scope: &Scope) -> Option<String> {
        let named = scope.namespace.as_deref();
        (!scope.all_namespaces).then(|| named.unwrap_or(&self.default_namespace).to_owned())
    }

    /// Waits for one answer.
    pub(in crate::cli) fn ask<T>(
        &self,
        request: Request,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, Error> {
        let patiently = async { tokio::time::timeout(PATIENCE, answer).await };
        match self.runtime.block_on(patiently) {
            Ok(answer) => answer.map_err(|error| Error::of(request, error)),
            Err(_) => Err(Error::Silent),
        }
    }
}
