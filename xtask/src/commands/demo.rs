//! `cargo xtask demo`: the quickstart end to end, on a control plane of its own or a given cluster.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;

use crate::{
    demo::{self, Cluster},
    interrupt::Interrupt,
};

/// The arguments of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Play on the cluster of this kubeconfig's current context instead. The chart's objects and the
    /// namespace `quickstart` stay there.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

/// Tells the story once; succeeds only if all of it was seen.
pub async fn run(arguments: Arguments, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let Some(told) = interrupt.unless(tell(arguments)).await else {
        return Ok(Interrupt::exit_code());
    };
    let seen = told?;
    println!(
        "\nAll {seen} things were seen. Next: README.md, or `cargo xtask up` to try it yourself."
    );
    Ok(ExitCode::SUCCESS)
}

async fn tell(arguments: Arguments) -> Result<usize> {
    let cluster = match arguments.kubeconfig {
        None => Cluster::own().await?,
        Some(path) => Cluster::of_kubeconfig(&path).await?,
    };
    let seen = demo::tell(&cluster).await;
    cluster.stop().await?;
    seen
}
