//! `coffer keys status`: how the keys are.
//!
//! | file | what it is for |
//! |---|---|
//! | [`report`] | what there is to tell. No client |
//! | [`problems`] | what someone has to do something about, and what only looks like it. No client |
//! | [`view`] | the report for people |

mod problems;
mod report;
mod view;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;
use k8s_openapi::api::core::v1 as core;

use super::args::StatusArgs;
use super::custody::Custody;
use super::references::References;
use super::roots::Roots;
use crate::api::wellknown::KEYRING_NAME;
use crate::cli::cluster::{Cluster, Inventory};
use crate::cli::output::{self, NO};
use crate::cli::paint::Paint;
use crate::keys;
use report::{Found, Report};

pub(super) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.place.connection)?;
    let custody = Custody::new(&cluster, &args.place);
    let namespace = args.namespace.as_deref();
    let name = format!("{}/{KEYRING_NAME}", args.place.operator_namespace);
    let keyring = custody
        .keyring()
        .with_context(|| format!("cannot read the keyring {name}"))?;
    let records = custody.records().context("cannot read the stores' keys")?;
    let inventory =
        Inventory::stores_of(&cluster, namespace).context("cannot read the SecretStores")?;
    inventory.say_unreadable();
    let needed = References::of(&cluster, namespace).context("cannot read the Secrets")?;
    let report = Report::of(&Found {
        keyring_name: &name,
        roots: keyring.as_ref().map(Roots::of),
        unusable: keyring.as_ref().and_then(unusable),
        records: &records,
        stores: &inventory.stores,
        needed: &needed,
        namespace,
    });
    let text = match args.output.data() {
        Some(format) => format.text(&report)?,
        None => view::text(&report, Timestamp::now(), Paint::of_stdout()),
    };
    output::print(&text)?;
    Ok(if report.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NO)
    })
}

/// Why an operator could not start with this keyring. What it is opened for here is thrown away.
fn unusable(keyring: &core::Secret) -> Option<String> {
    let error = keys::check(keyring).err()?;
    Some(format!("{error:#}"))
}
