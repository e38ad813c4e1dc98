//! `coffer import sealed-secret`: manifests of Sealed Secrets, opened with the user's own private key.
//!
//! | file | what it is for |
//! |---|---|
//! | [`keys`] | private keys, from PEM or from the controller's Secrets |
//! | [`manifest`] | what a SealedSecret says |
//! | [`scope`] | what its values are bound to |
//! | [`hybrid`] | one sealed value |

mod hybrid;
mod keys;
mod manifest;
mod scope;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::{anyhow, bail};

use super::args::SealedSecretArgs;
use super::input;
use super::job::Job;

pub(super) fn run(args: &SealedSecretArgs) -> anyhow::Result<ExitCode> {
    let job = Job::new(&args.to)?;
    let mut keys = Vec::new();
    for path in &args.private_key {
        let input = input::read(path)?;
        let read = keys::read(&input.text).map_err(|error| anyhow!("{}: {error}", input.name))?;
        keys.extend(read);
    }
    let mut found = Vec::new();
    for path in &args.files {
        let input = input::read(path)?;
        let namespace = job.default_namespace.as_deref();
        let read = manifest::read(&input.name, &input.text, namespace, &keys)
            .map_err(|(position, syntax)| anyhow!("{}:{position}: {syntax}", input.name))?;
        found.extend(read);
    }
    if found.is_empty() {
        bail!(
            "there is no SealedSecret (apiVersion bitnami.com/v1alpha1) in these files; name others"
        );
    }
    job.run(found)
}
