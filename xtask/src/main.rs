//! `cargo xtask …`: the developer's commands, and the local control plane.

mod generate;

use clap::Parser as _;

/// The developer's commands.
#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Write the files that are made from others: CRDs, their chart templates, the plain manifest
    Generate(generate::Options),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Generate(options) => generate::run(&options),
    }
}
