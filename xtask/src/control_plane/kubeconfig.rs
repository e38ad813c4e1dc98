//! Kubeconfig files for the users of the control plane.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    certificates::{AUTHORITY, Pair},
    layout::Layout,
};

/// How a user shows who it is.
#[derive(Debug)]
pub(super) enum Credentials<'a> {
    Certificate(Pair),
    Token(&'a str),
}

/// Writes a kubeconfig. Certificates are named by path: they live and go with the same folder.
pub(super) fn write(
    layout: &Layout,
    path: &Path,
    server: &str,
    user: &str,
    credentials: &Credentials<'_>,
) -> Result<()> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "coffer", "cluster": {
            "server": server,
            "certificate-authority": layout.certificate(AUTHORITY),
        }}],
        "users": [{ "name": user, "user": credentials.to_json(layout) }],
        "contexts": [{ "name": "coffer", "context": { "cluster": "coffer", "user": user } }],
        "current-context": "coffer",
    });
    let text = serde_json::to_string_pretty(&config)?;
    // JSON is YAML, and needs no quoting rules.
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

impl Credentials<'_> {
    fn to_json(&self, layout: &Layout) -> Value {
        match self {
            Self::Certificate(pair) => json!({
                "client-certificate": layout.certificate(pair.certificate),
                "client-key": layout.certificate(pair.key),
            }),
            Self::Token(token) => json!({ "token": token }),
        }
    }
}
