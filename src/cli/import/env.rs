//! `coffer import env`: `.env` files, as one Secret.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{anyhow, bail};

use super::args::EnvArgs;
use super::found::Found;
use super::input;
use super::job::Job;
use super::native::Native;
use crate::cli::dotenv;
use crate::policy::names;

pub(super) fn run(args: &EnvArgs) -> anyhow::Result<ExitCode> {
    if !names::is_subdomain(&args.name) {
        bail!("--name is not one that Kubernetes allows: lower-case letters, digits, `-` and `.`");
    }
    let job = Job::new(&args.to)?;
    let mut data = BTreeMap::new();
    let mut places = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let input = input::read(path)?;
        let values =
            dotenv::parse(&input.text).map_err(|problem| anyhow!("{}:{problem}", input.name))?;
        for dotenv::Assignment { key, value, .. } in values {
            if data.contains_key(&key) {
                bail!(
                    "{}: `{key}` is in a file before it as well; leave one of them out",
                    input.name
                );
            }
            data.insert(key, value);
        }
        places.push(input.name);
    }
    let native = Native {
        name: args.name.clone(),
        data,
        ..Native::default()
    };
    job.run(vec![Found {
        place: places.join(", "),
        native: Ok(native),
    }])
}
