//! `coffer set`: single values of a Secret that is there.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`change`] | what is to change, on top of what the Secret is now |

pub(super) mod args;
mod change;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use kube::api::DynamicObject;

use super::cluster::{Cluster, Error};
use super::output::{self, NO};
use super::seal::store::Store;
use super::values::{self, Values};
use crate::crypto::BindingKind;
use crate::policy::names;
use args::SetArgs;

/// How long in all a change waits for others before it is made anew on top of theirs: the operator, too, writes when
/// one is made.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(args: &SetArgs) -> anyhow::Result<ExitCode> {
    if !names::is_subdomain(&args.name) {
        // It is not repeated: a forgotten name leaves a value in its place.
        bail!("the Secret's name is missing or none; write `set NAME KEY=VALUE`");
    }
    let values = read(args)?;
    let cluster = Cluster::connect(&args.connection)?;
    let namespace = args.namespace.as_deref();
    let namespace = namespace.unwrap_or_else(|| cluster.default_namespace());
    let mut pauses = pauses();
    loop {
        let secret = cluster
            .get("Secret", namespace, &args.name)
            .with_context(|| format!("cannot read Secret {namespace}/{}", args.name))?;
        let Some(secret) = secret else {
            return Ok(missing(namespace, &args.name));
        };
        match write(&cluster, namespace, args, &values, &secret) {
            Ok(()) => return Ok(ExitCode::SUCCESS),
            Err(error) => match error.downcast_ref() {
                Some(Error::Conflict) => match pauses.next() {
                    Some(pause) => cluster.pause(pause),
                    None => return Err(outpaced(namespace, &args.name)),
                },
                Some(Error::NotFound) => return Ok(missing(namespace, &args.name)),
                _ => return Err(error),
            },
        }
    }
}

/// Before the next attempts: each time longer, and random, so that those who met once do not meet again.
fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(1))
        .without_max_times()
        .with_jitter()
        .with_total_delay(Some(PATIENCE))
        .build()
}

fn outpaced(namespace: &str, name: &str) -> anyhow::Error {
    anyhow!(
        "others changed Secret {namespace}/{name} each time before this change could be written, for {PATIENCE:?}: nothing was changed; see who writes it (`kubectl get csec {name} -n {namespace} --show-managed-fields -o yaml`), and try again"
    )
}

/// The values to set; none where keys are only taken away.
fn read(args: &SetArgs) -> anyhow::Result<Values> {
    let given = args.values.clone().with_literals(args.assignments.clone());
    let values = match Values::read(&given) {
        Err(values::Error::None) if !args.unset.is_empty() => Values::default(),
        other => other?,
    };
    if values
        .keys()
        .any(|key| args.unset.iter().any(|unset| unset == key))
    {
        bail!("a key is given a value and taken away; leave one out");
    }
    Ok(values)
}

/// One attempt, on top of the Secret as it was just read.
fn write(
    cluster: &Cluster,
    namespace: &str,
    args: &SetArgs,
    values: &Values,
    secret: &DynamicObject,
) -> anyhow::Result<()> {
    let (name, dry_run) = (&args.name, args.dry_run.is_some());
    let store = change::store_of(secret).context("the Secret names no store")?;
    let object = match values.keys().next() {
        Some(_) => Some(Store::read(
            namespace,
            store,
            &cluster.store(namespace, store)?,
        )?),
        None => None,
    };
    let envelopes = match &object {
        Some(store) => values.seal(store, BindingKind::Strict, name)?,
        None => BTreeMap::default(),
    };
    let patch = change::patch(secret, envelopes, &args.unset)?;
    cluster
        .merge("Secret", namespace, name, &patch, dry_run)
        .map_err(|error| match error {
            Error::Conflict | Error::NotFound => error.into(),
            other => anyhow::Error::from(other)
                .context(format!("cannot change Secret {namespace}/{name}")),
        })?;
    if !args.quiet {
        if let Some(store) = &object {
            eprintln!(
                "coffer: sealed {} for store {namespace}/{} (key {}, {})",
                output::count(values.keys().count(), "value"),
                store.name,
                store.key.id(),
                store.key.suite()
            );
        }
        let unset = args.unset.iter().map(String::as_str);
        let keys: BTreeSet<&str> = values.keys().chain(unset).collect();
        for applier in change::appliers(secret, &keys) {
            eprintln!(
                "coffer: note: `{applier}` applies what was changed, and will put it back; change it there as well"
            );
        }
    }
    let how = if dry_run { " (server dry run)" } else { "" };
    output::print(&format!("secret.coffer.dev/{name} changed{how}\n"))
}

fn missing(namespace: &str, name: &str) -> ExitCode {
    eprintln!(
        "coffer: there is no Secret {namespace}/{name}; make it with `create secret {name}`, or correct the name or --namespace"
    );
    ExitCode::from(NO)
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE, pauses};

    #[test]
    fn a_change_waits_long_enough_for_a_crowd_and_not_for_ever() {
        let all: Vec<_> = pauses().collect();
        assert!(all.len() >= 20, "{}", all.len());
        assert!(all.iter().sum::<std::time::Duration>() <= PATIENCE);
        assert_ne!(all, pauses().collect::<Vec<_>>());
    }
}
