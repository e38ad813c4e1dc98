//! From a kubeconfig to a client, and the waiting for its answers.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
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
        let config = config
            .map_err(without_quotation)
            .context("cannot find a cluster; give --kubeconfig or --context")?;
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

    /// Lets time go by.
    pub(in crate::cli) fn pause(&self, pause: Duration) {
        // Within the runtime, which the clock needs as well.
        self.block_on(async { tokio::time::sleep(pause).await });
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

/// The parser quotes the line that it stumbles over, which may hold a token.
fn without_quotation(error: anyhow::Error) -> anyhow::Error {
    let mut causes = error.chain();
    let found = causes.find_map(|cause| match cause.downcast_ref() {
        Some(KubeconfigError::Parse(parse)) => Some(parse),
        _ => None,
    });
    let Some(parse) = found else {
        return error;
    };
    let place = parse.location().map_or_else(String::new, |place| {
        format!(" at line {}, column {}", place.line(), place.column())
    });
    anyhow!("the kubeconfig does not read{place}; correct it there")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::{Cluster, Connection};

    #[test]
    fn of_a_kubeconfig_that_does_not_read_the_place_is_told_and_no_token() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, "users:\n- {name: a, user: {token: [hunter2]}}\n").unwrap();
        let connection = Connection {
            kubeconfig: Some(path),
            context: None,
        };
        let said = match Cluster::connect(&connection) {
            Ok(_) => panic!("it reads"),
            Err(error) => format!("{error:#}"),
        };
        assert!(said.contains("does not read at line 2, column "), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
