//! Where stores come from: a file that was fetched before, or the cluster.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use super::args::KeyArgs;
use super::cluster::Cluster;
use super::store::Store;
use super::yaml::json;
use super::yaml::tree::{Id, Tree};
use crate::crypto::BindingKind;

/// Stores, each asked for once.
pub(in crate::cli) struct Source {
    origin: Origin,
    binding: BindingKind,
    known: HashMap<(String, String), Store>,
}

enum Origin {
    /// Namespace, name and object of each store in the file.
    File {
        path: String,
        stores: Vec<(String, String, Value)>,
    },
    /// Made when the first store is asked for: a manifest that is sealed already needs none.
    Cluster {
        args: ClusterArgs,
        client: Option<Cluster>,
    },
}

struct ClusterArgs {
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
}

impl Source {
    pub(in crate::cli) fn new(args: &KeyArgs) -> anyhow::Result<Self> {
        let origin = match &args.sealing_key {
            Some(path) => read_file(path)?,
            None => Origin::Cluster {
                args: ClusterArgs {
                    kubeconfig: args.kubeconfig.clone(),
                    context: args.context.clone(),
                },
                client: None,
            },
        };
        Ok(Self {
            origin,
            binding: args.binding(),
            known: HashMap::new(),
        })
    }

    /// The namespace of the kubeconfig's context; none when the key comes from a file.
    pub(in crate::cli) fn default_namespace(&mut self) -> anyhow::Result<Option<String>> {
        match &mut self.origin {
            Origin::File { .. } => Ok(None),
            Origin::Cluster { args, client } => {
                Ok(Some(args.connected(client)?.default_namespace().to_owned()))
            }
        }
    }

    /// The store, once it is known to allow the binding.
    pub(in crate::cli) fn store(&mut self, namespace: &str, name: &str) -> anyhow::Result<&Store> {
        let id = (namespace.to_owned(), name.to_owned());
        if !self.known.contains_key(&id) {
            let store = self.fetch(namespace, name)?;
            store.allows(self.binding)?;
            self.known.insert(id.clone(), store);
        }
        self.known
            .get(&id)
            .ok_or_else(|| anyhow!("store {namespace}/{name} is not known"))
    }

    fn fetch(&mut self, namespace: &str, name: &str) -> anyhow::Result<Store> {
        let object = match &mut self.origin {
            Origin::File { path, stores } => {
                let is = |store: &&(String, String, Value)| store.0 == namespace && store.1 == name;
                let Some((_, _, object)) = stores.iter().find(is) else {
                    bail!(
                        "{path} does not hold store {namespace}/{name}, only {}; fetch it with `kubectl get secretstore {name} -n {namespace} -o yaml`",
                        named(stores)
                    );
                };
                object.clone()
            }
            Origin::Cluster { args, client } => args.connected(client)?.store(namespace, name)?,
        };
        Ok(Store::read(namespace, name, &object)?)
    }
}

impl ClusterArgs {
    fn connected<'c>(&self, client: &'c mut Option<Cluster>) -> anyhow::Result<&'c Cluster> {
        if client.is_none() {
            *client = Some(Cluster::connect(
                self.kubeconfig.as_deref(),
                self.context.as_deref(),
            )?);
        }
        client
            .as_ref()
            .context("there is no connection to the cluster")
    }
}

fn named(stores: &[(String, String, Value)]) -> String {
    let names: Vec<_> = stores
        .iter()
        .map(|(space, name, _)| format!("{space}/{name}"))
        .collect();
    names.join(", ")
}

fn read_file(path: &Path) -> anyhow::Result<Origin> {
    let path_shown = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path_shown}"))?;
    let tree = Tree::read(&text).map_err(|(at, syntax)| anyhow!("{path_shown}:{at}: {syntax}"))?;
    let mut stores = Vec::new();
    for document in tree.documents() {
        collect(&tree, *document, &mut stores);
    }
    if stores.is_empty() {
        bail!(
            "{path_shown} holds no SecretStore with namespace and name; write it with `kubectl get secretstore NAME -n NAMESPACE -o yaml`"
        );
    }
    Ok(Origin::File {
        path: path_shown,
        stores,
    })
}

fn collect(tree: &Tree, id: Id, stores: &mut Vec<(String, String, Value)>) {
    let object = json::of(tree, id);
    let text = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let ours = text("/apiVersion").starts_with("coffer.dev/");
    if ours && text("/kind") == "SecretStore" {
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        if !namespace.is_empty() && !name.is_empty() {
            stores.push((namespace.to_owned(), name.to_owned(), object.clone()));
        }
    } else if text("/kind") == "List" || (ours && text("/kind") == "SecretStoreList") {
        for item in tree
            .entry(id, "items")
            .map(|(_, items)| tree.items(items))
            .unwrap_or_default()
        {
            collect(tree, *item, stores);
        }
    }
}
