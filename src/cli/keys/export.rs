//! `coffer keys export`: the keys, unwrapped, in a file that is sealed to someone else.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::bail;

use super::exchange::ExportArgs;
use super::store_name::StoreName;
use crate::cli::archive::namespaces::cluster_uid;
use crate::cli::archive::output::Target;
use crate::cli::archive::vault::{Vault, purpose_key};
use crate::cli::archive::{Entry, KEYS, count, lacking};
use crate::cli::cluster::Cluster;
use crate::cli::output::NO;

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let target = Target::new(&args.output, args.force)?;
    let cluster = Cluster::connect(&args.place.connection)?;
    let vault = Vault::new(&cluster, &args.place.operator_namespace);
    let root = vault.existing_root()?;
    let of = cluster_uid(&cluster)?;
    let mut output = target.begin(KEYS, of, &args.lock.lock()?)?;
    if args.stores.is_empty() {
        output.write(&Entry::PurposeKey(purpose_key(&root)))?;
    }
    let mut missing: BTreeSet<_> = args.stores.iter().map(StoreName::to_string).collect();
    let damaged = vault.each_clear(&root.keyring, |store, keys, is_damaged| {
        let is_wanted = args.stores.is_empty() || missing.remove(store);
        if is_wanted && is_damaged {
            output.write(&Entry::Lacks(store.to_owned()))?;
        }
        if let Some(keys) = keys.filter(|_| is_wanted) {
            output.write(&Entry::StoreKeys(keys))?;
        }
        Ok(is_wanted)
    })?;
    refuse(&missing, "the cluster")?;
    let end = output.finish()?;
    eprintln!(
        "coffer: kept the keys of {} in {}",
        count(end.stores_with_keys, "store"),
        args.output.display()
    );
    if damaged > 0 {
        eprintln!("{}", lacking(damaged));
        return Ok(ExitCode::from(NO));
    }
    Ok(ExitCode::SUCCESS)
}

/// Errs when there are stores that were asked for and not found.
pub(super) fn refuse(missing: &BTreeSet<String>, place: &str) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(String::as_str).collect();
    bail!(
        "{place} has no keys of {}; correct the name, or leave it out for all",
        names.join(", ")
    )
}
