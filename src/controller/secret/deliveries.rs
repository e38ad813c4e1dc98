//! Native Secrets as a status shows them: the first few, and how many.

use super::Found;
use super::apply::Applied;
use super::dereference::digest_of_deliveries;
use crate::api::{Delivery, SecretStatus};
use crate::index::ObjectKey;
use crate::policy::Problem;

/// So many are shown: a status is written often, and kept for each Secret.
const SHOWN: usize = 32;

/// The part of the status that is about them.
pub(super) struct Deliveries {
    pub(super) shown: Vec<Delivery>,
    pub(super) count: i64,
    /// Of all, where not all are shown.
    pub(super) digest: Option<String>,
}

impl Deliveries {
    /// What was delivered before stays until there is something better.
    pub(super) fn of(
        found: &Found,
        outcome: Result<&Applied, &Problem>,
        before: &SecretStatus,
    ) -> Self {
        match outcome {
            Ok(applied) => Self::all(&applied.deliveries),
            Err(_) => Self::left(found, before),
        }
    }

    fn all(deliveries: &[Delivery]) -> Self {
        let keys: Vec<_> = deliveries
            .iter()
            .map(|it| ObjectKey::new(&it.namespace, &it.name))
            .collect();
        let versions = keys.iter().zip(deliveries);
        let versions = versions.map(|(key, it)| (key, &*it.uid, &*it.resource_version));
        Self {
            shown: deliveries.iter().take(SHOWN).cloned().collect(),
            count: i64::try_from(deliveries.len()).unwrap_or(i64::MAX),
            digest: (deliveries.len() > SHOWN).then(|| digest_of_deliveries(versions)),
        }
    }

    /// What is planned no longer was taken away before anything was found wrong.
    fn left(found: &Found, before: &SecretStatus) -> Self {
        let own = found.secret.metadata.namespace.as_deref();
        let stays = |it: &&Delivery| {
            if Some(&*it.namespace) == own {
                found.secret.spec.target.is_some()
            } else {
                found.copies.contains_key(&it.namespace)
            }
        };
        let shown: Vec<_> = before.deliveries.iter().filter(stays).cloned().collect();
        let gone = before.deliveries.len() - shown.len();
        let count = before
            .delivery_count
            .map(|count| count.saturating_sub_unsigned(gone as u64));
        Self {
            count: count.unwrap_or_else(|| i64::try_from(shown.len()).unwrap_or(i64::MAX)),
            shown,
            digest: before.delivery_digest.clone(),
        }
    }
}
