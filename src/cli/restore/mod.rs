//! `coffer restore`: a backup brought into a cluster, so that a second time changes nothing.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`survey`] | what the cluster has already |
//! | [`plan`] | what there is to do for each object. No client |
//! | [`differences`] | by which fields the objects that are there differ |
//! | [`rights`] | what has to be allowed |
//! | [`write`] | does it |

pub(super) mod args;
mod differences;
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
use super::archive::{self, BACKUP, Entry, Error, count};
use super::cluster::Cluster;
use super::output::{self, NO};
use args::RestoreArgs;
use plan::Plan;
use survey::Survey;

/// The file is read to its end, to see that it is whole and that all of it fits; again, to tell how objects differ;
/// and then to write.
/// Of the objects only names and digests are in memory.
pub(super) fn run(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let file = Unlocked::open(&args.file, &args.unlock)?;
    if file.content() != BACKUP {
        bail!(
            "{} has keys and no resources; bring them in with `coffer keys import`",
            args.file.display()
        );
    }
    let begin = file.begin(&args.file)?;
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
    let mut wanted_namespaces = wanted.namespaces(&vault, args.intake.adopt);
    wanted_namespaces.extend(plan.namespaces().map(str::to_owned));
    let create = args.intake.create_namespaces;
    let mut namespaces = Namespaces::find(&cluster, &wanted_namespaces, create)?;
    plan.leave_out(|namespace| namespaces.is_going(namespace));
    let of = begin.cluster.as_deref();
    let intake = Intake::plan(&vault, wanted, &namespaces, of, args.intake)?;
    let mut needed = rights::of(&plan, args.overwrite);
    needed.extend(intake.rights());
    needed.extend(namespaces.rights());
    archive::rights::check(&cluster, &needed)?;
    for name in namespaces.missing() {
        output::print(&format!("namespace {name}: to be made\n"))?;
    }
    output::print(&output::lines(intake.lines()))?;
    let differences = differences::of(&cluster, &file, &plan)?;
    output::print(&plan.text(args.overwrite, &differences))?;
    let keys_left_out = intake.say_left_out();
    if !args.overwrite && plan.differing() > 0 {
        eprintln!(
            "coffer: {}, so nothing was written; see what differs, and give --overwrite to make it as in the backup",
            plan.refusal()
        );
        return Ok(ExitCode::from(NO));
    }
    let told = plan.summary(&intake, args.dry_run);
    if args.dry_run {
        eprintln!("coffer: {told} (dry run)");
    } else {
        if !intake.may_adopt()? {
            return Ok(ExitCode::from(NO));
        }
        let done = "what was written stays; once that is put right, run this again, it goes on where it ended";
        namespaces.make(&cluster).context(done)?;
        intake.write(&namespaces).context(done)?;
        write::all(&cluster, &file, &plan).context(done)?;
        eprintln!("coffer: {told}");
    }
    let left_out = plan.being_deleted();
    if left_out > 0 || keys_left_out {
        bail!(
            "{}{} left out, because of what is being deleted; run this again when that is gone",
            count(left_out, "object"),
            if keys_left_out { " and keys" } else { "" }
        );
    }
    Ok(ExitCode::SUCCESS)
}
