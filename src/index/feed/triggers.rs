//! What a change wakes up: announced to whoever listens, which is the controllers of the replica that
//! leads. Nobody listens on a replica that stands by, and what is announced there is dropped: a new
//! listener begins with everything that memory holds.

use std::sync::{Arc, RwLock};

use kube::runtime::reflector::ObjectRef;
use tokio::sync::mpsc;

use crate::api::{Secret, SecretStore};
use crate::index::natives::Origin;
use crate::index::{Index, ObjectKey, read, write};

/// Where changes are announced.
#[derive(Clone, Debug, Default)]
pub struct Triggers(Arc<RwLock<Option<Senders>>>);

#[derive(Debug)]
struct Senders {
    secrets: mpsc::UnboundedSender<ObjectRef<Secret>>,
    stores: mpsc::UnboundedSender<ObjectRef<SecretStore>>,
    vanished: mpsc::UnboundedSender<ObjectKey>,
    gone_origins: mpsc::UnboundedSender<Origin>,
}

/// What was announced, in order.
#[derive(Debug)]
pub struct Woken {
    /// Secrets to reconcile.
    pub secrets: mpsc::UnboundedReceiver<ObjectRef<Secret>>,
    /// Stores to reconcile.
    pub stores: mpsc::UnboundedReceiver<ObjectRef<SecretStore>>,
    /// Stores that were deleted.
    pub vanished: mpsc::UnboundedReceiver<ObjectKey>,
    /// Secrets with copies in other namespaces that seem to be gone.
    pub gone_origins: mpsc::UnboundedReceiver<Origin>,
}

impl Triggers {
    /// Listens, in place of whoever listened before; first to every store and Secret that memory holds, and to the
    /// origins of copies that it does not hold.
    #[must_use]
    pub fn listen(&self, index: &Index) -> Woken {
        let (secrets, woken_secrets) = mpsc::unbounded_channel();
        let (stores, woken_stores) = mpsc::unbounded_channel();
        let (vanished, woken_vanished) = mpsc::unbounded_channel();
        let (gone_origins, woken_origins) = mpsc::unbounded_channel();
        *write(&self.0) = Some(Senders {
            secrets,
            stores,
            vanished,
            gone_origins,
        });
        for store in index.stores.state() {
            self.store(&ObjectKey::of(&*store));
        }
        for secret in index.secrets.state() {
            self.secret(&ObjectKey::of(&*secret));
        }
        for origin in index.gone_origins() {
            self.origin_gone(origin);
        }
        Woken {
            secrets: woken_secrets,
            stores: woken_stores,
            vanished: woken_vanished,
            gone_origins: woken_origins,
        }
    }

    /// Wakes up a Secret.
    pub fn secret(&self, key: &ObjectKey) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.secrets.send(key.to_ref());
        }
    }

    /// Wakes up a store.
    pub fn store(&self, key: &ObjectKey) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.stores.send(key.to_ref());
        }
    }

    /// Tells of a Secret with copies that seems to be gone.
    pub(super) fn origin_gone(&self, origin: Origin) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.gone_origins.send(origin);
        }
    }

    /// Tells that a store is gone.
    pub(super) fn vanished(&self, key: &ObjectKey) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.vanished.send(key.clone());
        }
    }
}
