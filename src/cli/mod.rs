//! The command line: one file or folder per command.

mod completions;
mod seal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Secrets for Kubernetes: sealed at rest, scoped to their consumers, counted against quotas.
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
    Seal(Box<seal::args::SealArgs>),
    Completions(completions::CompletionsArgs),
}

/// Does what the arguments ask for.
///
/// # Errors
/// What a person should read, remedy included; never a value.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Seal(args) => seal::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}
