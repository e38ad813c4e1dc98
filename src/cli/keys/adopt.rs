//! `coffer keys adopt`: a namespace that was made anew has the keys of the former one of its name.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1 as core;
use kube::Api;

use super::args::AdoptArgs;
use super::custody::Custody;
use super::store_name::StoreName;
use crate::cli::ask;
use crate::cli::cluster::{Cluster, Error, Request};
use crate::cli::output::{self, NO};
use crate::index::store_keys::PUT_RIGHT;

pub(super) fn run(args: &AdoptArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.place.connection)?;
    let custody = Custody::new(&cluster, &args.place);
    let store = &args.store;
    let stored = custody
        .record(store)
        .with_context(|| format!("cannot read the keys of {store}"))?;
    let Some(stored) = stored else {
        return Ok(missing(store));
    };
    let Some(record) = stored.record() else {
        bail!(
            "native secret `{}` does not hold the keys of {store}: {PUT_RIGHT}",
            stored.native
        );
    };
    let uid = namespace_uid(&cluster, &store.namespace)?;
    if record.namespace_uid == uid {
        eprintln!("coffer: the keys of {store} are this namespace's already");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "The keys of {store} belong to a namespace of that name that was deleted. Whoever may write Secrets in \
         namespace {} now can then have opened what was sealed for the former one.",
        store.namespace
    );
    if !args.yes && !ask::typed("Give them the keys? Type yes:", "yes")? {
        eprintln!("coffer: the answer was not yes: nothing was changed");
        return Ok(ExitCode::from(NO));
    }
    let record = stored.adopted(&uid).context("the record does not read")?;
    custody
        .write(&stored, &record)
        .map_err(|error| changed(store, error))?;
    output::print(&format!(
        "{store}: the keys are now those of the namespace that is there\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// There are no keys of this store.
pub(super) fn missing(store: &StoreName) -> ExitCode {
    eprintln!(
        "coffer: there are no keys of {store}; `keys list` shows those that are there. Is it the --operator-namespace?"
    );
    ExitCode::from(NO)
}

/// What to say of a write of a store's record that failed.
pub(super) fn changed(store: &StoreName, error: Error) -> anyhow::Error {
    let remedy = matches!(error, Error::Conflict | Error::NotFound).then_some("; try again");
    let remedy = remedy.unwrap_or_default();
    anyhow::Error::from(error).context(format!("cannot change the keys of {store}{remedy}"))
}

fn namespace_uid(cluster: &Cluster, name: &str) -> anyhow::Result<String> {
    let namespaces = Api::<core::Namespace>::all(cluster.client());
    let request = Request {
        verb: "get".to_owned(),
        resource: "namespaces",
        namespace: Some(name.to_owned()),
    };
    let namespace = cluster
        .ask(request, namespaces.get_opt(name))
        .with_context(|| format!("cannot read namespace {name}"))?;
    let Some(namespace) = namespace else {
        bail!("there is no namespace {name}: make it first, then give it the keys");
    };
    Ok(namespace.metadata.uid.unwrap_or_default())
}
