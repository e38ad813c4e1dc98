//! The command line: one file or folder per command, and what several of them share.
//!
//! | shared by commands | what it is for |
//! |---|---|
//! | `plugin`, `parse`, `complete` | the words of a command line, as `coffer` and as a plugin of kubectl |
//! | `cluster` | asks the API server |
//! | `values`, `dotenv` | reads values, from `.env` files too, and seals them |
//! | `archive` | sealed files of keys and resources |
//! | `summary`, `origin` | a Secret and its keys as people are shown them |
//! | `ask` | questions before what cannot be undone |
//! | `output`, `table`, `paint`, `age` | what is printed |

mod age;
mod archive;
mod ask;
mod backup;
mod cluster;
mod complete;
mod completions;
mod core_dumps;
pub mod crds;
mod create;
mod dotenv;
#[cfg(test)]
mod fixtures;
mod get;
mod import;
mod keys;
mod operator;
mod origin;
mod output;
mod paint;
mod parse;
mod plugin;
mod reseal;
mod restore;
mod seal;
mod set;
mod summary;
mod table;
mod tree;
mod values;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use parse::parse;
pub use plugin::Name;

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
    Create(create::args::CreateArgs),
    Set(Box<set::args::SetArgs>),
    Get(get::args::GetArgs),
    Tree(tree::args::TreeArgs),
    Verify(verify::args::VerifyArgs),
    Seal(Box<seal::args::SealArgs>),
    Reseal(Box<reseal::args::ResealArgs>),
    Import(Box<import::args::ImportArgs>),
    Keys(Box<keys::args::KeysArgs>),
    Backup(Box<backup::args::BackupArgs>),
    Restore(Box<restore::args::RestoreArgs>),
    Operator(Box<operator::Args>),
    /// Print the custom resource definitions, as YAML for `kubectl apply --server-side -f -`.
    Crds,
    Completions(completions::CompletionsArgs),
}

/// Does what the arguments ask for.
///
/// # Errors
/// What a person should read, remedy included; never a value.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    // Where it fails, the operator says so; at a desk there is nothing to do about it.
    let _ = core_dumps::off();
    match cli.command {
        Command::Create(args) => create::run(&args),
        Command::Set(args) => set::run(&args),
        Command::Get(args) => get::run(&args),
        Command::Tree(args) => tree::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Seal(args) => seal::run(&args),
        Command::Reseal(args) => reseal::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Operator(args) => operator::run(*args),
        Command::Crds => crds::run().map(|()| ExitCode::SUCCESS),
        Command::Completions(args) => completions::run(&args),
    }
}
