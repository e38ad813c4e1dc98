//! What the webhooks know: the cluster in memory, and the stores' keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::Client;
use kube::api::Api;
use tokio::time::timeout;

use super::guesses::Guesses;
use super::turns::{Turn, Turns};
use crate::api::Secret;
use crate::index::{Index, ObjectKey};
use crate::keys::Provider;
use crate::telemetry::metrics::Metrics;

/// How long to wait for a look at what is stored.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shared by all reviews.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Door {
    pub(super) client: Client,
    pub(super) index: Arc<Index>,
    pub(super) keys: Provider,
    pub(super) metrics: Arc<Metrics>,
    pub(super) guesses: Guesses,
    /// Those who open envelopes leave one processor for those that seal.
    turns: Turns,
}

impl Door {
    /// Over what the whole process knows.
    #[must_use]
    pub fn new(client: Client, index: Arc<Index>, keys: Provider, metrics: Arc<Metrics>) -> Self {
        Self {
            client,
            index,
            keys,
            metrics,
            guesses: Guesses::default(),
            turns: Turns::new(processors().saturating_sub(1).max(1)),
        }
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
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
