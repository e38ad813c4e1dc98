//! `coffer keys rotate root`: adds a root key to the keyring, by compare-and-swap.

use std::process::ExitCode;

use anyhow::Context as _;

use super::wait::Wait;
use crate::api::wellknown::KEYRING_NAME;
use crate::cli::cluster::{Cluster, Error};
use crate::cli::keys::args::RotateRootArgs;
use crate::cli::keys::custody::Custody;
use crate::cli::keys::roots::Roots;
use crate::cli::output::{self, NO};

pub(in crate::cli::keys) fn run(args: &RotateRootArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.place.connection)?;
    let custody = Custody::new(&cluster, &args.place);
    let namespace = &args.place.operator_namespace;
    let name = format!("{namespace}/{KEYRING_NAME}");
    let keyring = custody
        .keyring()
        .with_context(|| format!("cannot read the keyring {name}"))?;
    let Some(keyring) = keyring else {
        return Err(custody.no_keyring());
    };
    let mut roots = Roots::usable(&keyring, namespace)?;
    let records = custody.records().context("cannot read the stores' keys")?;
    let (root, bytes) = roots.add(&records)?;
    custody
        .change_keyring(&keyring, [(root.clone(), Some(bytes))])
        .map_err(|error| match error {
            Error::Conflict => anyhow::anyhow!(
                "the keyring {name} was changed by someone else meanwhile: nothing was added; see `coffer keys status`, and try again"
            ),
            error => anyhow::Error::from(error)
                .context(format!("cannot add a root key to the keyring {name}")),
        })?;
    output::print(&format!("{name}: {root} wraps from now on\n"))?;
    eprintln!(
        "coffer: copies of the keyring that were made before do not open what is wrapped from now on; files of `coffer backup` and `coffer keys export` need no keyring: see that you have one"
    );
    if args.wait.wait {
        let wait = Wait::new(&cluster, args.wait.timeout);
        let left =
            wait.until_nothing_left("keys to wrap anew", || to_wrap_anew(&custody, namespace))?;
        if left > 0 {
            eprintln!(
                "coffer: {} still to be wrapped anew; the operator goes on, and `coffer keys status` tells how far it is",
                output::count(left, "key")
            );
            return Ok(ExitCode::from(NO));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How many keys another root than the active one wraps.
fn to_wrap_anew(custody: &Custody<'_>, namespace: &str) -> anyhow::Result<usize> {
    let keyring = custody.keyring().context("cannot read the keyring")?;
    let keyring = keyring.ok_or_else(|| custody.no_keyring())?;
    let roots = Roots::usable(&keyring, namespace)?;
    let records = custody.records().context("cannot read the stores' keys")?;
    let wraps = roots.wraps(&records).into_iter();
    let others = wraps.filter(|(number, _)| *number != roots.active());
    Ok(others.map(|(_, keys)| keys).sum())
}
