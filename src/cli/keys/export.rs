//! `coffer keys export`: the keys, unwrapped, in a file that is sealed to someone else.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::bail;

use super::exchange::ExportArgs;
use crate::cli::archive::output::Target;
use crate::cli::archive::vault::{Vault, purpose_key};
use crate::cli::archive::{Entry, KEYS, count};
use crate::cli::cluster::Cluster;

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let target = Target::new(&args.output, args.force)?;
    let cluster = Cluster::connect(&args.place.connection)?;
    let vault = Vault::new(&cluster, &args.place.operator_namespace);
    let root = vault.existing_root()?;
    let mut output = target.begin(KEYS, &args.lock.lock()?)?;
    if args.stores.is_empty() {
        output.write(&Entry::PurposeKey(purpose_key(&root)))?;
    }
    let mut missing: BTreeSet<&str> = args.stores.iter().map(String::as_str).collect();
    vault.each_clear(&root.keyring, |keys| {
        if args.stores.is_empty() || missing.remove(&*keys.label()) {
            output.write(&Entry::StoreKeys(keys))?;
        }
        Ok(())
    })?;
    refuse(&missing, "the cluster")?;
    let end = output.finish()?;
    eprintln!(
        "coffer: kept the keys of {} in {}",
        count(end.stores_with_keys, "store"),
        args.output.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Errs when there are stores that were asked for and not found.
pub(super) fn refuse(missing: &BTreeSet<&str>, place: &str) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().copied().collect();
    bail!(
        "{place} has no keys of {}; write NAMESPACE/STORE, as in team-a/payments",
        names.join(", ")
    )
}
