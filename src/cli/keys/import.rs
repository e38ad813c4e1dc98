//! `coffer keys import`: the keys of a file, wrapped by the keyring of this cluster.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Context as _;

use super::exchange::ImportArgs;
use super::export::refuse;
use crate::cli::archive::count;
use crate::cli::archive::input::Unlocked;
use crate::cli::archive::intake::{Intake, Wanted};
use crate::cli::archive::namespaces::Namespaces;
use crate::cli::archive::vault::Vault;
use crate::cli::cluster::Cluster;
use crate::cli::output;

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let file = Unlocked::open(&args.file, &args.unlock)?;
    let mut wanted = Wanted::default();
    for entry in file.entries()? {
        let entry = entry.with_context(|| args.file.display().to_string())?;
        wanted.take(entry)?;
    }
    if !args.stores.is_empty() {
        let mut missing: BTreeSet<&str> = args.stores.iter().map(String::as_str).collect();
        wanted.stores.retain(|keys| missing.remove(&*keys.label()));
        refuse(&missing, "the file")?;
    }
    let stores_only = args.stores_only || !args.stores.is_empty();
    let cluster = Cluster::connect(&args.place.connection)?;
    let vault = Vault::new(&cluster, &args.place.operator_namespace);
    let wanted_namespaces = wanted.namespaces(&vault);
    let mut namespaces = Namespaces::find(&cluster, &wanted_namespaces, args.create_namespaces)?;
    let intake = Intake::plan(&vault, wanted, &namespaces, stores_only)?;
    let mut lines: Vec<_> = namespaces
        .missing()
        .map(|name| format!("namespace {name}: made"))
        .collect();
    lines.extend(intake.lines());
    if !args.dry_run {
        namespaces.make(&cluster)?;
        intake.write(&namespaces)?;
    }
    output::print(&output::lines(lines))?;
    let (changes, dry_run) = (
        intake.changes(),
        if args.dry_run { " (dry run)" } else { "" },
    );
    if changes == 0 {
        eprintln!("coffer: all keys are there already{dry_run}");
    } else {
        eprintln!(
            "coffer: imported the keys of {}{dry_run}; they are now those of the namespaces of this cluster",
            count(changes, "store")
        );
    }
    Ok(ExitCode::SUCCESS)
}
