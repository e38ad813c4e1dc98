//! Order of arrival does not matter, so a Secret that comes a moment before its store is no news:
//! neither a status nor an event tells of it. Nor of a Secret that is about to be deleted with its
//! store, or with its namespace.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::api::{Reason, Secret};
use crate::policy::{Problem, conditions};

/// How long a Secret waits for its store before it says so.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a Secret whose store was deleted waits to be deleted as well before it says that the store is
/// gone: then something keeps it.
const CASCADE_PATIENCE: Duration = Duration::from_mins(1);

/// Since when Secrets wait, by UID.
#[derive(Debug, Default)]
pub(super) struct Patience(Mutex<HashMap<String, Instant>>);

impl Patience {
    /// How long to wait before the problem is told; `None` when it is time, or already told.
    pub(super) fn left(
        &self,
        secret: &Secret,
        lost_its_store: bool,
        problem: &Problem,
    ) -> Option<Duration> {
        if !matches!(
            problem.reason,
            Reason::StoreNotFound | Reason::StoreNotReady
        ) {
            return None;
        }
        let uid = secret.metadata.uid.as_deref()?;
        let status = secret.status.as_ref();
        let told = status.and_then(|status| conditions::ready_reason(&status.conditions));
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that were served, or are gone, do not come back for their entry.
        if waiting.len() % 1024 == 1023 {
            waiting.retain(|_, since| since.elapsed() < 2 * CASCADE_PATIENCE);
        }
        // A Secret that waited before, and was served, waits anew.
        if waiting
            .get(uid)
            .is_some_and(|since| since.elapsed() > 2 * CASCADE_PATIENCE)
        {
            waiting.remove(uid);
        }
        let since = *waiting.entry(uid.to_owned()).or_insert_with(Instant::now);
        let patience = if lost_its_store {
            CASCADE_PATIENCE
        } else {
            PATIENCE
        };
        let left = patience.saturating_sub(since.elapsed());
        if told.is_some_and(|(ready, _)| !ready) || left.is_zero() {
            waiting.remove(uid);
            return None;
        }
        Some(left)
    }
}
