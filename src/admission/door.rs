//! What the webhooks know: the cluster in memory, and the stores' keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::core::v1 as core;
use kube::api::Api;
use kube::{Client, ResourceExt as _};
use tokio::time::timeout;

use super::guesses::Guesses;
use super::turns::{Turn, Turns};
use crate::api::{Reason, Secret, SecretStore};
use crate::crypto::Suite;
use crate::index::feed::Progress;
use crate::index::store_keys::Record;
use crate::index::{Index, ObjectKey, StoreKeys, UsableKeys};
use crate::keys::{self, Storage, add_active, too_many_orphaned};
use crate::policy::Problem;
use crate::telemetry::kube_error;
use crate::telemetry::metrics::Metrics;

/// So many stores of a namespace may have keys before they are there: whoever writes Secrets could
/// otherwise fill the operator's namespace.
const MAX_UNCLAIMED: usize = 64;

/// How long to wait for a look at what is stored.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shared by all reviews.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Door {
    pub(super) client: Client,
    pub(super) index: Arc<Index>,
    pub(super) progress: Progress,
    pub(super) keys: Storage,
    pub(super) metrics: Arc<Metrics>,
    pub(super) guesses: Guesses,
    /// Those who open envelopes leave one processor for those that seal.
    turns: Turns,
}

/// Why there are no keys to seal with.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoKeys {
    /// Something that someone has to put right.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// They cannot be made just now.
    #[error(transparent)]
    Storage(#[from] keys::Error),
    /// Whose they would be is not known.
    #[error("cannot read namespace {namespace}: {}", kube_error(source))]
    Namespace {
        /// The namespace.
        namespace: String,
        /// The answer.
        source: Box<kube::Error>,
    },
}

impl Door {
    /// Over what the whole process knows.
    #[must_use]
    pub fn new(
        client: Client,
        index: Arc<Index>,
        progress: Progress,
        keys: Storage,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            client,
            index,
            progress,
            keys,
            metrics,
            guesses: Guesses::default(),
            turns: Turns::new(processors().saturating_sub(1).max(1)),
        }
    }

    /// The keys to seal with for a store, which may not be there yet: made where there are none. For a dry
    /// run they are made and thrown away.
    pub(super) async fn keys_of(
        &self,
        store: &ObjectKey,
        dry_run: bool,
    ) -> Result<UsableKeys, NoKeys> {
        let keys = match self.index.keys(store) {
            Some(keys) if self.belongs(&keys, store).await? => keys,
            Some(_) => return Err(former_namespace(store).into()),
            None => Arc::new(self.first(store).await?),
        };
        let keys = if keys.is_stored() || dry_run {
            keys
        } else {
            let (keys, made) = self.keys.create(&keys.record).await?;
            if !made && !self.belongs(&keys, store).await? {
                return Err(former_namespace(store).into());
            }
            keys
        };
        Ok(UsableKeys::new(self.index.clone(), keys))
    }

    /// Waits for a place to open what authors sealed, which takes half a millisecond for each value; `None` where none
    /// is free in time.
    pub(super) async fn turn(&self, secret: &Secret, patience: Duration) -> Option<Turn<'_>> {
        let namespace = secret.metadata.namespace.as_deref();
        self.turns
            .take(namespace.unwrap_or_default(), patience)
            .await
    }

    /// What is stored under this name, if it is the object that is under review as the former one. Nothing else
    /// is compared with: whoever reaches the port and knows the path could otherwise hand over an envelope out of
    /// Git as the former one, and try values against it. It is read for this, because memory drops the values.
    /// Where nobody compares (most reviews) that costs nothing, and otherwise one request beside the writer's own.
    pub(super) async fn stored(&self, key: &ObjectKey, old: &Secret) -> Option<Secret> {
        let stored = Api::<Secret>::namespaced(self.client.clone(), &key.namespace);
        let stored = timeout(PATIENCE, stored.get_opt(&key.name)).await;
        let stored = stored.ok()?.ok()??;
        let (is, said) = (&stored.metadata, &old.metadata);
        let is_it =
            is.uid.is_some() && is.uid == said.uid && is.resource_version == said.resource_version;
        is_it.then_some(stored)
    }

    /// Counts values of a Secret that were compared with what is stored, and differed.
    pub(super) fn count_differing(&self, secret: &ObjectKey, differing: usize, now: Instant) {
        self.metrics.differing_values.inc_by(differing as u64);
        if self.guesses.count(secret, differing, now) {
            tracing::warn!(
                key = %secret,
                "values that differ come one after another: for a minute none is compared"
            );
        }
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
            deletion_policy: crate::api::StoreDeletionPolicy::default(),
            rotation: None,
            orphaned: None,
            retention: None,
            keys: Vec::new(),
        };
        let keyring = &self.keys.keyring();
        add_active(
            &mut record,
            Suite::XChaCha20Poly1305,
            keyring,
            Timestamp::now(),
        );
        let native = record.to_native("");
        Ok(StoreKeys::read(&native, keyring).map_err(keys::Error::from)?)
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
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
