//! `coffer keys import`: the keys of a file, wrapped by the keyring of this cluster.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::exchange::ImportArgs;
use super::export::refuse;
use super::store_name::StoreName;
use crate::cli::archive::input::Unlocked;
use crate::cli::archive::intake::{Intake, Wanted};
use crate::cli::archive::namespaces::Namespaces;
use crate::cli::archive::vault::Vault;
use crate::cli::archive::{count, rights};
use crate::cli::cluster::Cluster;
use crate::cli::output::{self, NO};

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let file = Unlocked::open(&args.file, &args.unlock)?;
    let begin = file.begin(&args.file)?;
    let mut wanted = Wanted::default();
    for entry in file.entries()? {
        let entry = entry.with_context(|| args.file.display().to_string())?;
        wanted.take(entry)?;
    }
    if !args.stores.is_empty() {
        let mut missing: BTreeSet<_> = args.stores.iter().map(StoreName::to_string).collect();
        wanted.stores.retain(|keys| missing.remove(&keys.label()));
        refuse(&missing, "the file")?;
    }
    let mut decided = args.intake;
    decided.stores_only |= !args.stores.is_empty();
    let cluster = Cluster::connect(&args.place.connection)?;
    let vault = Vault::new(&cluster, &args.place.operator_namespace);
    let wanted_namespaces = wanted.namespaces(&vault, decided.adopt);
    let create = decided.create_namespaces;
    let mut namespaces = Namespaces::find(&cluster, &wanted_namespaces, create)?;
    let intake = Intake::plan(
        &vault,
        wanted,
        &namespaces,
        begin.cluster.as_deref(),
        decided,
    )?;
    let needed = intake.rights().chain(namespaces.rights()).collect();
    rights::check(&cluster, &needed)?;
    let mut lines: Vec<_> = namespaces
        .missing()
        .map(|name| format!("namespace {name}: to be made"))
        .collect();
    lines.extend(intake.lines());
    output::print(&output::lines(lines))?;
    let is_left_out = intake.say_left_out();
    if !args.dry_run {
        if !intake.may_adopt()? {
            return Ok(ExitCode::from(NO));
        }
        namespaces.make(&cluster)?;
        intake.write(&namespaces)?;
    }
    let changes = intake.changes();
    let stores = count(changes, "store");
    match (changes, args.dry_run) {
        (0, _) => eprintln!("coffer: all keys are there already"),
        (_, true) => eprintln!("coffer: would import the keys of {stores} (dry run)"),
        (_, false) => eprintln!(
            "coffer: imported the keys of {stores}; they are now those of the namespaces of this cluster"
        ),
    }
    if is_left_out {
        bail!("keys were left out; run this again when their namespaces are gone");
    }
    Ok(ExitCode::SUCCESS)
}
