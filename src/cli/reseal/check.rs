//! Which values a retired key has sealed: the store's status tells.

use std::collections::HashSet;
use std::io::{self, Write as _};

use super::args::ResealArgs;
use super::envelopes;
use crate::api::KeyState;
use crate::cli::cluster::Cluster;
use crate::cli::seal::files::Input;
use crate::cli::verify::stores::{Known, Stores};
use crate::crypto::KeyId;

/// What is known of the stores.
pub(super) struct Check<'a> {
    args: &'a ResealArgs,
    stores: Stores,
    /// None where files tell of the stores.
    cluster: Option<Cluster>,
    asked: HashSet<(String, String)>,
}

impl<'a> Check<'a> {
    pub(super) fn new(args: &'a ResealArgs) -> anyhow::Result<Self> {
        let cluster = args.store.is_empty();
        let cluster = cluster.then(|| Cluster::connect(&args.connection));
        Ok(Self {
            args,
            stores: Stores::read(&args.store)?,
            cluster: cluster.transpose()?,
            asked: HashSet::new(),
        })
    }

    /// Prints the place of each value that is to be renewed; how many there are, or `None` for problems.
    pub(super) fn file(&mut self, input: &Input) -> anyhow::Result<Option<usize>> {
        let Some(manifest) = envelopes::read(input) else {
            return Ok(None);
        };
        let Some(sealed) = envelopes::of(input, &manifest) else {
            return Ok(None);
        };
        let mut found = 0;
        for (field, envelope) in sealed {
            let secret = &manifest.secrets()[field.secret];
            let default = self.cluster.as_ref().map(Cluster::default_namespace);
            let asked = self.args.namespace.as_deref();
            let Some(namespace) = envelopes::namespace_of(input, secret, asked, default) else {
                return Ok(None);
            };
            self.ask(&namespace, &secret.store)?;
            let known = self.stores.key(
                Some(&namespace),
                &secret.store,
                &envelope.key_id().to_string(),
            );
            if let Some(message) = message(&known, envelope.key_id(), &secret.store) {
                found += 1;
                let (file, place) = (&input.name, field.position);
                writeln!(io::stdout(), "{file}:{place}: {message}")?;
            }
        }
        Ok(Some(found))
    }

    /// Asks the cluster for a store, once.
    fn ask(&mut self, namespace: &str, store: &str) -> anyhow::Result<()> {
        let Some(cluster) = &self.cluster else {
            return Ok(());
        };
        if self.asked.insert((namespace.to_owned(), store.to_owned())) {
            let mut object = cluster.store(namespace, store)?;
            object["metadata"] = serde_json::json!({ "namespace": namespace, "name": store });
            self.stores.add_json(&object);
        }
        Ok(())
    }
}

fn message(known: &Known, key: KeyId, store: &str) -> Option<String> {
    match known {
        Known::Key(KeyState::Active) => None,
        Known::Key(KeyState::Retired) => Some(format!(
            "sealed with key {key}, which is retired; renew it with `coffer reseal`"
        )),
        Known::NoKey => Some(format!(
            "sealed with key {key}, which store {store} does not have; seal the plaintext again, or import the key"
        )),
        Known::NoStore | Known::NothingAsked => Some(format!(
            "nothing is known of the keys of store {store}; give its file with --store, or wait until it is Ready"
        )),
    }
}
