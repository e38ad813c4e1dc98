//! The stores that envelopes are compared with: from files, or from the cluster.

use std::path::Path;

use anyhow::{anyhow, bail};
use serde::Deserialize as _;
use serde_json::Value as Json;

use super::document;
use crate::api::{KeyState, SealingKeyStatus, SecretStore};
use crate::cli::seal::files::Input;

/// What is known of stores and their keys.
#[derive(Debug, Default)]
pub(in crate::cli) struct Stores {
    stores: Vec<Store>,
    asked: bool,
}

#[derive(Debug)]
struct Store {
    namespace: String,
    name: String,
    keys: Vec<(String, KeyState)>,
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) enum Known {
    Key(KeyState),
    /// The store is known and does not have it.
    NoKey,
    NoStore,
    /// No stores were given, and no cluster may be asked.
    NothingAsked,
}

impl Stores {
    /// The stores of these files.
    pub(in crate::cli) fn read(files: &[std::path::PathBuf]) -> anyhow::Result<Self> {
        let mut stores = Self {
            asked: !files.is_empty(),
            ..Self::default()
        };
        for file in files {
            stores.read_file(file)?;
        }
        Ok(stores)
    }

    fn read_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let input = Input::file(path)?;
        let documents = document::read(&input.text)
            .map_err(|(position, syntax)| anyhow!("{}:{position}: {syntax}", input.name))?;
        let before = self.stores.len();
        for document in documents {
            let object = &document.json;
            if super::object::is_ours(object) && object["kind"] == "SecretStore" {
                self.add_json(object);
            }
        }
        if self.stores.len() == before {
            bail!(
                "{} holds no SecretStore with a status; write it with `kubectl get secretstore NAME -n NAMESPACE -o yaml`",
                input.name
            );
        }
        Ok(())
    }

    /// Adds a store as the API server has it; one without a status is left out.
    pub(in crate::cli) fn add_json(&mut self, object: &Json) {
        self.asked = true;
        let Some(listed) = object
            .pointer("/status/sealingKeys")
            .and_then(Json::as_array)
        else {
            return;
        };
        let key = |key: &Json| SealingKeyStatus::deserialize(key).ok();
        let text = |path: &str| {
            let text = object.pointer(path).and_then(Json::as_str);
            text.unwrap_or_default().to_owned()
        };
        self.stores.push(Store {
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            keys: listed
                .iter()
                .filter_map(key)
                .map(|key| (key.id, key.state))
                .collect(),
        });
    }

    /// Adds the stores of a cluster.
    pub(super) fn add(&mut self, stores: &[SecretStore]) {
        self.asked = true;
        for store in stores {
            let keys = store.status.iter().flat_map(|status| &status.sealing_keys);
            self.stores.push(Store {
                namespace: store.metadata.namespace.clone().unwrap_or_default(),
                name: store.metadata.name.clone().unwrap_or_default(),
                keys: keys.map(|key| (key.id.clone(), key.state)).collect(),
            });
        }
    }

    /// What is known of a key; without a namespace any store of the name may have it.
    pub(in crate::cli) fn key(&self, namespace: Option<&str>, store: &str, id: &str) -> Known {
        if !self.asked {
            return Known::NothingAsked;
        }
        let is_meant = |known: &&Store| {
            known.name == store && namespace.is_none_or(|namespace| namespace == known.namespace)
        };
        let mut meant = self.stores.iter().filter(is_meant).peekable();
        if meant.peek().is_none() {
            return Known::NoStore;
        }
        let key = meant
            .flat_map(|store| &store.keys)
            .find(|(key, _)| key == id);
        key.map_or(Known::NoKey, |(_, state)| Known::Key(*state))
    }
}
