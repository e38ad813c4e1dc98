//! Native Secrets that were brought in order: at which version, and from what. A status says it of all together, and has
//! room for the first few only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Index, ObjectKey};
use crate::api::{Secret, SecretStatus};
use crate::policy::conditions;

/// How one was left.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    /// Its resourceVersion.
    version: Box<str>,
    /// See [`made_from`].
    made_from: Box<str>,
}

/// How each was left.
#[derive(Debug, Default)]
pub struct Verified(Mutex<HashMap<ObjectKey, Left>>);

/// What a native Secret is made from: the generation of its Secret, and what else was looked at.
#[must_use]
pub fn made_from(generation: Option<i64>, inputs: &str) -> Box<str> {
    format!("{} {inputs}", generation.unwrap_or_default()).into()
}

impl Verified {
    /// Notes that one is in order at this resourceVersion, made from this. Says whether it was made from something else
    /// before.
    pub fn note(&self, key: &ObjectKey, version: &str, made_from: &str, index: &Index) -> bool {
        let left = Left {
            version: version.into(),
            made_from: made_from.into(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(key) {
            let is_news = known.made_from != left.made_from;
            *known = left;
            return is_news;
        }
        // Those that went with their namespace.
        if all.len() % 1024 == 1023 {
            all.retain(|key, _| index.native(key).is_some());
        }
        all.insert(key.clone(), left);
        true
    }

    /// Whether one was in order at this resourceVersion.
    #[must_use]
    pub fn is(&self, key: &ObjectKey, version: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).is_some_and(|left| *left.version == *version)
    }

    /// Whether one was ever in order.
    #[must_use]
    pub fn has(&self, key: &ObjectKey) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.contains_key(key)
    }

    /// Whether one was brought in order when it was last made from this.
    #[must_use]
    pub fn is_made_from(&self, key: &ObjectKey, made_from: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key)
            .is_some_and(|left| *left.made_from == *made_from)
    }

    /// One that is gone.
    pub fn forget(&self, key: &ObjectKey) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key);
    }

    /// All of them, as before others had the lead.
    pub fn forget_all(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clear();
    }
}

impl Index {
    /// Whether a native Secret has what the Secret, as it is now, gives it: it was brought in order since the Secret, and
    /// what it points at, last changed. While that fails, for whatever reason, what is there is of a time when it was for
    /// others. Says nothing of what someone else did to it.
    #[must_use]
    pub fn is_current(&self, secret: &Secret, native: &ObjectKey) -> bool {
        let Some(status) = &secret.status else {
            return false;
        };
        let is_told = status.observed_generation == secret.metadata.generation;
        is_told && (is_all_well(status) || self.verified.is_made_from(native, &told_from(status)))
    }
}

/// Whether the status says that each of them was brought in order.
fn is_all_well(status: &SecretStatus) -> bool {
    let is_ready = conditions::ready_reason(&status.conditions).is_some_and(|(ready, _)| ready);
    is_ready && !conditions::is_copying(&status.conditions)
}

/// What a status says of all native Secrets of a Secret together: of what it speaks, and whether all are in order.
#[must_use]
pub fn told(secret: Option<&Secret>) -> Option<(Box<str>, bool)> {
    let status = secret?.status.as_ref()?;
    Some((told_from(status), is_all_well(status)))
}

/// What the status is about.
#[must_use]
pub fn told_from(status: &SecretStatus) -> Box<str> {
    made_from(
        status.observed_generation,
        status.inputs.as_deref().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use kube::runtime::reflector;

    use super::*;

    fn secret(generation: i64, ready: &str, copied: Option<&str>) -> Secret {
        let condition = |type_: &str, status: &str| {
            serde_json::json!({
                "type": type_, "status": status, "reason": "TargetRejected", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            })
        };
        let copied = copied.map(|status| condition("Copied", status));
        let conditions: Vec<_> = copied
            .into_iter()
            .chain([condition("Ready", ready)])
            .collect();
        serde_json::from_value(serde_json::json!({
            "metadata": { "namespace": "team-a", "name": "stripe", "uid": "u", "generation": generation },
            "spec": { "storeRef": { "name": "s" } },
            "status": { "observedGeneration": 2, "inputs": "i", "conditions": conditions },
        }))
        .unwrap()
    }

    #[test]
    fn what_was_not_brought_in_order_since_the_last_change_is_not_current() {
        let index = Index::new(reflector::store().0, reflector::store().0);
        let key = ObjectKey::new("shop", "team-a.stripe");
        let is_current = |secret: Secret| index.is_current(&secret, &key);
        assert!(is_current(secret(2, "True", None)));
        assert!(is_current(secret(2, "True", Some("True"))));
        assert!(
            !is_current(secret(3, "True", Some("True"))),
            "changed since"
        );
        // Whatever the reason: others may be in order, and nothing says that this one is.
        let troubled = || [secret(2, "False", None), secret(2, "True", Some("False"))];
        for secret in troubled() {
            assert!(!is_current(secret));
        }
        for former in [made_from(Some(1), "i"), made_from(Some(2), "j")] {
            index.verified.note(&key, "5", &former, &index);
            assert!(troubled().into_iter().all(|it| !is_current(it)), "{former}");
        }
        index
            .verified
            .note(&key, "5", &made_from(Some(2), "i"), &index);
        assert!(troubled().into_iter().all(is_current));
        assert!(!is_current(secret(3, "False", None)), "changed since");
    }
}
