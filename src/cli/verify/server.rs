//! What the API server says in a dry run.

use anyhow::Context as _;
use serde_json::Value as Json;

use super::args::VerifyArgs;
use super::stores::Stores;
use crate::cli::cluster::{Cluster, Error, Inventory, Scope};

/// The API server, asked to judge and to keep nothing.
pub(super) struct Server {
    cluster: Cluster,
}

impl Server {
    /// Connects, and adds the stores of the cluster that may be read.
    pub(super) fn connect(args: &VerifyArgs, stores: &mut Stores) -> anyhow::Result<Self> {
        let cluster = Cluster::connect(&args.connection)?;
        let scope = Scope {
            namespace: args.namespace.clone(),
            ..Scope::default()
        };
        let namespace = cluster.namespace_of(&scope);
        let found = Inventory::stores_of(&cluster, None).or_else(|error| match error {
            // Of all namespaces one may be allowed.
            Error::Forbidden(_) => Inventory::stores_of(&cluster, namespace.as_deref()),
            other => Err(other),
        });
        stores.add(&found.context("cannot read the stores")?.stores);
        Ok(Self { cluster })
    }

    pub(super) fn default_namespace(&self) -> String {
        self.cluster.default_namespace().to_owned()
    }

    /// Why the object would be refused; none if it would not.
    ///
    /// # Errors
    /// What is no judgement: no answer, a right that is missing, a kind that is not installed.
    pub(super) fn judge(
        &self,
        object: &Json,
        namespace: Option<&str>,
    ) -> anyhow::Result<Option<String>> {
        let text = |path: &str| object.pointer(path).and_then(Json::as_str);
        let namespace = text("/metadata/namespace")
            .or(namespace)
            .unwrap_or_default();
        let Some(name) = text("/metadata/name") else {
            return Ok(Some(
                "has no name; only an object with a name can be judged".into(),
            ));
        };
        let kind = match text("/kind") {
            Some("SecretStore") => "SecretStore",
            _ => "Secret",
        };
        let mut sent = object.clone();
        if let Some(fields) = sent.as_object_mut() {
            fields.remove("status");
        }
        // What the object had elsewhere says nothing about it here.
        if let Some(metadata) = sent.pointer_mut("/metadata").and_then(Json::as_object_mut) {
            for field in [
                "creationTimestamp",
                "generation",
                "managedFields",
                "resourceVersion",
                "uid",
            ] {
                metadata.remove(field);
            }
        }
        match self.cluster.judge(kind, namespace, name, &sent) {
            Ok(()) => Ok(None),
            Err(Error::Refused(message)) => {
                Ok(Some(format!("the API server refuses it: {message}")))
            }
            Err(error) => {
                Err(error).with_context(|| format!("cannot judge {kind} {namespace}/{name}"))
            }
        }
    }
}
