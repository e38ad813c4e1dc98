//! `coffer get`: Secrets as people are shown them.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`view`] | as a table, as names, or as data |

pub(super) mod args;
mod view;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;

use super::cluster::{Cluster, Inventory};
use super::output::{self, Format, NO};
use super::paint::Paint;
use super::summary::Summary;
use args::GetArgs;
use view::View;

pub(super) fn run(args: &GetArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.scope.connection)?;
    let namespace = cluster.namespace_of(&args.scope);
    let inventory = match (&args.name, &namespace) {
        (Some(name), Some(namespace)) => {
            let found = Inventory::one(&cluster, namespace, name)
                .with_context(|| format!("cannot read Secret {namespace}/{name}"))?;
            let Some(found) = found else {
                eprintln!(
                    "coffer: there is no Secret {namespace}/{name}; `get` without a name shows all"
                );
                return Ok(ExitCode::from(NO));
            };
            found
        }
        _ => Inventory::with_stores_if_allowed(&cluster, namespace.as_deref())
            .context("cannot read the Secrets")?,
    };
    inventory.say_unreadable();
    let secrets: Vec<Summary> = inventory
        .secrets
        .iter()
        .map(|secret| Summary::of(secret, &inventory.stores))
        .collect();
    let is_table = matches!(args.output, Format::Table | Format::Wide);
    if secrets.is_empty() && is_table {
        match &namespace {
            Some(namespace) => eprintln!("coffer: there are no Secrets in namespace {namespace}"),
            None => eprintln!("coffer: there are no Secrets"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let view = View {
        format: args.output,
        single: args.name.is_some(),
        with_namespace: namespace.is_none(),
        now: Timestamp::now(),
        paint: Paint::of_stdout(),
    };
    output::print(&view.render(&secrets)?)?;
    Ok(ExitCode::SUCCESS)
}
