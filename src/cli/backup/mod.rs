//! `coffer backup`: keys and resources in one sealed file.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`keygen`] | `coffer backup keygen`: a key pair to seal to |
//! | [`coverage`] | whether the keys open all that is kept |

pub(super) mod args;
mod coverage;
mod keygen;

use std::process::ExitCode;

use anyhow::Context as _;

use super::archive::namespaces::cluster_uid;
use super::archive::object::{KINDS, Object};
use super::archive::output::Target;
use super::archive::progress::Progress;
use super::archive::vault::{Vault, purpose_key};
use super::archive::{BACKUP, Entry, count, lacking};
use super::cluster::Cluster;
use super::output::NO;
use args::{BackupArgs, BackupCommand};
use coverage::Coverage;

/// Reads page by page, and seals what it has read: neither the memory nor the disk ever holds all of it
/// in clear.
pub(super) fn run(args: &BackupArgs) -> anyhow::Result<ExitCode> {
    if let Some(BackupCommand::Keygen(args)) = &args.command {
        return keygen::run(args);
    }
    let path = args
        .output
        .as_ref()
        .context("name the file with --output")?;
    let target = Target::new(path, args.force)?;
    let cluster = Cluster::connect(&args.place.connection)?;
    let vault = Vault::new(&cluster, &args.place.operator_namespace);
    let root = vault.existing_root()?;
    let of = cluster_uid(&cluster)?;
    let mut output = target.begin(BACKUP, of, &args.lock.lock()?)?;
    let mut coverage = Coverage::default();
    let mut progress = Progress::new("objects", None);
    for kind in KINDS {
        cluster.each(kind, |object| {
            progress.step();
            let Some(object) = Object::of(kind, object) else {
                return Ok(());
            };
            coverage.object(&object);
            Ok(output.write(&Entry::Object(object))?)
        })?;
    }
    drop(progress);
    // After the objects, so that a key which is made meanwhile for one of them is in.
    output.write(&Entry::PurposeKey(purpose_key(&root)))?;
    let damaged = vault.each_clear(&root.keyring, |store, keys, is_damaged| {
        if is_damaged {
            output.write(&Entry::Lacks(store.to_owned()))?;
        }
        if let Some(keys) = keys {
            coverage.keys(&keys);
            output.write(&Entry::StoreKeys(keys))?;
        }
        Ok(true)
    })?;
    let end = output.finish()?;
    coverage.say();
    eprintln!(
        "coffer: kept {} and the keys of {} in {}",
        count(end.objects, "object"),
        count(end.stores_with_keys, "store"),
        path.display()
    );
    if damaged > 0 {
        eprintln!("{}", lacking(damaged));
        return Ok(ExitCode::from(NO));
    }
    Ok(ExitCode::SUCCESS)
}
