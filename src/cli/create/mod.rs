//! `coffer create secret`: a Secret from literals and files, sealed before anything is sent.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`object`] | the Secret as it is created |

pub(super) mod args;
mod object;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::Value as Json;

use super::cluster::Error;
use super::output::{self, NO};
use super::seal::source::Source;
use super::values::Values;
use super::verify::check_object;
use crate::policy::names;
use args::{CreateArgs, CreateCommand, DryRun, SecretArgs};

pub(super) fn run(args: &CreateArgs) -> anyhow::Result<ExitCode> {
    let CreateCommand::Secret(args) = &args.command;
    check_arguments(args)?;
    let values = Values::read(&args.values)?;
    let mut source = Source::new(&args.key)?;
    let namespace = match &args.namespace {
        Some(namespace) => namespace.clone(),
        None => source
            .default_namespace()?
            .context("a value is sealed for one namespace; give --namespace")?,
    };
    let store = source.store(&namespace, &args.store)?;
    let envelopes = values.seal(store, args.key.binding(), &args.name)?;
    let sealed_for = format!(
        "coffer: sealed {} for store {namespace}/{} (key {}, {})",
        output::count(envelopes.len(), "value"),
        args.store,
        store.key.id(),
        store.key.suite()
    );
    let object = object::secret(args, &namespace, envelopes);
    check_object(&object)?;
    let (created, how) = match args.dry_run {
        Some(DryRun::Client) => (object, " (dry run)"),
        dry_run => match create(&mut source, args, &namespace, &object)? {
            Some(created) if dry_run.is_some() => (created, " (server dry run)"),
            Some(created) => (created, ""),
            None => return Ok(ExitCode::from(NO)),
        },
    };
    if !args.quiet {
        eprintln!("{sealed_for}");
    }
    output::print(&match args.output.data() {
        Some(format) => format.text(&created)?,
        None => format!("secret.coffer.dev/{} created{how}\n", args.name),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What the argument parser cannot tell.
fn check_arguments(args: &SecretArgs) -> anyhow::Result<()> {
    if !names::is_subdomain(&args.name) {
        // It is not repeated: a forgotten name leaves a value in its place.
        bail!(
            "the Secret's name has something else than lower-case letters, digits, '-' and '.'; give the name first, then the values with --from-literal or --from-file"
        );
    }
    if args.key.sealing_key.is_some() && args.dry_run != Some(DryRun::Client) {
        bail!(
            "--sealing-key asks no cluster, so nothing can be created there; add --dry-run=client, or leave it out"
        );
    }
    Ok(())
}

/// The object as the API server has it; none, and a word about it, when there is one already.
fn create(
    source: &mut Source,
    args: &SecretArgs,
    namespace: &str,
    object: &Json,
) -> anyhow::Result<Option<Json>> {
    let cluster = source.cluster()?.context("there is no cluster")?;
    let object = serde_json::from_value(object.clone()).context("cannot build the object")?;
    let dry_run = args.dry_run.is_some();
    match cluster.create("Secret", namespace, &object, dry_run) {
        Ok(created) => {
            let mut created = serde_json::to_value(created)?;
            // Long, and of no use to a reader, as kubectl finds too.
            if let Some(metadata) = created
                .pointer_mut("/metadata")
                .and_then(Json::as_object_mut)
            {
                metadata.remove("managedFields");
            }
            Ok(Some(created))
        }
        Err(Error::AlreadyExists) => {
            eprintln!(
                "coffer: Secret {namespace}/{name} is there already; change its values with `set {name} KEY=VALUE`, or give another name",
                name = args.name
            );
            Ok(None)
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot create Secret {namespace}/{}", args.name))
        }
    }
}
