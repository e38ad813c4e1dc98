//! `coffer import secret`: native Secrets, from the cluster or from manifests.

use std::process::ExitCode;

use anyhow::{anyhow, bail};

use super::args::SecretArgs;
use super::found::Found;
use super::job::Job;
use super::skip::Skip;
use super::{cluster, input, manifest};

pub(super) fn run(args: &SecretArgs) -> anyhow::Result<ExitCode> {
    let job = Job::new(&args.to)?;
    if !args.file.is_empty() {
        let found = of_files(args)?;
        return job.run(found);
    }
    if args.names.is_empty() && !args.all && args.selector.is_none() {
        bail!("say which native Secrets: their names, --selector, --all, or --file");
    }
    let found = cluster::read(args, job.default_namespace.as_deref())?;
    if found.is_empty() {
        bail!("the cluster has no such native Secret; correct the namespace or the selector");
    }
    job.run(found)
}

fn of_files(args: &SecretArgs) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in &args.file {
        let input = input::read(path)?;
        let read = manifest::read(&input.name, &input.text)
            .map_err(|(position, syntax)| anyhow!("{}:{position}: {syntax}", input.name))?;
        found.extend(read);
    }
    if found.is_empty() {
        bail!("there is no native Secret (apiVersion v1, kind Secret) in these files; name others");
    }
    if args.names.is_empty() {
        return Ok(found);
    }
    let is_named = |found: &Found, name: &String| {
        found
            .native
            .as_ref()
            .is_ok_and(|native| native.name == *name)
    };
    let missing: Vec<_> = args
        .names
        .iter()
        .filter(|name| !found.iter().any(|found| is_named(found, name)))
        .map(|name| Found {
            place: name.escape_debug().to_string(),
            native: Err(Skip::Missing),
        })
        .collect();
    // One that cannot be read may be one of those that are asked for.
    found.retain(|found| {
        found.native.is_err() || args.names.iter().any(|name| is_named(found, name))
    });
    found.extend(missing);
    Ok(found)
}
