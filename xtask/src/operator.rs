//! `coffer operator` beside the control plane, with the rights that the chart gives it and no others.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Result;

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

/// A running operator.
#[derive(Debug)]
pub struct Operator {
    /// The process, to be frozen, killed or started again.
    pub process: Process,
    metrics: String,
}

impl Operator {
    /// Starts the program `binary`, called `name` in messages and logs, under the chart's service account.
    pub async fn start(control_plane: &ControlPlane, binary: &Path, name: &str) -> Result<Self> {
        Self::start_with(control_plane, binary, name, |spec| spec).await
    }

    /// The same with arguments or an environment of one's own.
    pub async fn start_with(
        control_plane: &ControlPlane,
        binary: &Path,
        name: &str,
        configure: impl FnOnce(Spec) -> Spec,
    ) -> Result<Self> {
        let kubeconfig = control_plane.kubeconfig_of(NAMESPACE, ACCOUNT).await?;
        let spec = Spec::new(name, binary, control_plane.log(name));
        Self::start_in(control_plane.guard(), &kubeconfig, configure(spec))
    }

    /// Starts it in any cluster, with a kubeconfig of that service account. `spec` names the program.
    pub fn start_in(guard: &Arc<Guard>, kubeconfig: &Path, spec: Spec) -> Result<Self> {
        let [port] = control_plane::reserve()?;
        let address = format!("127.0.0.1:{port}");
        let spec = spec
            .loopback()
            // Whoever finds a kubeconfig here would be the administrator.
            .env_remove("KUBECONFIG")
            .args([
                "operator",
                "--namespace",
                NAMESPACE,
                "--metrics-address",
                &address,
            ])
            .args([Path::new("--kubeconfig"), kubeconfig]);
        let process = Process::start(guard, spec)?;
        Ok(Self {
            process,
            metrics: format!("http://{address}"),
        })
    }

    /// The address of its metrics, and of `/readyz` and `/healthz`.
    #[must_use]
    pub fn metrics_url(&self) -> &str {
        &self.metrics
    }

    /// Waits until it says that it is ready. Fails with the end of its log if it ends instead.
    pub async fn ready(&mut self) -> Result<()> {
        let health = probe::http(&self.metrics)?;
        let name = self.process.spec().name().to_owned();
        let ready = async || probe::ok(&health, "/readyz").await;
        probe::until(&name, LIMIT, &mut [&mut self.process], ready).await
    }
}
