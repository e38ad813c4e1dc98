//! `coffer keys`: the keys of the stores, for administrators.
//!
//! | file | what it is for |
//! |---|---|
//! | [`exchange`] | the command lines of `export` and `import`, and their help |
//! | [`export`], [`import`] | keys into a sealed file, and out of it |

mod exchange;
mod export;
mod import;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// The keys of the stores: for administrators
#[derive(Debug, Args)]
pub(in crate::cli) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    Export(exchange::ExportArgs),
    Import(exchange::ImportArgs),
}

pub(super) fn run(args: &KeysArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        KeysCommand::Export(args) => export::run(args),
        KeysCommand::Import(args) => import::run(args),
    }
}
