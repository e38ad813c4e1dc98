//! `coffer restore`: a backup brought into a cluster, so that a second time changes nothing.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`survey`] | what the cluster has already |
//! | [`plan`] | what there is to do for each object. No client |
//! | [`rights`] | whether all of it is allowed |
//! | [`write`] | does it |

pub(super) mod args;
mod plan;
mod rights;
mod survey;
mod write;

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::archive::input::Unlocked;
use super::archive::intake::{Intake, Wanted};
use super::archive::namespaces::Namespaces;
use super::archive::vault::Vault;
use super::archive::{BACKUP, Entry, Error};
use super::cluster::Cluster;
use super::output::{self, NO};
use args::RestoreArgs;
use plan::Plan;
use survey::Survey;

/// The file is read twice: to the end, to see that it is whole and that all of it fits; and then to write.
/// Of the objects only names and digests are in memory.
pub(super) fn run(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let file = Unlocked::open(&args.file, &args.unlock)?;
    if file.content() != BACKUP {
        bail!(
            "{} has keys and no resources; bring them in with `coffer keys import`",
            args.file.display()
        );
    }
    let cluster = Cluster::connect(&args.place.connection)?;
    let vault = Vault::new(&cluster, &args.place.operator_namespace);
    let survey = Survey::of(&cluster)?;
    let mut wanted = Wanted::default();
    let mut plan = Plan::default();
    for entry in file.entries()? {
        let entry = entry.with_context(|| args.file.display().to_string())?;
        match entry {
            Entry::Object(object) if !object.is_known() => return Err(Error::UnknownEntry.into()),
            Entry::Object(object) => plan.add(&object, &survey),
            key => wanted.take(key)?,
        }
    }
    drop(survey);
    let mut wanted_namespaces = wanted.namespaces(&vault);
    wanted_namespaces.extend(plan.namespaces().map(str::to_owned));
    let mut namespaces = Namespaces::find(&cluster, &wanted_namespaces, args.create_namespaces)?;
    let intake = Intake::plan(&vault, wanted, &namespaces, args.stores_only)?;
    rights::check(&cluster, &plan, &intake, args.overwrite)?;
    for name in namespaces.missing() {
        output::print(&format!("namespace {name}: made\n"))?;
    }
    output::print(&output::lines(intake.lines()))?;
    output::print(&plan.text(args.overwrite))?;
    if !args.overwrite && plan.differing() > 0 {
        eprintln!(
            "coffer: {}, so nothing was written; see what differs, and give --overwrite to make it as in the backup",
            plan.refusal()
        );
        return Ok(ExitCode::from(NO));
    }
    if args.dry_run {
        eprintln!("coffer: {} (dry run)", plan.summary(&intake, true));
        return Ok(ExitCode::SUCCESS);
    }
    let done =
        "what was written stays; once that is put right, run this again, it goes on where it ended";
    namespaces.make(&cluster).context(done)?;
    intake.write(&namespaces).context(done)?;
    write::all(&cluster, &file, &plan).context(done)?;
    eprintln!("coffer: {}", plan.summary(&intake, false));
    Ok(ExitCode::SUCCESS)
}
