//! The vectors of `tests/vectors`, run through the code itself.

mod published;
mod refused;
mod refused_keys;
mod sealed;

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::{BindingKind, Place};

/// Set to any value to write the vectors of our own instead of comparing them. A changed vector is
/// a changed format: what was sealed before no longer opens.
const REWRITE: &str = "COFFER_REWRITE_VECTORS";

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name)
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&fs::read(folder(path)).unwrap()).unwrap()
}

/// The names of the vectors in a folder, sorted.
fn names(of: &str) -> Vec<String> {
    let files = fs::read_dir(folder(of)).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Compares a vector with its file, byte by byte.
fn settle(path: &str, vector: &Value) {
    let text = format!("{vector:#}\n");
    if std::env::var_os(REWRITE).is_some() {
        fs::write(folder(path), &text).unwrap();
    }
    assert_eq!(fs::read_to_string(folder(path)).unwrap(), text, "{path}");
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap()
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    let hex = text(vector, field);
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    super::hex(bytes.as_ref())
}

fn place(vector: &Value) -> Place<'_> {
    let place = &vector["place"];
    Place {
        kind: text(place, "kind"),
        namespace: text(place, "namespace"),
        store: text(place, "store"),
        name: text(place, "name"),
        key: text(place, "key"),
    }
}

fn binding(name: &str) -> BindingKind {
    BindingKind::ALL
        .into_iter()
        .find(|binding| binding.as_str() == name)
        .unwrap()
}
