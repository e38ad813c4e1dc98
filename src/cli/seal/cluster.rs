//! Stores from the cluster of a kubeconfig.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// How long a person waits for one answer. The client alone would try again for minutes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection, and the runtime that only it needs.
pub(in crate::cli) struct Cluster {
    runtime: Runtime,
    client: Client,
    default_namespace: String,
}

impl Cluster {
    /// Reads the configuration; the API server is not asked yet.
    pub(in crate::cli) fn connect(
        kubeconfig: Option<&Path>,
        context: Option<&str>,
    ) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the async runtime")?;
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..Default::default()
        };
        let config = runtime.block_on(async {
            match kubeconfig {
                Some(path) => {
                    let file = Kubeconfig::read_from(path)?;
                    Ok(Config::from_custom_kubeconfig(file, &options).await?)
                }
                None if context.is_some() => Ok(Config::from_kubeconfig(&options).await?),
                None => Config::infer().await.map_err(anyhow::Error::from),
            }
        });
        let config = config.context(
            "cannot find a cluster; give --kubeconfig or --context, or a key that was fetched before with --sealing-key",
        )?;
        let default_namespace = config.default_namespace.clone();
        let _in_runtime = runtime.enter();
        let client = Client::try_from(config).context("cannot connect to the cluster")?;
        Ok(Self {
            runtime,
            client,
            default_namespace,
        })
    }

    pub(in crate::cli) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Waits for what is asked of the cluster, for as long as that takes.
    pub(in crate::cli) fn block_on<F: Future>(&self, asked: F) -> F::Output {
        self.runtime.block_on(asked)
    }

    pub(in crate::cli) fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// The store as the API server has it.
    pub(in crate::cli) fn store(&self, namespace: &str, name: &str) -> anyhow::Result<Value> {
        let kind = GroupVersionKind::gvk("coffer.dev", "v1alpha1", "SecretStore");
        let resource = ApiResource::from_gvk_with_plural(&kind, "secretstores");
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), namespace, &resource);
        let answer = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, api.get_opt(name)).await })
            .map_err(|_| anyhow!("the cluster did not answer within {PATIENCE:?}"));
        match answer.and_then(|answer| answer.map_err(anyhow::Error::from)) {
            Ok(Some(store)) => Ok(store.data),
            Ok(None) => bail!(
                "the cluster has no SecretStore {namespace}/{name}; create it, or correct spec.storeRef or the namespace"
            ),
            Err(error) => Err(error.context(format!(
                "cannot read SecretStore {namespace}/{name}; ask for the right to get secretstores, or for its YAML and use --sealing-key"
            ))),
        }
    }
}
