//! `cargo xtask …`: arguments and dispatch.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{
    commands::{bench, demo, generate, guard, test, tools, up},
    interrupt::Interrupt,
};

/// The developer's commands, and the local control plane.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the quickstart end to end, and check it.
    Demo(demo::Arguments),
    /// Run a control plane with the operator until interrupted.
    Up(up::Arguments),
    /// Run every test, those against a real control plane included.
    Test(test::Arguments),
    /// Build the control plane's programs and say where they are.
    Tools(tools::Arguments),
    /// Run the benchmarks: print their figures, write docs/benchmarks.md, fail where a ratio is missed.
    Bench(bench::Arguments),
    /// Write the files that are made from others: definitions, their templates, the plain manifest.
    Generate(generate::Arguments),
    /// Clean up after a parent that died.
    #[command(hide = true)]
    Guard,
}

#[tokio::main]
async fn main() -> ExitCode {
    run(Arguments::parse().command)
        .await
        .unwrap_or_else(|error| {
            // Not by Debug, which would bury the message under a backtrace.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        })
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    if matches!(command, Command::Guard) {
        // Before anything listens for signals: the guard lives and dies by its standard input alone.
        return guard::run().await;
    }
    // The only error is that it is set already.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let mut interrupt = Interrupt::listen()?;
    match command {
        Command::Demo(arguments) => demo::run(arguments, &mut interrupt).await,
        Command::Up(arguments) => up::run(arguments, &mut interrupt).await,
        Command::Test(arguments) => test::run(arguments, &mut interrupt).await,
        Command::Tools(arguments) => tools::run(arguments, &mut interrupt).await,
        Command::Bench(arguments) => bench::run(arguments, &mut interrupt).await,
        Command::Generate(arguments) => generate::run(arguments, &mut interrupt).await,
        Command::Guard => guard::run().await,
    }
}
