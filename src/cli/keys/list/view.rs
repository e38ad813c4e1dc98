//! Records as a table, or as data. Nothing of a key but its id, and which root wraps it.

use jiff::Timestamp;
use serde::Serialize;

use crate::api::{KeyState, Period};
use crate::cli::age;
use crate::cli::keys::record::{Content, Stored};
use crate::cli::keys::roots;
use crate::cli::paint::Tone;
use crate::cli::table::{Cell, Table};
use crate::crypto::{KeyId, Suite};
use crate::index::store_keys::{PUT_RIGHT, Record, WrappedKey};

/// What is shown.
#[derive(Debug, Serialize)]
pub(super) struct Stores {
    pub(super) stores: Vec<Entry>,
    /// What does not read, and the remedy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) damaged: Vec<String>,
}

/// A store's keys.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    namespace: String,
    store: String,
    /// The native Secret of the operator's namespace that holds them.
    native: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    orphaned: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<Period>,
    keys: Vec<Key>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    id: KeyId,
    suite: Suite,
    state: KeyState,
    created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired: Option<Timestamp>,
    /// The entry of the keyring that wraps it.
    root: String,
}

/// What there is to show of a namespace, or of all.
pub(super) fn of(records: &[Stored], namespace: Option<&str>) -> Stores {
    let mut shown = Stores {
        stores: Vec::new(),
        damaged: Vec::new(),
    };
    for stored in records {
        match &stored.content {
            Content::Record { record, .. } => shown.stores.push(store(record)),
            Content::Damaged { store } => shown.damaged.push(damaged(stored, store.as_deref())),
        }
    }
    shown
        .stores
        .retain(|store| namespace.is_none_or(|wanted| store.namespace == wanted));
    let name = |store: &Entry| (store.namespace.clone(), store.store.clone());
    shown.stores.sort_by_key(name);
    shown
}

/// What to say of a record that does not read.
pub(in crate::cli::keys) fn damaged(stored: &Stored, store: Option<&str>) -> String {
    let native = &stored.native;
    let store = store.map_or(String::new(), |store| format!(" (store {store})"));
    format!("native secret `{native}`{store} does not hold a store's keys: {PUT_RIGHT}")
}

fn store(record: &Record) -> Entry {
    let key = |key: &WrappedKey| Key {
        id: key.id,
        suite: key.suite,
        state: key.state,
        created: key.created.0,
        retired: key.retired.as_ref().map(|time| time.0),
        root: roots::name(key.wrapped.root()),
    };
    Entry {
        namespace: record.namespace.clone(),
        store: record.store.clone(),
        native: record.native_name(),
        orphaned: record.orphaned.as_ref().map(|time| time.0),
        retention: record.retention.clone(),
        keys: record.keys.iter().map(key).collect(),
    }
}

/// One key a line.
pub(super) fn table(stores: &Stores, now: Timestamp) -> Table {
    let mut table = Table::new(vec![
        "NAMESPACE",
        "STORE",
        "KEY",
        "SUITE",
        "STATE",
        "AGE",
        "ROOT",
        "ORPHANED",
    ]);
    for store in &stores.stores {
        let orphaned = store.orphaned.map(|since| age::of(since, now));
        for key in &store.keys {
            let state = match key.state {
                KeyState::Active => Cell::toned("Active", Tone::Good),
                KeyState::Retired => Cell::toned("Retired", Tone::Waiting),
            };
            table.row(vec![
                store.namespace.clone().into(),
                store.store.clone().into(),
                key.id.to_string().into(),
                key.suite.as_str().into(),
                state,
                age::of(key.created, now).into(),
                key.root.clone().into(),
                Cell::from(orphaned.clone().unwrap_or_default()),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::Timestamp;
    use serde_json::json;

    use super::{of, table};
    use crate::cli::keys::fixtures;
    use crate::cli::keys::record::Stored;
    use crate::cli::output::Data;
    use crate::cli::paint::Paint;

    const NOW: Timestamp = Timestamp::constant(1_793_750_400, 0);

    fn records() -> Vec<Stored> {
        let mut orphan = json!(fixtures::record());
        orphan["orphaned"] = json!("2026-11-02T00:00:00Z");
        orphan["retention"] = json!("7d");
        let damaged = fixtures::native(&json!("hunter2"));
        vec![Stored::of(fixtures::native(&orphan)), Stored::of(damaged)]
    }

    #[test]
    fn a_table_has_a_line_for_each_key() {
        assert_snapshot!(table(&of(&records(), None), NOW).render(Paint::none()));
    }

    #[test]
    fn as_data_it_names_what_is_damaged_too() {
        assert_snapshot!(Data::Yaml.text(&of(&records(), None)).unwrap());
    }

    #[test]
    fn no_form_shows_a_wrapped_key_or_quotes_what_is_damaged() {
        let shown = of(&records(), None);
        let data = Data::Json.text(&shown).unwrap();
        let text = table(&shown, NOW).render(Paint::none());
        for text in [data, text] {
            assert!(
                !text.contains("coffer.wrap") && !text.contains("AAAA"),
                "{text}"
            );
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn another_namespace_has_other_keys() {
        assert!(of(&records(), Some("team-b")).stores.is_empty());
        assert_eq!(of(&records(), Some("team-a")).stores.len(), 1);
    }
}
