//! `coffer keys prune`: removes retired keys that no Secret needs, and root keys that wrap nothing.
//!
//! | file | what it is for |
//! |---|---|
//! | [`plan`] | what may go, and why the others stay. No client |
//! | [`roots`] | the root keys |

mod plan;
mod roots;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;

use super::adopt::{changed, missing};
use super::args::PruneArgs;
use super::custody::Custody;
use super::list::damaged;
use super::record::{Content, Stored, store_of};
use super::references::References;
use super::roots::Roots;
use crate::cli::ask;
use crate::cli::cluster::Cluster;
use crate::cli::output::{self, NO};
use crate::index::store_keys::Record;
use plan::{Kept, Verdict};

pub(super) fn run(args: &PruneArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.place.connection)?;
    let custody = Custody::new(&cluster, &args.place);
    // Before anything is removed, also where only stores are named: with a damaged keyring, what is there may
    // be all that is left.
    let keyring = custody.keyring().context("cannot read the keyring")?;
    match keyring {
        Some(keyring) => drop(Roots::usable(&keyring, &args.place.operator_namespace)?),
        None if args.all => return Err(custody.no_keyring()),
        None => {}
    }
    let mut refused = false;
    let mut records = Vec::new();
    if args.all {
        records = custody.records().context("cannot read the stores' keys")?;
    }
    for store in args.stores.iter().collect::<BTreeSet<_>>() {
        let stored = custody
            .record(store)
            .with_context(|| format!("cannot read the keys of {store}"))?;
        if let Some(stored) = stored {
            records.push(stored);
        } else {
            missing(store);
            refused = true;
        }
    }
    // After the records: a Secret that is sealed meanwhile is sealed with an active key.
    let needed = needed(&cluster, args, &records)?;
    let mut work = Vec::new();
    for stored in &records {
        match &stored.content {
            Content::Record { record, .. } => {
                let now = Timestamp::now();
                let verdicts = plan::of(record, &needed, args.public_keys, now);
                refused |= say_kept(record, &verdicts);
                work.push((stored, record, verdicts));
            }
            Content::Damaged { store } => {
                eprintln!("coffer: {}", damaged(stored, store.as_deref()));
                refused = true;
            }
        }
    }
    let verdicts = || work.iter().flat_map(|(_, _, verdicts)| verdicts);
    if !refused && verdicts().next().is_none() {
        eprintln!("coffer: there is no retired key to remove");
    }
    if !args.dry_run
        && !args.yes
        && let Some(loss) = plan::loss(verdicts())
    {
        eprintln!("{loss}");
        if !ask::typed("Remove them? Type yes:", "yes")? {
            eprintln!("coffer: the answer was not yes: nothing was removed");
            return Ok(ExitCode::from(NO));
        }
    }
    for (stored, record, verdicts) in work {
        remove(&custody, stored, record, &verdicts, args.dry_run)?;
    }
    if args.all {
        refused |= !roots::prune(&custody, args)?;
    }
    Ok(if refused {
        ExitCode::from(NO)
    } else {
        ExitCode::SUCCESS
    })
}

/// Which Secrets need which key, as etcd has them now.
fn needed(cluster: &Cluster, args: &PruneArgs, records: &[Stored]) -> anyhow::Result<References> {
    if args.all {
        return References::of(cluster, None).context("cannot read the Secrets");
    }
    let records = records.iter().filter_map(Stored::record);
    let namespaces: BTreeSet<&str> = records.map(|record| &*record.namespace).collect();
    let mut needed = References::default();
    for namespace in namespaces {
        needed
            .look(cluster, Some(namespace))
            .with_context(|| format!("cannot read the Secrets of namespace {namespace}"))?;
    }
    Ok(needed)
}

/// Whether a key that should go is needed.
fn say_kept(record: &Record, verdicts: &[Verdict]) -> bool {
    let mut refused = false;
    for verdict in verdicts {
        if let Some(kept) = &verdict.kept {
            let (store, id, suite) = (store_of(record), verdict.id, verdict.suite);
            eprintln!("coffer: {store}: key {id} ({suite}) stays: {kept}");
            refused |= !matches!(kept, Kept::Public);
        }
    }
    refused
}

fn remove(
    custody: &Custody<'_>,
    stored: &Stored,
    record: &Record,
    verdicts: &[Verdict],
    dry_run: bool,
) -> anyhow::Result<()> {
    let gone: Vec<&Verdict> = verdicts.iter().filter(|it| it.kept.is_none()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let store = store_of(record);
    if !dry_run {
        let ids = gone.iter().map(|verdict| verdict.id).collect();
        let record = stored.without(&ids).context("the record does not read")?;
        custody
            .write(stored, &record)
            .map_err(|error| changed(&store, error))?;
    }
    let how = if dry_run {
        "would be removed"
    } else {
        "removed"
    };
    let line = |it: &&Verdict| format!("{store}: key {} ({}) {how}", it.id, it.suite);
    output::print(&output::lines(gone.iter().map(line)))
}
