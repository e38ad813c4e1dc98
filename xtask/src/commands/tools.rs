//! `cargo xtask tools`: build the control plane's programs ahead of their use.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    interrupt::Interrupt,
    tools::{self, Tool},
};

/// The arguments of `cargo xtask tools`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Build Helm as well, which the tests of the chart need.
    #[arg(long)]
    helm: bool,
}

/// Builds what is missing and prints the paths.
pub async fn run(arguments: Arguments, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let Arguments { helm } = arguments;
    let wanted = if helm {
        &Tool::ALL[..]
    } else {
        &Tool::CONTROL_PLANE[..]
    };
    let Some(tools) = interrupt.unless(tools::provide(wanted)).await else {
        return Ok(Interrupt::exit_code());
    };
    for (_, path) in tools?.iter() {
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
