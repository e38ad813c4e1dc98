//! A control plane that runs: its addresses, its clients, its end.

use std::{
    ffi::OsStr,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use kube::Client;

use super::{
    Options, apiserver, etcd,
    kubeconfig::{self, Credentials},
    kubectl,
    layout::Layout,
    ports::Ports,
    start::{self, ADMIN_USER},
    token,
};
use crate::{
    process::{Guard, Process},
    tools::Tools,
};

/// A running control plane. Dropped, it is killed and leaves nothing behind.
pub struct ControlPlane {
    // In the order in which they are dropped: nobody outlives what it depends on.
    /// kube-controller-manager.
    pub controller_manager: Process,
    /// kube-apiserver.
    pub apiserver: Process,
    /// etcd. To be killed and started again only when the control plane is durable.
    pub etcd: Process,
    pub(super) ports: Ports,
    pub(super) client: Client,
    pub(super) layout: Layout,
    pub(super) guard: Arc<Guard>,
}

impl ControlPlane {
    /// Starts a control plane with the programs in `tools`, and waits until it is ready.
    pub async fn start(tools: &Tools, options: &Options) -> Result<Self> {
        start::run(&Guard::start()?, tools, options).await
    }

    /// The same under a guard that is there already, for programs that are not `xtask` themselves.
    pub async fn start_under(guard: &Arc<Guard>, tools: &Tools, options: &Options) -> Result<Self> {
        start::run(guard, tools, options).await
    }

    /// A client of the cluster's administrator.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The kubeconfig of the cluster's administrator.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.layout.kubeconfig(ADMIN_USER)
    }

    /// Writes a kubeconfig with a token of a service account, valid for a day.
    pub async fn kubeconfig_of(&self, namespace: &str, account: &str) -> Result<PathBuf> {
        let token = token::request(self.client(), namespace, account).await?;
        let user = format!("{namespace}.{account}");
        let path = self.layout.kubeconfig(&user);
        let server = self.server_url();
        kubeconfig::write(
            &self.layout,
            &path,
            &server,
            &user,
            &Credentials::Token(&token),
        )?;
        Ok(path)
    }

    /// Runs kubectl as the administrator and returns what it printed.
    pub async fn kubectl<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String> {
        kubectl::run(&self.layout, arguments).await
    }

    /// The API server's address.
    #[must_use]
    pub fn server_url(&self) -> String {
        apiserver::url(self.ports)
    }

    /// etcd's address. It answers anyone, without TLS.
    #[must_use]
    pub fn etcd_url(&self) -> String {
        etcd::url(self.ports)
    }

    /// The API server's audit log: one JSON object a line.
    #[must_use]
    pub fn audit_log(&self) -> PathBuf {
        self.layout.audit_log()
    }

    /// The folder with kubectl and the other programs.
    #[must_use]
    pub fn programs(&self) -> PathBuf {
        self.layout.programs()
    }

    /// A folder for whatever is of use; it goes with the control plane.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.layout.scratch()
    }

    /// The folder that all of it is in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.layout.root()
    }

    /// Where a process called `name` writes its log.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.layout.log(name)
    }

    /// The guard, for further processes that go with the control plane.
    #[must_use]
    pub fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// Fails with the end of its log if etcd or the API server has ended.
    pub fn serves(&mut self) -> Result<()> {
        self.etcd.still_running()?;
        self.apiserver.still_running()
    }

    /// Stops it in order; the folder goes when the last of the processes under the same guard does.
    pub async fn stop(mut self) -> io::Result<()> {
        self.controller_manager.stop().await?;
        self.apiserver.stop().await?;
        self.etcd.stop().await?;
        Ok(())
    }
}

impl fmt::Debug for ControlPlane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client has no Debug; the folder and the ports say which control plane it is.
        let Self { layout, ports, .. } = self;
        f.debug_struct("ControlPlane")
            .field("directory", &layout.root())
            .field("ports", ports)
            .finish_non_exhaustive()
    }
}
