//! `coffer import`: Coffer manifests from the secrets that teams have, and the way to take over.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`secret`], [`env`], [`sealed_secret`] | what can be imported, a command each |
//! | [`cluster`], [`manifest`] | where it is read from |
//! | [`found`], [`native`] | what was read |
//! | [`carry`] | what of it a Coffer Secret can say; [`loss`]: what not; [`skip`]: why nothing |
//! | [`job`] | all that was found: carried over, sealed, written |
//! | [`output`], [`report`] | manifests out; what is said on stderr |
//! | [`take_over`] | native Secrets handed over to the Coffer Secrets made of them |
//! | [`input`], [`yaml`] | files, and strict reading of manifests |

pub(super) mod args;
mod carry;
mod cluster;
mod env;
mod found;
mod input;
mod job;
mod loss;
mod manifest;
mod native;
mod output;
mod report;
mod sealed_secret;
mod secret;
mod skip;
mod take_over;
mod yaml;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use args::{ImportArgs, ImportCommand};

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        ImportCommand::Secret(args) => secret::run(args),
        ImportCommand::Env(args) => env::run(args),
        ImportCommand::SealedSecret(args) => sealed_secret::run(args),
        ImportCommand::TakeOver(args) => take_over::run(args),
    }
}
