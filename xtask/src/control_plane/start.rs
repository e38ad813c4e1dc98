//! Starting the three in order, each as soon as the one before is ready.

use std::{fs, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use kube::{
    Api, Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};

use super::{
    ControlPlane, Options, apiserver, certificates, controller_manager, etcd, install,
    kubeconfig::{self, Credentials},
    layout::Layout,
    ports::{self, Ports},
};
use crate::{
    probe,
    process::{Guard, Process},
    tools::Tools,
};

/// The file name of the administrator's kubeconfig.
pub(super) const ADMIN_USER: &str = "admin";

/// How often ports are chosen anew when another program takes one before it is used.
const ATTEMPTS: u32 = 3;
/// Far more than each needs, even on a machine that is busy with a build.
const LIMIT: Duration = Duration::from_mins(1);

/// Starts a control plane; with new ports when one was lost to another program.
pub(super) async fn run(
    guard: &Arc<Guard>,
    tools: &Tools,
    options: &Options,
) -> Result<ControlPlane> {
    for _ in 1..ATTEMPTS {
        match attempt(guard, tools, options).await {
            Err(error) if ports::is_lost(&error) => {}
            result => return result,
        }
    }
    attempt(guard, tools, options).await
}

async fn attempt(guard: &Arc<Guard>, tools: &Tools, options: &Options) -> Result<ControlPlane> {
    let Options {
        durable,
        audit_policy,
        every_revision,
        objects,
    } = options;
    let layout = Layout::create(guard.directory("coffer-")?)?;
    let ports = Ports::reserve().context("cannot find free ports")?;
    tools.link_into(&layout.programs())?;
    fs::write(layout.audit_policy(), audit_policy).context("cannot write the audit policy")?;

    let mut etcd = Process::start(guard, etcd::spec(&layout, ports, *durable))?;
    certificates::write(&layout)?;
    write_kubeconfigs(&layout, ports)?;
    let health = probe::http(&etcd::url(ports))?;
    probe::until("etcd", LIMIT, &mut [&mut etcd], async || {
        probe::ok(&health, "/readyz").await
    })
    .await?;

    let mut apiserver = Process::start(guard, apiserver::spec(&layout, ports, *every_revision))?;
    let prober = client(&layout, false).await?;
    probe::until(
        "kube-apiserver",
        LIMIT,
        &mut [&mut apiserver, &mut etcd],
        async || probe::ok(&prober, "/readyz").await && has_namespaces(&prober).await,
    )
    .await?;
    if let Some(objects) = objects {
        install::run(&layout, objects).await?;
    }

    let spec = controller_manager::spec(&layout, ports);
    let mut controller_manager = Process::start(guard, spec)?;
    let manager = manager_prober(&layout, ports).await?;
    let mut all = [&mut controller_manager, &mut apiserver, &mut etcd];
    probe::until("kube-controller-manager", LIMIT, &mut all, async || {
        probe::ok(&manager, "/healthz").await && controllers_work(&prober).await
    })
    .await?;

    let client = client(&layout, true).await?;
    Ok(ControlPlane {
        controller_manager,
        apiserver,
        etcd,
        ports,
        client,
        layout,
        guard: Arc::clone(guard),
    })
}

fn write_kubeconfigs(layout: &Layout, ports: Ports) -> Result<()> {
    for (user, pair) in [
        (ADMIN_USER, certificates::ADMIN),
        (controller_manager::USER, certificates::CONTROLLER_MANAGER),
    ] {
        let path = layout.kubeconfig(user);
        let credentials = Credentials::Certificate(pair);
        kubeconfig::write(layout, &path, &apiserver::url(ports), user, &credentials)?;
    }
    Ok(())
}

/// A client of the administrator. Without retries its errors come at once, which is what a probe needs.
async fn client(layout: &Layout, retries: bool) -> Result<Client> {
    let mut config = admin_config(layout).await?;
    config.default_retry = retries;
    Ok(Client::try_from(config)?)
}

/// The controller manager answers on a port of its own, with the same authority's certificate.
async fn manager_prober(layout: &Layout, ports: Ports) -> Result<Client> {
    let mut config = admin_config(layout).await?;
    config.cluster_url = format!("https://127.0.0.1:{}", ports.controller_manager).parse()?;
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

async fn admin_config(layout: &Layout) -> Result<Config> {
    let kubeconfig = Kubeconfig::read_from(layout.kubeconfig(ADMIN_USER))?;
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.proxy_url = None;
    Ok(config)
}

async fn has_namespaces(client: &Client) -> bool {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.get("default").await.is_ok() && namespaces.get("kube-system").await.is_ok()
}

/// What two controllers make in every namespace is there: they run, under their own accounts.
async fn controllers_work(client: &Client) -> bool {
    let accounts: Api<ServiceAccount> = Api::default_namespaced(client.clone());
    let config_maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    accounts.get("default").await.is_ok() && config_maps.get("kube-root-ca.crt").await.is_ok()
}
