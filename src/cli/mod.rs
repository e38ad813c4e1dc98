//! The command line: one file or folder per command.

mod completions;
pub mod crds;
mod import;
mod operator;
mod seal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Secrets for Kubernetes: sealed at rest, delivered to the native Secrets that ask for them.
#[derive(Debug, Parser)]
#[command(
    name = "coffer",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Operator(Box<operator::Args>),
    Seal(Box<seal::args::SealArgs>),
    Import(Box<import::args::ImportArgs>),
    /// Print the custom resource definitions, as YAML for `kubectl apply --server-side -f -`.
    Crds,
    Completions(completions::CompletionsArgs),
}

/// Does what the arguments ask for.
///
/// # Errors
/// What a person should read, remedy included; never a value.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Operator(args) => operator::run(*args),
        Command::Seal(args) => seal::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Crds => crds::run().map(|()| ExitCode::SUCCESS),
        Command::Completions(args) => completions::run(&args),
    }
}
