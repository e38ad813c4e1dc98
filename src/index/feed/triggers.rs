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
    pods: mpsc::UnboundedSender<Box<str>>,
    accounts: mpsc::UnboundedSender<Look>,
    asks: mpsc::UnboundedSender<ObjectKey>,
}

/// Why to look at a service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It may be given something else than before.
    Given(ObjectKey),
    /// Its Role or RoleBinding is not what it was.
    Rights(ObjectKey),
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
    /// Service accounts to look at.
    pub accounts: mpsc::UnboundedReceiver<Look>,
    /// Service accounts that have come to ask for something else. Not those that memory holds: they were told before.
    pub asks: mpsc::UnboundedReceiver<ObjectKey>,
    /// Namespaces whose PodPolicy may have to be written.
    pub pods: mpsc::UnboundedReceiver<Box<str>>,
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
        let (accounts, woken_accounts) = mpsc::unbounded_channel();
        let (asks, woken_asks) = mpsc::unbounded_channel();
        let (pods, woken_pods) = mpsc::unbounded_channel();
        *write(&self.0) = Some(Senders {
            secrets,
            stores,
            vanished,
            gone_origins,
            pods,
            accounts,
            asks,
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
        for account in index.readers() {
            self.account(&account);
        }
        for namespace in index.with_pod_policies() {
            self.pods(&namespace);
        }
        Woken {
            secrets: woken_secrets,
            stores: woken_stores,
            vanished: woken_vanished,
            gone_origins: woken_origins,
            accounts: woken_accounts,
            asks: woken_asks,
            pods: woken_pods,
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

    /// Has a namespace's PodPolicy looked at.
    pub fn pods(&self, namespace: &str) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.pods.send(namespace.into());
        }
    }

    /// Wakes up a service account that may be given something else.
    pub fn account(&self, key: &ObjectKey) {
        self.look(Look::Given(key.clone()));
    }

    /// Tells that an account asks for something else.
    pub(super) fn asks(&self, account: &ObjectKey) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.asks.send(account.clone());
        }
    }

    pub(super) fn rights_changed(&self, key: &ObjectKey) {
        self.look(Look::Rights(key.clone()));
    }

    fn look(&self, look: Look) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.accounts.send(look);
        }
    }

    /// Tells that a store is gone.
    pub(super) fn vanished(&self, key: &ObjectKey) {
        if let Some(senders) = &*read(&self.0) {
            let _ = senders.vanished.send(key.clone());
        }
    }
}
