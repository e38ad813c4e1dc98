//! `cargo xtask test`: every test, on two control planes with their operators beside them.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    clients::{self, Client},
    control_plane::{ControlPlane, Options, controller_mode_environment, test_environment},
    interrupt::Interrupt,
    manifest,
    operator::{Admission, Operator},
    process::{Guard, Process, Spec},
    tools::{self, Tool, Tools},
    workspace,
};

/// Most tests wait for the cluster most of the time, so more of them run at once than there are cores.
const THREADS: &str = "12";

/// The arguments of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Run only the tests whose path contains this.
    filter: Option<String>,
    /// For the tests' own harness: `-- --nocapture`, `-- --test-threads 1`, …
    #[arg(last = true)]
    harness: Vec<String>,
}

/// Builds, starts what the tests need, runs them, and ends as they end.
pub async fn run(arguments: Arguments, interrupt: &mut Interrupt) -> Result<ExitCode> {
    match interrupt.unless(Box::pin(test(&arguments))).await {
        Some(ended) => ended,
        None => Ok(Interrupt::exit_code()),
    }
}

async fn test(arguments: &Arguments) -> Result<ExitCode> {
    let guard = Guard::start()?;
    let tools = tools::provide(&Tool::ALL).await?;
    let clients = clients::provide().await?;
    let binary = workspace::build_tests(&guard).await?;
    let objects = fs::read_to_string(workspace::manifest())
        .context("cannot read deploy/coffer.yaml, the rendered chart")
        .and_then(|text| manifest::without_deployments(&text))?;
    eprintln!("starting two control planes, one for each admission mode, and their operators");
    let (mut webhook, mut controller) = tokio::try_join!(
        Cluster::start(&tools, &binary, objects.clone(), Admission::Webhook),
        Cluster::start(
            &tools,
            &binary,
            manifest::without_webhooks(objects),
            Admission::Controller
        ),
    )?;

    let mut cargo = Process::start(
        webhook.control_plane.guard(),
        cargo(arguments, &tools, &clients, &webhook, &controller)?,
    )?;
    let status = cargo.wait().await?;
    let well = check(&mut webhook.operator).and_then(|()| check(&mut controller.operator));
    if !status.success() {
        eprintln!(
            "the end of the operator's log:\n{}",
            webhook.operator.process.tail()
        );
    }
    webhook.stop().await?;
    controller.stop().await?;
    well?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// A control plane with an operator.
struct Cluster {
    // Dropped first: it talks to the control plane.
    operator: Operator,
    control_plane: ControlPlane,
}

impl Cluster {
    async fn start(
        tools: &Tools,
        binary: &Path,
        objects: Value,
        admission: Admission,
    ) -> Result<Self> {
        let options = Options {
            objects: Some(objects),
            ..Options::default()
        };
        let control_plane = ControlPlane::start(tools, &options).await?;
        let mut operator =
            Operator::start_with(&control_plane, binary, "operator", admission, |spec| spec)
                .await?;
        operator.ready().await?;
        Ok(Self {
            operator,
            control_plane,
        })
    }

    async fn stop(mut self) -> Result<()> {
        self.operator.process.stop().await?;
        self.control_plane.stop().await?;
        Ok(())
    }
}

fn cargo(
    arguments: &Arguments,
    tools: &Tools,
    clients: &[Client],
    webhook: &Cluster,
    controller: &Cluster,
) -> Result<Spec> {
    let Arguments { filter, harness } = arguments;
    let spec = Spec::new(
        "cargo test",
        workspace::cargo(),
        webhook.control_plane.log("tests"),
    )
    .show()
    .fresh_cargo()
    .directory(workspace::root())
    .args(["test", "--workspace"])
    .args(filter)
    .args(["--"])
    .args(harness)
    .env("RUST_TEST_THREADS", THREADS)
    .env("COFFER_TEST_HELM", tools.path(Tool::Helm)?)
    .env("COFFER_TEST_FACADE", webhook.operator.facade_url())
    .env(
        "COFFER_TEST_OPERATOR_LOG",
        webhook.operator.process.spec().log(),
    )
    .env(
        "COFFER_TEST_CONTROLLER_MODE_OPERATOR_LOG",
        controller.operator.process.spec().log(),
    );
    let mut environment = test_environment(&webhook.control_plane)?;
    environment.extend(clients::environment(clients));
    environment.extend(controller_mode_environment(&controller.control_plane));
    Ok(environment
        .into_iter()
        .fold(spec, |spec, (name, value)| spec.env(name, value)))
}

/// Tests see what the operator does, not that it had to be started again, or lost a task to a panic.
fn check(operator: &mut Operator) -> Result<()> {
    operator.process.still_running()?;
    let log = fs::read_to_string(operator.process.spec().log()).context("cannot read its log")?;
    if let Some(at) = log.find("panicked at") {
        let panic: Vec<&str> = log[at..].lines().take(3).collect();
        bail!("the operator panicked: {}", panic.join("\n"));
    }
    Ok(())
}
