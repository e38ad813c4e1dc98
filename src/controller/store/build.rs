//! Step three: the record of the store's keys as it should be. No client.

use jiff::Timestamp;

use super::dereference::Found;
use super::validate::Step;
use crate::api::{KeyState, SealingSuite, id};
use crate::crypto::{Keyring, Suite};
use crate::index::store_keys::Record;
use crate::keys::add_active;

/// The record to write; `None` when the one that is there is right.
pub(super) fn run(found: &Found, step: Step, keyring: &Keyring, now: Timestamp) -> Option<Record> {
    let before = match step {
        Step::Make => None,
        Step::TakeUp | Step::Keep => found.keys.as_ref().map(|keys| &keys.record),
    };
    let mut record = before.cloned().unwrap_or_else(|| Record {
        namespace: found.key.namespace.to_string(),
        store: found.key.name.to_string(),
        namespace_uid: found.namespace_uid.clone().unwrap_or_default(),
        store_uid: String::new(),
        store_id: String::new(),
        deletion_policy: found.store.spec.deletion_policy.unwrap_or_default(),
        rotation: None,
        orphaned: None,
        retention: None,
        keys: Vec::new(),
    });
    found.uid().clone_into(&mut record.store_uid);
    record.store_id = id(&found.store.metadata).unwrap_or_default();
    record.deletion_policy = found.store.spec.deletion_policy.unwrap_or_default();
    let wanted = wanted_suite(found);
    for key in &mut record.keys {
        if key.suite != Suite::XChaCha20Poly1305 && key.suite != wanted {
            key.state = KeyState::Retired;
        }
    }
    for suite in [Suite::XChaCha20Poly1305, wanted] {
        add_active(&mut record, suite, keyring, now);
    }
    (before != Some(&record)).then_some(record)
}

fn wanted_suite(found: &Found) -> Suite {
    let sealing = found.store.spec.sealing.as_ref();
    match sealing
        .and_then(|sealing| sealing.suite)
        .unwrap_or_default()
    {
        SealingSuite::XWing => Suite::XWing,
        SealingSuite::X25519 => Suite::X25519,
    }
}
