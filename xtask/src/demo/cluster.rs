//! The cluster that the demo plays on: one of our own, or the one of a kubeconfig.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kube::{
    Client, Config,
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
};

use crate::{
    control_plane::{ControlPlane, Options, service_account_token},
    manifest,
    operator::{ACCOUNT, Admission, NAMESPACE, Operator},
    process::{Guard, Spec},
    tools::{self, Tool},
    workspace,
};

/// A cluster with the operator running beside it, under the chart's service account.
#[derive(Debug)]
pub struct Cluster {
    // Dropped first: it talks to the API server.
    operator: Operator,
    /// Only where the cluster is our own.
    control_plane: Option<ControlPlane>,
    /// The administrator's kubeconfig.
    pub kubeconfig: PathBuf,
    /// kubectl.
    pub kubectl: PathBuf,
    /// The operator's binary, which is also the author's.
    pub coffer: PathBuf,
    /// Files of the demo.
    pub scratch: PathBuf,
}

impl Cluster {
    /// A control plane of our own.
    pub async fn own() -> Result<Self> {
        let tools = tools::provide(&Tool::CONTROL_PLANE).await?;
        let coffer = workspace::build_coffer(&Guard::start()?, false).await?;
        let options = Options {
            objects: Some(objects()?),
            ..Options::default()
        };
        let control_plane = ControlPlane::start(&tools, &options).await?;
        let mut operator = Operator::start(&control_plane, &coffer, "operator").await?;
        operator.ready().await?;
        Ok(Self {
            operator,
            kubeconfig: control_plane.kubeconfig(),
            kubectl: tools.path(Tool::Kubectl)?.to_owned(),
            coffer,
            scratch: control_plane.scratch(),
            control_plane: Some(control_plane),
        })
    }

    /// The cluster of a kubeconfig's current context. Its objects are applied from the rendered
    /// chart; the operator itself runs here, with the rights that the chart gives it.
    pub async fn of_kubeconfig(kubeconfig: &Path) -> Result<Self> {
        let tools = tools::provide(&[Tool::Kubectl]).await?;
        let guard = Guard::start()?;
        let coffer = workspace::build_coffer(&guard, false).await?;
        let scratch = guard.directory("coffer-demo-")?;
        let kubectl = tools.path(Tool::Kubectl)?.to_owned();
        let list = scratch.join("objects.json");
        // The API server of another machine does not reach webhooks on this one.
        let objects = manifest::without_webhooks(objects()?);
        std::fs::write(&list, serde_json::to_vec(&objects)?)?;
        let applied = tokio::process::Command::new(&kubectl)
            .args(["apply", "--server-side", "--filename"])
            .arg(&list)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .status()
            .await?;
        anyhow::ensure!(
            applied.success(),
            "the chart's objects could not be applied"
        );
        let operators = scratch.join("operator.yaml");
        write_operator_kubeconfig(kubeconfig, &operators).await?;
        let spec = Spec::new("operator", &coffer, scratch.join("operator.log"));
        let mut operator =
            Operator::start_in(&guard, &operators, Admission::Controller, spec, |spec| spec)?;
        operator.ready().await?;
        Ok(Self {
            operator,
            control_plane: None,
            kubeconfig: kubeconfig.to_owned(),
            kubectl,
            coffer,
            scratch,
        })
    }

    /// Whether its API server calls webhooks on this machine: it runs here, too.
    #[must_use]
    pub fn has_webhooks(&self) -> bool {
        self.control_plane.is_some()
    }

    /// Stops what was started.
    pub async fn stop(self) -> Result<()> {
        let Self {
            mut operator,
            control_plane,
            ..
        } = self;
        operator.process.stop().await?;
        if let Some(control_plane) = control_plane {
            control_plane.stop().await?;
        }
        Ok(())
    }
}

fn objects() -> Result<serde_json::Value> {
    let text = std::fs::read_to_string(workspace::manifest())
        .context("cannot read deploy/coffer.yaml, the rendered chart")?;
    manifest::without_deployments(&text)
}

/// The same cluster, with a token of the chart's service account in place of the administrator.
async fn write_operator_kubeconfig(admin: &Path, path: &Path) -> Result<()> {
    let mut kubeconfig = Kubeconfig::read_from(admin)
        .with_context(|| format!("cannot read --kubeconfig {}", admin.display()))?;
    let config =
        Config::from_custom_kubeconfig(kubeconfig.clone(), &KubeConfigOptions::default()).await?;
    let token = service_account_token(Client::try_from(config)?, NAMESPACE, ACCOUNT).await?;
    for user in &mut kubeconfig.auth_infos {
        user.auth_info = Some(AuthInfo {
            token: Some(token.clone().into()),
            ..AuthInfo::default()
        });
    }
    let text = serde_yaml::to_string(&kubeconfig)?;
    crate::demo::story::write_private(path, &text)
}
