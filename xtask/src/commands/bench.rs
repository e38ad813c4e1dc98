//! `cargo xtask bench [NAME]`: the benchmarks, each of them a gate.

use std::{env, os::unix::process::CommandExt as _, process::Command, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::{
    bench::{
        Machine, Report, Sealing, admission, changes, cold_sync, crypto, document, pods, reseal,
        startup,
    },
    interrupt::Interrupt,
    process::Guard,
    tools::{self, Tool},
    workspace,
};

/// The numbers of secrets that the requirements are about.
const SIZES: [usize; 2] = [2_000, 10_000];

/// Scoped Secrets in the namespace of `pods`.
const SCOPED: usize = 1_000;

/// The arguments of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Run this one only.
    #[arg(value_enum)]
    name: Option<Name>,
    /// How many secrets `cold-sync`, `startup`, `changes`, `pods` and `reseal` work on [default: 2000 and 10000 for
    /// `cold-sync`, 1000 and 20000 for `changes`, 1000 for `pods`, 10000 for the others].
    #[arg(long, value_delimiter = ',', value_name = "N", value_parser = clap::value_parser!(u32).range(20..))]
    secrets: Vec<u32>,
    /// What the values of `cold-sync` are sealed with [default: coffer, as through the API].
    #[arg(long, value_delimiter = ',', value_enum)]
    sealing: Vec<Sealing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Sealing and opening one value, next to RSA-4096.
    Crypto,
    /// Creating a secret through the webhooks, next to the policies alone.
    Admission,
    /// Delivering many secrets that are new, next to the two writes alone.
    ColdSync,
    /// Starting over many secrets in sync, next to listing them.
    Startup,
    /// One change among many secrets, next to one among few.
    Changes,
    /// Creating pods where many secrets are for certain accounts only, next to where nothing is restricted.
    Pods,
    /// Sealing many secrets again while users work, next to the two writes alone.
    Reseal,
}

/// Runs the benchmarks. Succeeds when every required ratio holds.
pub async fn run(arguments: Arguments, interrupt: &mut Interrupt) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        return again_in_release();
    }
    let Some(reports) = interrupt.unless(Box::pin(all(&arguments))).await else {
        return Ok(Interrupt::exit_code());
    };
    let reports = reports?;
    for report in &reports {
        println!("\n{report}");
    }
    if arguments.secrets.is_empty() && arguments.sealing.is_empty() {
        document::write(&reports)?;
    } else {
        println!("\ndocs/benchmarks.md stays as it is: it has the figures of the default sizes.");
    }
    Ok(if reports.iter().all(Report::holds) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The bare loops that the operator is measured against are in this program: without optimisation
/// they would flatter it.
fn again_in_release() -> Result<ExitCode> {
    let error = Command::new(workspace::cargo())
        .args(["run", "--release", "--package", "xtask", "--"])
        .args(env::args_os().skip(1))
        .exec();
    Err(error).context("cannot run cargo")
}

async fn all(arguments: &Arguments) -> Result<Vec<Report>> {
    let Arguments {
        name,
        secrets,
        sealing,
    } = arguments;
    let wanted = |one| name.is_none_or(|name| name == one);
    let mut reports = Vec::new();
    if wanted(Name::Crypto) {
        reports.push(crypto::run()?);
    }
    if *name == Some(Name::Crypto) {
        return Ok(reports);
    }
    let machine = Machine {
        binary: workspace::build_coffer(&Guard::start()?, true).await?,
        tools: tools::provide(&Tool::CONTROL_PLANE).await?,
    };
    let sizes: Vec<usize> = secrets.iter().map(|&n| n as usize).collect();
    let largest = if sizes.is_empty() {
        &SIZES[1..]
    } else {
        &sizes
    };
    if wanted(Name::Admission) {
        reports.push(admission::run(&machine).await?);
    }
    if wanted(Name::ColdSync) {
        let sizes = if sizes.is_empty() { &SIZES[..] } else { &sizes };
        let sealings = if sealing.is_empty() {
            &[Sealing::Coffer][..]
        } else {
            sealing
        };
        reports.push(cold_sync::run(&machine, sizes, sealings).await?);
    }
    if wanted(Name::Startup) {
        reports.push(startup::run(&machine, largest).await?);
    }
    if wanted(Name::Changes) {
        let counts = sizes.clone().try_into().unwrap_or(changes::SIZES);
        reports.push(Box::pin(changes::run(&machine, counts)).await?);
    }
    if wanted(Name::Pods) {
        let many = sizes.iter().copied().max().unwrap_or(SCOPED);
        reports.push(pods::run(&machine, many).await?);
    }
    if wanted(Name::Reseal) {
        reports.push(reseal::run(&machine, largest).await?);
    }
    Ok(reports)
}
