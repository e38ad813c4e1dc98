//! The clients of others that speak to the REST interfaces, for the tests: as the package registries have them, at pinned
//! versions, with a digest for every file.
//!
//! Installed into the cache of the [tools](crate::tools) from the lock files in `xtask/clients`, each under a key of its
//! lock file and of the language that it is in, and found there from then on.

mod install;
mod language;
mod node;
mod python;

use std::{ffi::OsString, path::PathBuf};

use anyhow::Result;

use node::Node;
use python::Python;

/// One installed client.
#[derive(Debug, Clone)]
pub struct Client {
    /// The variable by which tests are told of it.
    pub variable: &'static str,
    /// The program to run: a Python that finds the client's package, or the client itself.
    pub program: PathBuf,
}

/// Cloudflare's Python package.
const CLOUDFLARE: [(&str, &str); 2] = [
    ("COFFER_TEST_CLOUDFLARE_5_9_0", "cloudflare-5.9.0"),
    ("COFFER_TEST_CLOUDFLARE_4_3_1", "cloudflare-4.3.1"),
];

/// Finds the clients, and installs those that are missing.
pub async fn provide() -> Result<Vec<Client>> {
    let (python, node) = (Python::find().await?, Node::find().await?);
    let mut clients = vec![Client {
        variable: "COFFER_TEST_WRANGLER",
        program: node.program("wrangler").await?,
    }];
    for (variable, package) in CLOUDFLARE {
        let program = python.environment(package).await?;
        clients.push(Client { variable, program });
    }
    Ok(clients)
}

/// What tests are told of them.
pub fn environment(clients: &[Client]) -> impl Iterator<Item = (&'static str, OsString)> {
    clients
        .iter()
        .map(|client| (client.variable, client.program.clone().into()))
}
