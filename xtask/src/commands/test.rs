//! `cargo xtask test`: every test, on one control plane with the operator beside it.

use std::{fs, process::ExitCode};

use anyhow::{Context, Result, bail};

use crate::{
    control_plane::{ControlPlane, Options, test_environment},
    interrupt::Interrupt,
    manifest,
    operator::Operator,
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
    match interrupt.unless(test(&arguments)).await {
        Some(ended) => ended,
        None => Ok(Interrupt::exit_code()),
    }
}

async fn test(arguments: &Arguments) -> Result<ExitCode> {
    let guard = Guard::start()?;
    let tools = tools::provide(&Tool::ALL).await?;
    let binary = workspace::build_tests(&guard).await?;
    let objects = fs::read_to_string(workspace::manifest())
        .context("cannot read deploy/coffer.yaml, the rendered chart")
        .and_then(|text| manifest::without_deployments(&text))?;
    eprintln!("starting the control plane and the operator");
    let options = Options {
        objects: Some(objects),
        ..Options::default()
    };
    let control_plane = ControlPlane::start(&tools, &options).await?;
    let mut operator = Operator::start(&control_plane, &binary, "operator").await?;
    operator.ready().await?;

    let mut cargo = Process::start(
        control_plane.guard(),
        cargo(arguments, &tools, &control_plane, &operator)?,
    )?;
    let status = cargo.wait().await?;
    let well = check(&mut operator);
    if !status.success() {
        eprintln!(
            "the end of the operator's log:\n{}",
            operator.process.tail()
        );
    }
    operator.process.stop().await?;
    control_plane.stop().await?;
    well?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

fn cargo(
    arguments: &Arguments,
    tools: &Tools,
    control_plane: &ControlPlane,
    operator: &Operator,
) -> Result<Spec> {
    let Arguments { filter, harness } = arguments;
    let spec = Spec::new("cargo test", workspace::cargo(), control_plane.log("tests"))
        .show()
        .fresh_cargo()
        .directory(workspace::root())
        .args(["test", "--workspace"])
        .args(filter)
        .args(["--"])
        .args(harness)
        .env("RUST_TEST_THREADS", THREADS)
        .env("COFFER_TEST_HELM", tools.path(Tool::Helm)?)
        .env("COFFER_TEST_OPERATOR_LOG", operator.process.spec().log());
    let environment = test_environment(control_plane)?;
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
