//! Native Secrets as a status shows them: the first few, and how many.

use sha2::{Digest as _, Sha256};

use super::Found;
use super::apply::Applied;
use crate::api::{Delivery, SecretStatus};
use crate::crypto::hex;
use crate::index::ObjectKey;
use crate::policy::Problem;

/// So many are shown: a status is written often, and kept for each Secret.
const SHOWN: usize = 32;

/// The part of the status that is about them.
pub(super) struct Deliveries {
    pub(super) shown: Vec<Delivery>,
    pub(super) count: i64,
    /// Of all copies, where not all are shown.
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
            Ok(applied) => Self::all(applied),
            Err(_) => Self::left(found, before),
        }
    }

    fn all(applied: &Applied) -> Self {
        let count = applied.deliveries().count();
        let copies = applied.copies.deliveries.iter();
        let keyed: Vec<_> = copies
            .map(|it| (ObjectKey::new(&it.namespace, &it.name), it))
            .collect();
        let versions = keyed
            .iter()
            .map(|(key, it)| (key, &*it.uid, &*it.resource_version));
        Self {
            shown: applied.deliveries().take(SHOWN).cloned().collect(),
            count: i64::try_from(count).unwrap_or(i64::MAX),
            digest: (count > SHOWN).then(|| digest(versions)),
        }
    }

    /// What is planned no longer was taken away before anything was found wrong.
    fn left(found: &Found, before: &SecretStatus) -> Self {
        let own = found.secret.metadata.namespace.as_deref();
        let stays = |it: &&Delivery| {
            if Some(&*it.namespace) == own {
                found.may_have_target()
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

/// A digest of native Secrets as Coffer left them: place, UID and resourceVersion of each.
pub(super) fn digest<'a>(
    deliveries: impl Iterator<Item = (&'a ObjectKey, &'a str, &'a str)>,
) -> String {
    let mut digest = Sha256::new();
    for (key, uid, version) in deliveries {
        digest.update(format!("{key} {uid} {version}\n"));
    }
    hex(&digest.finalize()[..16])
}
