//! `coffer tree`: stores, their Secrets, and the native Secrets made of them.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`node`] | what belongs together, and how it is |
//! | [`scopes`] | the scopes of a Secret, and who has it by them |
//! | [`askers`] | who asks for what |
//! | [`drawing`] | nodes as a drawing for people |

pub(super) mod args;
mod askers;
mod drawing;
mod node;
mod scopes;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use super::cluster::{Cluster, Inventory};
use super::output::{self, NO};
use super::paint::Paint;
use crate::api::Secret;
use args::TreeArgs;
use askers::Askers;

pub(super) fn run(args: &TreeArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.scope.connection)?;
    let namespace = cluster.namespace_of(&args.scope);
    let inventory = Inventory::of(&cluster, namespace.as_deref())
        .context("cannot read the stores and their Secrets")?;
    inventory.say_unreadable();
    let askers = asking(&cluster, &inventory);
    let mut stores = node::of(&inventory, askers.as_ref());
    let place = namespace.as_deref().map_or_else(
        || "any namespace".to_owned(),
        |name| format!("namespace {name}"),
    );
    if let Some(name) = &args.store {
        stores.retain(|store| store.name == *name);
        if stores.is_empty() {
            eprintln!(
                "coffer: there is no SecretStore {name} in {place}; `tree` without a name shows all"
            );
            return Ok(ExitCode::from(NO));
        }
    }
    let text = match args.output.data() {
        Some(format) => format.text(&json!({ "stores": stores }))?,
        None => drawing::draw(&stores, namespace.is_none(), Paint::of_stdout()),
    };
    if text.is_empty() {
        eprintln!("coffer: there are no SecretStores in {place}");
    }
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Who asks for something, where any Secret is offered to anyone; nobody knows without the right to look.
fn asking(cluster: &Cluster, inventory: &Inventory) -> Option<Askers> {
    let is_offered = |secret: &Secret| !secret.spec.scopes.is_empty();
    if !inventory.secrets.iter().any(is_offered) {
        return Some(Askers::default());
    }
    match Askers::of(cluster) {
        Ok(askers) => Some(askers),
        Err(error) => {
            eprintln!("coffer: who asks for a Secret is left out: {error}");
            None
        }
    }
}
