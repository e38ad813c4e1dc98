//! The native Secrets that hold the stores' keys: written by compare-and-swap, and at once in memory.

use std::sync::Arc;

use k8s_openapi::api::core::v1 as core;
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use tokio::sync::watch;

use crate::api::wellknown::KEYRING_NAME;
use crate::crypto::{Fingerprinter, Keyring};
use crate::index::roots::PUT_RIGHT;
use crate::index::store_keys::{self, Record};
use crate::index::{AtRest, Index, Roots, StoreKeys};
use crate::telemetry::kube_error;

/// Why a store's keys were not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server did not do it.
    #[error("cannot {action} native secret {name}: {}", kube_error(source))]
    Api {
        /// What was tried.
        action: &'static str,
        /// With which native Secret.
        name: String,
        /// The answer. Not shown as a source, because it can quote the object.
        source: Box<kube::Error>,
    },
    /// They are there and do not read. Such keys are never overwritten: they may be all there is.
    #[error(transparent)]
    Unusable(#[from] store_keys::Error),
    /// The root key that wraps rests nowhere: after a restart nothing could unwrap them.
    #[error(
        "no keys are stored, because the keyring `{KEYRING_NAME}` in the operator's namespace {}",
        match .0 {
            AtRest::Missing => "is missing: the operator puts it back after ten seconds; if not, bring the keys back with `coffer keys import FILE`".to_owned(),
            AtRest::Other | AtRest::Stored => format!("is not the one that the operator has in memory: {PUT_RIGHT}"),
        }
    )]
    Keyring(AtRest),
}

/// Where the stores' keys are kept.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Storage {
    client: Client,
    namespace: String,
    index: Arc<Index>,
    roots: Roots,
}

impl Storage {
    /// In this namespace, the operator's.
    #[must_use]
    pub fn new(client: Client, namespace: String, index: Arc<Index>, roots: Roots) -> Self {
        Self {
            client,
            namespace,
            index,
            roots,
        }
    }

    /// Wraps and unwraps them.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        self.roots.current()
    }

    /// Tells of every new keyring.
    #[must_use]
    pub fn follow_keyring(&self) -> watch::Receiver<Arc<Keyring>> {
        self.roots.follow()
    }

    /// Tells how the keyring rests in the cluster.
    #[must_use]
    pub fn follow_keyring_at_rest(&self) -> watch::Receiver<AtRest> {
        self.roots.follow_at_rest()
    }

    /// Puts the keyring that someone deleted back from memory, with every root key that is known here. Says
    /// whether it did; someone else may have been quicker.
    ///
    /// # Errors
    /// [`Error::Api`].
    pub async fn put_back_keyring(&self, fingerprinter: &Fingerprinter) -> Result<bool, Error> {
        let object = super::root::native(&self.namespace, &self.keyring(), fingerprinter);
        match self.api().create(&PostParams::default(), &object).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(false),
            Err(error) => Err(failed("create", KEYRING_NAME)(error)),
        }
    }

    /// # Errors
    /// [`Error::Keyring`].
    pub(super) fn check_keyring(&self) -> Result<(), Error> {
        match self.roots.at_rest() {
            AtRest::Stored => Ok(()),
            at_rest => Err(Error::Keyring(at_rest)),
        }
    }

    /// Creates the record, or takes the one that someone else was quicker to create. Says whether it
    /// was created here.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create(&self, record: &Record) -> Result<(Arc<StoreKeys>, bool), Error> {
        self.check_keyring()?;
        let name = record.native_name();
        let object = record.to_native(&self.namespace);
        let created = self.api().create(&PostParams::default(), &object).await;
        match created {
            Ok(object) => {
                tracing::info!(
                    namespace = record.namespace,
                    store = record.store,
                    native = name,
                    "stored the store's keys"
                );
                Ok((self.take_up(&object)?, true))
            }
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                let object = self.api().get(&name).await.map_err(failed("read", &name))?;
                Ok((self.take_up(&object)?, false))
            }
            Err(error) => Err(failed("create", &name)(error)),
        }
    }

    /// Replaces the record that has this resourceVersion.
    ///
    /// # Errors
    /// [`Error`]; a conflict when the record was changed meanwhile.
    pub async fn replace(&self, record: &Record, version: &str) -> Result<Arc<StoreKeys>, Error> {
        self.check_keyring()?;
        let name = record.native_name();
        let mut object = record.to_native(&self.namespace);
        object.metadata.resource_version = Some(version.to_owned());
        let object = self
            .api()
            .patch(&name, &PatchParams::default(), &Patch::Merge(&object))
            .await
            .map_err(failed("update", &name))?;
        self.take_up(&object)
    }

    /// Deletes the record as it was looked at. What was sealed with its keys can then never be opened again.
    ///
    /// # Errors
    /// [`Error::Api`]; a conflict when the record was changed meanwhile.
    pub async fn destroy(&self, keys: &StoreKeys) -> Result<(), Error> {
        let name = keys.record.native_name();
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                resource_version: Some(keys.resource_version.clone()),
                uid: None,
            }),
            ..DeleteParams::default()
        };
        let deleted = self.api().delete(&name, &params).await;
        deleted.map_err(failed("delete", &name))?;
        self.index.forget_keys(&keys.store());
        Ok(())
    }

    fn take_up(&self, object: &core::Secret) -> Result<Arc<StoreKeys>, Error> {
        let keys = StoreKeys::read(object, &self.keyring())?;
        Ok(self.index.put_version(keys))
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn api(&self) -> Api<core::Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}

pub(super) fn failed(action: &'static str, name: &str) -> impl FnOnce(kube::Error) -> Error {
    let name = name.to_owned();
    move |source| Error::Api {
        action,
        name,
        source: Box::new(source),
    }
}
