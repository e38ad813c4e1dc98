//! What there is to tell of the keys. No client.

use jiff::Timestamp;
use serde::Serialize;

use super::problems;
use crate::api::{KeyState, Period, SecretStore};
use crate::cli::keys::record::Stored;
use crate::cli::keys::references::{References, Users};
use crate::cli::keys::roots::{self, Damage, Roots};
use crate::crypto::{KeyId, Suite};
use crate::index::store_keys::{Record, WrappedKey};

/// What was found in the cluster.
pub(super) struct Found<'a> {
    /// Namespace and name of the keyring.
    pub(super) keyring_name: &'a str,
    /// None when there is no keyring.
    pub(super) roots: Option<Result<Roots, Damage>>,
    /// Why an operator could not start with the keyring.
    pub(super) unusable: Option<String>,
    /// Of all namespaces.
    pub(super) records: &'a [Stored],
    /// Of the namespace, or of all.
    pub(super) stores: &'a [SecretStore],
    /// In the namespace, or in all.
    pub(super) needed: &'a References,
    /// The namespace that is asked about; none for all.
    pub(super) namespace: Option<&'a str>,
}

/// What is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) roots: Vec<Root>,
    /// Stores that have keys, those included that are gone.
    pub(super) stores: usize,
    pub(super) keys: usize,
    /// Secrets that Coffer sealed with keys that are retired by now: the operator seals them anew.
    pub(super) to_seal_anew: usize,
    pub(super) retired: Vec<RetiredKey>,
    pub(super) orphaned: Vec<Orphaned>,
    /// What is told beside the problems; each ends with the remedy.
    pub(super) notes: Vec<String>,
    /// What someone has to do something about; each ends with the remedy.
    pub(super) problems: Vec<String>,
}

/// A root key.
#[derive(Debug, Serialize)]
pub(super) struct Root {
    pub(super) name: String,
    pub(super) state: KeyState,
    /// How many keys it wraps.
    pub(super) wraps: usize,
}

/// A key that seals nothing new.
#[derive(Debug, Serialize)]
pub(super) struct RetiredKey {
    pub(super) namespace: String,
    pub(super) store: String,
    pub(super) id: KeyId,
    pub(super) suite: Suite,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retired: Option<Timestamp>,
    /// How many Secrets need it.
    pub(super) secrets: usize,
    /// How many of them hold a value that does not open, so that nobody can seal it anew.
    pub(super) shut: usize,
}

/// Keys whose store is gone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Orphaned {
    pub(super) namespace: String,
    pub(super) store: String,
    pub(super) since: Timestamp,
    /// When they are destroyed; absent where the operator's default holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
    /// How many Secrets need one of them; with any they stay.
    pub(super) secrets: usize,
}

impl Report {
    /// Of what was found.
    pub(super) fn of(found: &Found<'_>) -> Self {
        let records = found.records.iter().filter_map(Stored::record);
        let is_meant = |record: &&Record| found.namespace.is_none_or(|it| it == record.namespace);
        let mut records: Vec<&Record> = records.filter(is_meant).collect();
        records.sort_by_key(|record| (&record.namespace, &record.store));
        let of_record = |record: &&Record| retired(record, found.needed);
        let retired: Vec<RetiredKey> = records.iter().flat_map(of_record).collect();
        let own = |key: &&RetiredKey| key.suite.public_key_bytes().is_none();
        Self {
            roots: all_roots(found),
            stores: records.len(),
            keys: records.iter().map(|record| record.keys.len()).sum(),
            to_seal_anew: retired
                .iter()
                .filter(own)
                .map(|key| key.secrets - key.shut)
                .sum(),
            retired,
            orphaned: records
                .iter()
                .filter_map(|record| orphaned(record, found.needed))
                .collect(),
            notes: problems::notes(found),
            problems: problems::of(found),
        }
    }
}

fn all_roots(found: &Found<'_>) -> Vec<Root> {
    let Some(Ok(roots)) = &found.roots else {
        return Vec::new();
    };
    let wraps = roots.wraps(found.records);
    let root = |number: u32| Root {
        name: roots::name(number),
        state: if number == roots.active() {
            KeyState::Active
        } else {
            KeyState::Retired
        },
        wraps: wraps[&number],
    };
    roots.numbers().into_iter().map(root).collect()
}

fn retired(record: &Record, needed: &References) -> Vec<RetiredKey> {
    let keys = record.keys.iter();
    let keys = keys.filter(|key| key.state == KeyState::Retired);
    keys.map(|key| RetiredKey {
        namespace: record.namespace.clone(),
        store: record.store.clone(),
        id: key.id,
        suite: key.suite,
        retired: key.retired.as_ref().map(|time| time.0),
        secrets: users(record, key, needed).map_or(0, |users| users.secrets),
        shut: users(record, key, needed).map_or(0, |users| users.shut),
    })
    .collect()
}

fn orphaned(record: &Record, needed: &References) -> Option<Orphaned> {
    let since = record.orphaned.as_ref()?.0;
    let retention = record.retention.as_ref().and_then(Period::to_duration);
    Some(Orphaned {
        namespace: record.namespace.clone(),
        store: record.store.clone(),
        since,
        until: retention.and_then(|retention| since.checked_add(retention).ok()),
        secrets: record
            .keys
            .iter()
            .filter_map(|key| users(record, key, needed))
            .map(|users| users.secrets)
            .sum(),
    })
}

fn users<'n>(record: &Record, key: &WrappedKey, needed: &'n References) -> Option<&'n Users> {
    needed.users(&record.namespace, key.id)
}
