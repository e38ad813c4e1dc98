//! Copies that were looked at, and are as Coffer left them. A status has room for the first few only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::index::{Index, ObjectKey};

/// The resourceVersion at which each was in order.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashMap<ObjectKey, Box<str>>>);

impl Verified {
    /// Notes that one is in order at this resourceVersion.
    pub(super) fn note(&self, key: &ObjectKey, version: &str, index: &Index) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(key) {
            *known = version.into();
            return;
        }
        // Those that went with their namespace.
        if all.len() % 1024 == 1023 {
            all.retain(|key, _| index.native(key).is_some());
        }
        all.insert(key.clone(), version.into());
    }

    /// Whether one was in order at this resourceVersion.
    pub(super) fn is(&self, key: &ObjectKey, version: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).is_some_and(|known| **known == *version)
    }

    /// Whether one was ever in order.
    pub(super) fn has(&self, key: &ObjectKey) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.contains_key(key)
    }

    /// One that is gone.
    pub(super) fn forget(&self, key: &ObjectKey) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key);
    }
}
