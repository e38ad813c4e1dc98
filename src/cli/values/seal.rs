//! Values sealed for their place, with the public key of their store.

use std::collections::BTreeMap;

use super::{Error, Values};
use crate::cli::seal::store::Store;
use crate::crypto::{BindingKind, Place};

impl Values {
    /// The envelopes by key, for the Secret `name` of the store's namespace.
    pub(in crate::cli) fn seal(
        &self,
        store: &Store,
        binding: BindingKind,
        name: &str,
    ) -> Result<BTreeMap<String, String>, Error> {
        let seal = |(key, value): (&String, &crate::crypto::Plaintext)| {
            let place = Place {
                kind: "Secret",
                namespace: &store.namespace,
                store: &store.name,
                name,
                key,
            };
            let envelope = store.key.seal(binding, &place, value.expose())?;
            Ok((key.clone(), envelope.to_string()))
        };
        self.by_key.iter().map(seal).collect()
    }
}
