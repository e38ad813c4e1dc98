//! `coffer import take-over`: native Secrets handed over to the Coffer Secrets that were made of them.
//!
//! The order is what matters. A native Secret that belongs to another tool's object goes when that object
//! goes; and while it belongs to it, that tool may write over all of it, labels and owner references
//! included. So consent is given in the same write that takes the ownership away. From then on nothing
//! deletes the native Secret, and the old tool leaves alone what is not its own (docs/import.md).
//!
//! | file | what it is for |
//! |---|---|
//! | [`owners`] | which owner references go |
//! | [`handover`] | whether it may be handed over. No client |
//! | [`change`] | the write that does it. No client |
//! | [`refusal`] | why not |
//! | [`compare`] | whether it is as it was, afterwards. No client |
//! | [`follow`] | the steps in the cluster |

mod change;
mod compare;
mod follow;
mod handover;
mod owners;
mod refusal;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::bail;

use super::args::TakeOverArgs;
use super::report::SKIPPED;
use crate::cli::cluster::Cluster;
use crate::cli::output::count;
use crate::policy::names;
use follow::Follow;
use owners::Kinds;
use refusal::Failure;

pub(super) fn run(args: &TakeOverArgs) -> anyhow::Result<ExitCode> {
    if let Some(name) = args.names.iter().find(|name| !names::is_subdomain(name)) {
        bail!("`{}` is no name of a native Secret", name.escape_debug());
    }
    let cluster = Cluster::connect(&args.connection)?;
    let namespace = args.namespace.as_deref();
    let namespace = namespace.unwrap_or_else(|| cluster.default_namespace());
    let follow = Follow {
        client: cluster.client(),
        namespace,
        kinds: Kinds::with(&args.from),
        dry_run: args.dry_run,
    };
    let mut refused = 0;
    for name in &args.names {
        match cluster.block_on(follow.one(name)) {
            Ok(()) => {}
            Err(Failure::Refusal(refusal)) => {
                refused += 1;
                eprintln!("{namespace}/{name}: not taken over: {refusal}");
            }
            Err(Failure::Cluster(error)) => {
                return Err(error.context(format!("{namespace}/{name}")));
            }
        }
    }
    let what = if args.dry_run { "could take" } else { "took" };
    let done = count(args.names.len() - refused, "native Secret");
    let rest = match refused {
        0 => String::new(),
        some => format!("; {some} refused"),
    };
    eprintln!("coffer: {what} over {done}{rest}");
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(SKIPPED)
    })
}
