//! Envelopes against the keys of stores that were given in files.

use std::fs;

use tempfile::TempDir;

use super::{ENVELOPE, HEAD, findings};
use crate::cli::verify::stores::Stores;

/// Findings about envelopes, with a store that has this key.
fn with_store(namespace: &str, id: &str, state: &str) -> Vec<String> {
    let data = format!("{{ a: {{ value: {ENVELOPE} }} }}");
    of_data(&data, namespace, id, state)
}

/// The same of any data.
fn of_data(data: &str, namespace: &str, id: &str, state: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("store.yaml");
    let store = format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: {{ name: payments, namespace: {namespace} }}\nstatus: {{ sealingKeys: [{{ id: \"{id}\", suite: XWing, state: {state}, created: \"2026-11-01T00:00:00Z\" }}] }}\n"
    );
    fs::write(&file, store).unwrap();
    let text = format!("{HEAD}spec: {{ storeRef: {{ name: payments }}, data: {data} }}\n");
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
fn of_a_generated_value_nobody_is_told_to_seal_it() {
    let previous = "previous: { value: ENVELOPE, until: \"2026-11-03T00:00:00Z\" }";
    let data = format!(
        "{{ a: {{ generate: {{ kind: Password }}, value: ENVELOPE, generated: {{ at: \"2026-11-02T00:00:00Z\", {previous} }} }} }}"
    );
    let data = data.replace("ENVELOPE", ENVELOPE);
    let id = "0123456789abcdef";
    assert_eq!(of_data(&data, "team-a", id, "Active"), [] as [&str; 0]);
    for (id, state, advice) in [
        (id, "Retired", "Coffer seals it anew in the cluster"),
        (
            "fedcba9876543210",
            "Active",
            "or remove the whole key to have a new value later",
        ),
    ] {
        let said = of_data(&data, "team-a", id, state);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said.iter().all(|line| line.ends_with(advice)), "{said:?}");
        assert!(
            said.iter()
                .any(|line| line.contains("spec.data.a.generated.previous.value: "))
        );
    }
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
