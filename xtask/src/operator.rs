//! `coffer operator` beside the control plane, with the rights that the chart gives it and no others.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use coffer::api::Secret;
use kube::{Api, Client, api::PostParams};
use serde_json::json;

use crate::{
    control_plane::{self, ControlPlane},
    probe,
    process::{Guard, Process, Spec},
};

/// The chart's namespace.
pub const NAMESPACE: &str = "coffer-system";
/// The chart's service account.
pub const ACCOUNT: &str = "coffer";

const LIMIT: Duration = Duration::from_secs(30);

/// How values in clear are sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// By the webhooks.
    #[default]
    Webhook,
    /// By the controller: where the API server cannot reach this machine.
    Controller,
}

/// A running operator.
pub struct Operator {
    /// The process, to be frozen, killed or started again.
    pub process: Process,
    metrics: String,
    webhooks: String,
    facade: String,
    /// An administrator of a cluster whose API server is to call the webhooks.
    admits: Option<Client>,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("process", &self.process)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

impl Operator {
    /// Starts the program `binary`, called `name` in messages and logs, under the chart's service account.
    pub async fn start(control_plane: &ControlPlane, binary: &Path, name: &str) -> Result<Self> {
        Self::start_with(control_plane, binary, name, Admission::Webhook, |spec| spec).await
    }

    /// The same with arguments or an environment of one's own.
    pub async fn start_with(
        control_plane: &ControlPlane,
        binary: &Path,
        name: &str,
        admission: Admission,
        configure: impl FnOnce(Spec) -> Spec,
    ) -> Result<Self> {
        let kubeconfig = control_plane.kubeconfig_of(NAMESPACE, ACCOUNT).await?;
        let spec = Spec::new(name, binary, control_plane.log(name));
        let mut operator = Self::start_in(
            control_plane.guard(),
            &kubeconfig,
            admission,
            spec,
            configure,
        )?;
        if admission == Admission::Webhook {
            operator.admits = Some(control_plane.client());
        }
        Ok(operator)
    }

    /// Starts it in any cluster, with a kubeconfig of that service account. `spec` names the program;
    /// `configure` adds to its arguments and environment.
    pub fn start_in(
        guard: &Arc<Guard>,
        kubeconfig: &Path,
        admission: Admission,
        spec: Spec,
        configure: impl FnOnce(Spec) -> Spec,
    ) -> Result<Self> {
        let [port, webhook_port, facade_port] = control_plane::reserve()?;
        let address = format!("127.0.0.1:{port}");
        let webhook_address = format!("127.0.0.1:{webhook_port}");
        let webhooks = format!("https://{webhook_address}");
        let facade = format!("127.0.0.1:{facade_port}");
        let mode = match admission {
            Admission::Webhook => "Webhook",
            Admission::Controller => "Controller",
        };
        let name = spec.name().to_owned();
        let spec = spec
            .loopback()
            // Whoever finds a kubeconfig here would be the administrator.
            .env_remove("KUBECONFIG")
            .env("COFFER_FACADE_PLAIN_HTTP", "true")
            .args([
                "operator",
                "--namespace",
                NAMESPACE,
                "--replica",
                &name,
                "--metrics-address",
                &address,
                "--admission-mode",
                mode,
                "--webhook-address",
                &webhook_address,
                "--webhook-url",
                &webhooks,
                "--facade-address",
                &facade,
                // The API server's own as well, so that whatever kubectl uses is of use.
                "--facade-audiences",
                &format!("coffer,{}", control_plane::AUDIENCE),
            ])
            .args([Path::new("--kubeconfig"), kubeconfig]);
        let process = Process::start(guard, configure(spec))?;
        Ok(Self {
            process,
            metrics: format!("http://{address}"),
            webhooks,
            facade: format!("http://{facade}"),
            admits: None,
        })
    }

    /// The address of its metrics, and of `/readyz` and `/healthz`.
    #[must_use]
    pub fn metrics_url(&self) -> &str {
        &self.metrics
    }

    /// The address of its REST interfaces.
    #[must_use]
    pub fn facade_url(&self) -> &str {
        &self.facade
    }

    /// The address of its webhooks, without a path.
    #[must_use]
    pub fn webhooks_url(&self) -> &str {
        &self.webhooks
    }

    /// Waits until it says that it is ready, and until the API server calls the webhooks. Fails with the
    /// end of its log if it ends instead.
    pub async fn ready(&mut self) -> Result<()> {
        let health = probe::http(&self.metrics)?;
        let name = self.process.spec().name().to_owned();
        let ready = async || probe::ok(&health, "/readyz").await;
        probe::until(&name, LIMIT, &mut [&mut self.process], ready).await?;
        let Some(client) = self.admits.clone() else {
            return Ok(());
        };
        let name = format!("the webhook of {name}");
        let admits = async || admits(&client).await;
        probe::until(&name, LIMIT, &mut [&mut self.process], admits).await
    }
}

/// Whether a value in clear is admitted, which without the webhook that seals it it is not.
async fn admits(client: &Client) -> bool {
    let params = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let secret = serde_json::from_value::<Secret>(json!({
        "metadata": { "name": "probe" },
        "spec": { "storeRef": { "name": "probe" }, "data": { "value": { "value": "probe" } } },
    }));
    let Ok(secret) = secret else { return false };
    Api::default_namespaced(client.clone())
        .create(&params, &secret)
        .await
        .is_ok()
}
