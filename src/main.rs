//! The `coffer` binary: crypto provider, arguments, dispatch.

use clap::Parser as _;

#[derive(clap::Parser)]
enum Command {
    Operator(coffer::cli::operator::Args),
    Crds,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    match Command::parse() {
        Command::Operator(args) => coffer::cli::operator::run(args).await,
        Command::Crds => coffer::cli::crds::run(),
    }
}
