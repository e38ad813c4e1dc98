//! `coffer keys shred`: the keys of a store are destroyed.
//!
//! First the record loses its keys, so that no replica has them in memory any more; then it goes, unless
//! a living store has it: the operator makes new keys for that one.

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::adopt::{changed, missing};
use super::args::ShredArgs;
use super::custody::Custody;
use super::record::Stored;
use super::references::References;
use super::store_name::StoreName;
use crate::cli::ask;
use crate::cli::cluster::{Cluster, Error};
use crate::cli::output::{self, NO};
use crate::index::store_keys::PUT_RIGHT;

pub(super) fn run(args: &ShredArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.place.connection)?;
    let custody = Custody::new(&cluster, &args.place);
    let store = &args.store;
    let stored = custody
        .record(store)
        .with_context(|| format!("cannot read the keys of {store}"))?;
    let Some(stored) = stored else {
        return Ok(missing(store));
    };
    let living = cluster
        .get("SecretStore", &store.namespace, &store.store)
        .with_context(|| format!("cannot see whether SecretStore {store} is there"))?;
    let needed = References::of(&cluster, Some(&store.namespace))
        .with_context(|| format!("cannot read the Secrets of namespace {}", store.namespace))?;
    let obstacles = obstacles(store, &stored, living.is_some(), &needed);
    if !obstacles.is_empty() {
        for (what, remedy) in &obstacles {
            // With --force they are destroyed nevertheless.
            let remedy = if args.force { "" } else { remedy };
            eprintln!("coffer: {what}{remedy}");
        }
        if !args.force {
            eprintln!("coffer: nothing was destroyed; --force destroys them nevertheless");
            return Ok(ExitCode::from(NO));
        }
    }
    let question = format!(
        "What was sealed for {store} can never be opened again. To destroy its keys, type {store}:"
    );
    if !args.yes && !ask::typed(&question, &store.to_string())? {
        eprintln!("coffer: that is not the name: nothing was destroyed");
        return Ok(ExitCode::from(NO));
    }
    let living_uid = living.and_then(|living| living.metadata.uid);
    let owned = stored
        .record()
        .is_some_and(|record| living_uid.as_ref() == Some(&record.store_uid));
    destroy(&custody, store, stored, owned)?;
    let then = if owned {
        "; the store gets new ones"
    } else {
        ""
    };
    output::print(&format!("{store}: the keys are destroyed{then}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Why they should stay, and what can be done about it.
fn obstacles(
    store: &StoreName,
    stored: &Stored,
    living: bool,
    needed: &References,
) -> Vec<(String, String)> {
    let mut obstacles = Vec::new();
    if living {
        let what = format!("SecretStore {store} is there");
        obstacles.push((what, ": delete it first".to_owned()));
    }
    let Some(record) = stored.record() else {
        let what = format!(
            "native secret `{}` does not read, so nobody can tell what needs its keys",
            stored.native
        );
        obstacles.push((what, format!(": {PUT_RIGHT}")));
        return obstacles;
    };
    for key in &record.keys {
        if let Some(users) = needed.users(&store.namespace, key.id) {
            let what = format!("key {} is needed by {users}", key.id);
            let remedy = ": delete what needs it, or seal it anew";
            obstacles.push((what, remedy.to_owned()));
        }
    }
    obstacles
}

fn destroy(
    custody: &Custody<'_>,
    store: &StoreName,
    stored: Stored,
    owned: bool,
) -> anyhow::Result<()> {
    let stored = match stored.emptied() {
        Some(empty) => custody
            .write(&stored, &empty)
            .map_err(|error| changed(store, error))?,
        None => stored,
    };
    if owned {
        return Ok(());
    }
    match custody.delete(&stored) {
        // The keys are gone; whoever wrote the record meanwhile has the rest.
        Ok(()) | Err(Error::NotFound) => Ok(()),
        Err(Error::Conflict) if stored.record().is_some() => Ok(()),
        Err(Error::Conflict) => bail!(
            "native secret `{}` was changed meanwhile; try again",
            stored.native
        ),
        Err(error) => Err(changed(store, error)),
    }
}
