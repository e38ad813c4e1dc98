//! Reading one's own writes: after a sync the caches lag behind what was just written. Until they
//! have caught up, an object must not be judged by them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::Resource;

use crate::index::Index;

/// A watch that is further behind than this was interrupted; its new list tells the truth.
const PATIENCE: Duration = Duration::from_secs(20);

/// A resourceVersion that no cache comes to.
const NEVER: u64 = u64::MAX;

#[derive(Debug)]
struct Written {
    object: Option<String>,
    native: Option<String>,
    at: Instant,
}

/// What was written and not seen yet, by the UID of the Secret or store.
#[derive(Debug, Default)]
pub(super) struct InFlight(Mutex<HashMap<String, Written>>);

impl InFlight {
    /// Notes the resourceVersions that a sync wrote: of the object itself, and of its native Secret.
    pub(super) fn wrote(&self, uid: &str, object: Option<String>, native: Option<String>) {
        if object.is_none() && native.is_none() {
            return;
        }
        let at = Instant::now();
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Objects that were deleted meanwhile never come back for their entry.
        if written.len() % 1024 == 1023 {
            written.retain(|_, entry| at.duration_since(entry.at) < PATIENCE);
        }
        let before = written.remove(uid);
        let (object_before, native_before) =
            before.map_or((None, None), |before| (before.object, before.native));
        let entry = Written {
            object: object.or(object_before),
            native: native.or(native_before),
            at,
        };
        written.insert(uid.to_owned(), entry);
    }

    /// Keeps an object from being judged while several writes in a row are made to it. Ends with
    /// [`InFlight::wrote`], [`InFlight::end_hold`] or [`InFlight::release`].
    pub(super) fn hold(&self, uid: &str) {
        self.wrote(uid, Some(NEVER.to_string()), None);
    }

    /// Ends a hold with the first of the writes, unless a later one ended it.
    pub(super) fn end_hold(&self, uid: &str, first: Option<String>) {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = written.get_mut(uid)
            && number(entry.object.as_deref()) == NEVER
        {
            entry.object = first;
        }
    }

    /// Forgets what was noted, after a write that was not made.
    pub(super) fn release(&self, uid: &str) {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.remove(uid);
    }

    /// How long to wait at most before judging the object; `None` when the caches have caught up.
    /// The event that they wait for wakes the object up anyway.
    pub(super) fn awaits(&self, cached: &impl Resource, index: &Index) -> Option<Duration> {
        let uid = cached.meta().uid.as_deref()?;
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = written.get(uid)?;
        let has_object = entry.object.as_ref().is_none_or(|version| {
            number(cached.meta().resource_version.as_deref()) >= number(Some(version))
        });
        let has_native = entry
            .native
            .as_ref()
            .is_none_or(|version| index.natives_have_seen(version));
        let left = PATIENCE.saturating_sub(entry.at.elapsed());
        if (has_object && has_native) || left.is_zero() {
            written.remove(uid);
            return None;
        }
        Some(left)
    }
}

/// Whether one state of an object is older than another.
pub(super) fn is_older<K: Resource>(one: &K, other: &K) -> bool {
    let of = |object: &K| number(object.meta().resource_version.as_deref());
    of(one) < of(other)
}

/// resourceVersions of one resource are compared as numbers (Kubernetes 1.35 defines it).
fn number(version: Option<&str>) -> u64 {
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}
