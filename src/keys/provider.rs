//! The keys to seal with for a store, which need not be there yet: whoever needs them first makes them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1 as core;
use kube::api::Api;
use kube::{Client, ResourceExt as _};
use tokio::time::timeout;

use super::storage::{self, Storage};
use super::{add_active, too_many_orphaned};
use crate::api::{Reason, SecretStore, StoreDeletionPolicy};
use crate::crypto::Suite;
use crate::index::feed::{Progress, SILENCE};
use crate::index::store_keys::Record;
use crate::index::{Index, ObjectKey, StoreKeys, UsableKeys};
use crate::policy::Problem;
use crate::telemetry::kube_error;

/// So many stores of a namespace may have keys before they are there: whoever writes Secrets could
/// otherwise fill the operator's namespace.
const MAX_UNCLAIMED: usize = 64;

/// How long to wait for keys that have to be made. The API server waits for ten seconds for a webhook.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why there are no keys to seal with.
#[derive(Debug, thiserror::Error)]
pub enum NoKeys {
    /// Something that someone has to put right.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Those in memory may have been retired since.
    #[error("{0}: the API server has not been heard for {silence} s", silence = SILENCE.as_secs())]
    CutOff(&'static str),
    /// They cannot be made just now.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Whose they would be is not known.
    #[error("cannot read namespace {namespace}: {}", kube_error(source))]
    Namespace {
        /// The namespace.
        namespace: String,
        /// The answer.
        source: Box<kube::Error>,
    },
    /// They were not made in time.
    #[error("the API server does not answer")]
    Slow,
}

/// Hands out keys to seal with.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Provider {
    client: Client,
    index: Arc<Index>,
    progress: Progress,
    storage: Storage,
}

impl Provider {
    /// Over what the whole process knows.
    #[must_use]
    pub fn new(client: Client, index: Arc<Index>, progress: Progress, storage: Storage) -> Self {
        Self {
            client,
            index,
            progress,
            storage,
        }
    }

    /// The keys to seal with for a store: made where there are none. For a dry run they are made and thrown away.
    ///
    /// # Errors
    /// There are none, for good or just now; or the ones in memory may have been retired since.
    pub async fn keys_of(&self, store: &ObjectKey, dry_run: bool) -> Result<UsableKeys, NoKeys> {
        if let Some(what) = self.progress.silent() {
            return Err(NoKeys::CutOff(what));
        }
        let found = timeout(PATIENCE, self.find_or_make(store, dry_run)).await;
        found.map_err(|_| NoKeys::Slow)?
    }

    async fn find_or_make(&self, store: &ObjectKey, dry_run: bool) -> Result<UsableKeys, NoKeys> {
        let keys = match self.index.keys(store) {
            Some(keys) if self.belongs(&keys, store).await? => keys,
            Some(_) => return Err(former_namespace(store).into()),
            None => Arc::new(self.first(store).await?),
        };
        let keys = if keys.is_stored() || dry_run {
            keys
        } else {
            let (keys, made) = self.storage.create(&keys.record).await?;
            if !made && !self.belongs(&keys, store).await? {
                return Err(former_namespace(store).into());
            }
            keys
        };
        Ok(UsableKeys::new(self.index.clone(), keys))
    }

    /// Whether keys are those of this store, and not of a namespace of this name that was deleted.
    async fn belongs(&self, keys: &StoreKeys, store: &ObjectKey) -> Result<bool, NoKeys> {
        let living = self.index.stores.get(&store.to_ref::<SecretStore>());
        if living.is_some_and(|store| keys.are_of(&store)) {
            return Ok(true);
        }
        Ok(self.namespace_uid(store).await? == keys.record.namespace_uid)
    }

    /// Keys that are nowhere yet. Its own controller gives the store the rest of them.
    async fn first(&self, store: &ObjectKey) -> Result<StoreKeys, NoKeys> {
        if self.index.unclaimed_keys(&store.namespace) >= MAX_UNCLAIMED {
            return Err(too_many_unclaimed(store).into());
        }
        let orphaned = self.index.orphaned_keys(&store.namespace);
        if let Some(problem) = too_many_orphaned(&store.namespace, orphaned) {
            return Err(problem.into());
        }
        let mut record = Record {
            namespace: store.namespace.to_string(),
            store: store.name.to_string(),
            namespace_uid: self.namespace_uid(store).await?,
            store_uid: String::new(),
            store_id: String::new(),
            deletion_policy: StoreDeletionPolicy::default(),
            rotation: None,
            orphaned: None,
            retention: None,
            keys: Vec::new(),
        };
        let keyring = &self.storage.keyring();
        add_active(
            &mut record,
            Suite::XChaCha20Poly1305,
            keyring,
            Timestamp::now(),
        );
        let native = record.to_native("");
        Ok(StoreKeys::read(&native, keyring).map_err(storage::Error::from)?)
    }

    async fn namespace_uid(&self, store: &ObjectKey) -> Result<String, NoKeys> {
        let namespace = &*store.namespace;
        let found = Api::<core::Namespace>::all(self.client.clone())
            .get_metadata(namespace)
            .await
            .map_err(|source| NoKeys::Namespace {
                namespace: namespace.to_owned(),
                source: Box::new(source),
            })?;
        Ok(found.uid().unwrap_or_default())
    }
}

fn too_many_unclaimed(store: &ObjectKey) -> Problem {
    Problem::new(
        Reason::StoreNotFound,
        format!(
            "`spec.storeRef.name`: SecretStore `{}` does not exist, nor do {MAX_UNCLAIMED} others that Secrets of \
             this namespace name: create the stores first",
            store.name
        ),
    )
}

fn former_namespace(store: &ObjectKey) -> Problem {
    Problem::new(
        Reason::KeysOfFormerNamespace,
        format!(
            "`spec.storeRef.name`: the keys of store `{}` belong to a former namespace `{}`; the conditions of \
             the SecretStore say what an administrator can do",
            store.name, store.namespace
        ),
    )
}
