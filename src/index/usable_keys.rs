//! A store's keys as the rules see them: with a view of whose the other keys are.

use std::sync::Arc;

use super::{Index, StoreKeys};
use crate::crypto::{KeyId, StoreKey, Suite};
use crate::policy::values::{Elsewhere, Keys};

/// The keys that seal and open a store's values.
#[derive(Clone, Debug)]
pub struct UsableKeys {
    index: Arc<Index>,
    keys: Arc<StoreKeys>,
}

impl UsableKeys {
    /// Of one store.
    #[must_use]
    pub fn new(index: Arc<Index>, keys: Arc<StoreKeys>) -> Self {
        Self { index, keys }
    }
}

impl Keys for UsableKeys {
    fn find(&self, id: KeyId) -> Option<&StoreKey> {
        self.keys.find(id)
    }

    fn symmetric(&self) -> Option<&StoreKey> {
        self.keys.active(Suite::XChaCha20Poly1305)
    }

    fn public(&self) -> Option<&StoreKey> {
        self.keys.active_public()
    }

    fn elsewhere(&self, id: KeyId) -> Elsewhere {
        match self.index.owner_of(id) {
            None => Elsewhere::Unknown,
            Some(store) if *store.namespace == *self.keys.record.namespace => {
                Elsewhere::Store(store.name.into())
            }
            Some(_) => Elsewhere::Namespace,
        }
    }
}
