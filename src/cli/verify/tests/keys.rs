//! Envelopes against the keys of stores that were given in files.

use std::fs;

use tempfile::TempDir;

use super::{ENVELOPE, HEAD, findings};
use crate::cli::verify::stores::Stores;

/// Findings about envelopes, with a store that has this key.
fn with_store(namespace: &str, id: &str, state: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("store.yaml");
    let store = format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: {{ name: payments, namespace: {namespace} }}\nstatus: {{ sealingKeys: [{{ id: \"{id}\", suite: XWing, state: {state}, created: \"2026-11-01T00:00:00Z\" }}] }}\n"
    );
    fs::write(&file, store).unwrap();
    let text = format!(
        "{HEAD}spec: {{ storeRef: {{ name: payments }}, data: {{ a: {{ value: {ENVELOPE} }} }} }}\n"
    );
    let stores = Stores::read(&[file]).unwrap();
    let found = findings(&text, stores, false);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_key_that_the_store_has_is_well_and_a_retired_one_is_noted() {
    let id = "0123456789abcdef";
    assert_eq!(with_store("team-a", id, "Active"), [] as [&str; 0]);
    let [note] = &with_store("team-a", id, "Retired")[..] else {
        panic!()
    };
    assert!(note.contains(": note: Secret team-a/stripe: spec.data.a.value: was sealed with key"));
}

#[test]
fn a_key_that_the_store_does_not_have_is_refused() {
    let [error] = &with_store("team-a", "fedcba9876543210", "Active")[..] else {
        panic!()
    };
    assert!(
        error.ends_with("which store payments does not have; seal it again with `coffer seal`")
    );
}

#[test]
fn the_store_of_another_namespace_is_not_asked() {
    let [note] = &with_store("team-b", "0123456789abcdef", "Active")[..] else {
        panic!()
    };
    assert!(
        note.contains("note: ") && note.contains("is not known here"),
        "{note}"
    );
}

#[test]
fn a_file_without_a_store_is_no_store() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("store.yaml");
    for text in [
        "",
        "hunter2",
        HEAD,
        "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\n",
    ] {
        fs::write(&file, text).unwrap();
        let error = Stores::read(std::slice::from_ref(&file))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("holds no SecretStore with a status"),
            "{error}"
        );
    }
}
