//! Step three: the record of the store's keys as it should be. No client.

use jiff::Timestamp;

use super::dereference::Found;
use super::rotation;
use super::validate::Step;
use crate::api::{Reason, SealingSuite, id};
use crate::crypto::{Keyring, Suite};
use crate::index::store_keys::Record;
use crate::keys::{MOST_KEYS, add_active, retire_others, rotate};
use crate::policy::Problem;

/// What is to become of the record.
pub(super) struct Plan {
    /// The one to write; `None` when the one that is there is right.
    pub(super) record: Option<Record>,
    /// What is asked for and cannot be done.
    pub(super) problem: Option<Problem>,
}

pub(super) fn run(found: &Found, step: Step, keyring: &Keyring, now: Timestamp) -> Plan {
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
    if record.store_uid.is_empty() {
        // Keys that no store had are new: what the first one may ask for is done.
        record.rotation = rotation::request(&found.store);
    }
    found.uid().clone_into(&mut record.store_uid);
    record.store_id = id(&found.store.metadata).unwrap_or_default();
    record.deletion_policy = found.store.spec.deletion_policy.unwrap_or_default();
    record.orphaned = None;
    record.retention.clone_from(&found.store.spec.key_retention);
    let suites = [Suite::XChaCha20Poly1305, wanted_suite(found)];
    let mut problem = None;
    if rotation::is_due(&found.store, &record, now) {
        if record.keys.len() + suites.len() > MOST_KEYS {
            problem = Some(too_many_keys(found));
        } else {
            rotate(&mut record, &suites, keyring, now);
            if let Some(request) = rotation::request(&found.store) {
                record.rotation = Some(request);
            }
        }
    }
    retire_others(&mut record, &suites, now);
    for suite in suites {
        add_active(&mut record, suite, keyring, now);
    }
    Plan {
        record: (before != Some(&record)).then_some(record),
        problem,
    }
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

fn too_many_keys(found: &Found) -> Problem {
    Problem::new(
        Reason::TooManyKeys,
        format!(
            "new keys are due, but a store has at most {MOST_KEYS}: an administrator removes those that \
             nothing needs with `coffer keys prune {}`; until then the present ones go on sealing",
            found.key
        ),
    )
}
