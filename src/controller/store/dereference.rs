//! Step one: the store's keys, how many Secrets it has, and the namespace where that matters.

use std::sync::Arc;

use k8s_openapi::api::core::v1 as core;
use kube::api::Api;

use crate::api::SecretStore;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::{ObjectKey, StoreKeys};

/// A store and what belongs to it.
pub(super) struct Found {
    pub(super) store: Arc<SecretStore>,
    pub(super) key: ObjectKey,
    pub(super) keys: Option<Arc<StoreKeys>>,
    /// UID of the namespace; asked for only where the keys are not already this store's.
    pub(super) namespace_uid: Option<String>,
    pub(super) usage: i64,
    /// How many keys the namespace has whose stores are gone; counted only where this store has none.
    pub(super) orphaned_keys: usize,
}

impl Found {
    pub(super) fn uid(&self) -> &str {
        self.store.metadata.uid.as_deref().unwrap_or_default()
    }

    /// The keys, if they are this store's already.
    pub(super) fn own_keys(&self) -> Option<&Arc<StoreKeys>> {
        let keys = self.keys.as_ref();
        keys.filter(|keys| keys.are_of(&self.store))
    }
}

pub(super) async fn run(ctx: &Context, store: Arc<SecretStore>) -> Result<Found, Error> {
    let key = ObjectKey::of(&*store);
    let keys = ctx.index.keys(&key);
    let namespace_uid = match &keys {
        Some(keys) if keys.are_of(&store) => None,
        _ => {
            let name = &*key.namespace;
            Api::<core::Namespace>::all(ctx.client.clone())
                .get(name)
                .await
                .map_err(Error::api("read", format!("namespace {name}")))?
                .metadata
                .uid
        }
    };
    // Looks at all keys: for the few moments without any.
    let orphaned_keys = match keys {
        Some(_) => 0,
        None => ctx.index.orphaned_keys(&key.namespace),
    };
    let usage = i64::try_from(ctx.index.usage(&key)).unwrap_or(i64::MAX);
    Ok(Found {
        store,
        key,
        keys,
        namespace_uid,
        usage,
        orphaned_keys,
    })
}
