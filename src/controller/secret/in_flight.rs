//! Reading one's own writes: after a sync the caches lag behind what was just written. Until they
//! have caught up, an object must not be judged by them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::api::Secret;
use crate::index::Index;

/// A watch that is further behind than this was interrupted; its new list tells the truth.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct Written {
    secret: Option<String>,
    native: Option<String>,
    at: Instant,
}

/// What was written and not seen yet, by the UID of the Secret.
#[derive(Debug, Default)]
pub(in crate::controller) struct InFlight(Mutex<HashMap<String, Written>>);

impl InFlight {
    /// Notes the resourceVersions that a sync wrote.
    pub(super) fn wrote(&self, uid: &str, secret: Option<String>, native: Option<String>) {
        if secret.is_none() && native.is_none() {
            return;
        }
        let at = Instant::now();
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Secrets that were deleted meanwhile never come back for their entry.
        if written.len() % 1024 == 1023 {
            written.retain(|_, entry| at.duration_since(entry.at) < PATIENCE);
        }
        written.insert(uid.to_owned(), Written { secret, native, at });
    }

    /// How long to wait at most before judging the object; `None` when the caches have caught up.
    /// The event that they wait for wakes the object up anyway.
    pub(super) fn awaits(&self, cached: &Secret, index: &Index) -> Option<Duration> {
        let uid = cached.metadata.uid.as_deref()?;
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = written.get(uid)?;
        let has_secret = entry.secret.as_ref().is_none_or(|version| {
            number(cached.metadata.resource_version.as_deref()) >= number(Some(version))
        });
        let has_native = entry
            .native
            .as_ref()
            .is_none_or(|version| index.natives_have_seen(version));
        let left = PATIENCE.saturating_sub(entry.at.elapsed());
        if (has_secret && has_native) || left.is_zero() {
            written.remove(uid);
            return None;
        }
        Some(left)
    }
}

/// resourceVersions of one resource are compared as numbers (Kubernetes 1.35 defines it).
fn number(version: Option<&str>) -> u64 {
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}
