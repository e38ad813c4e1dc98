//! Manifests as an author writes them.

use k8s_openapi::api::core::v1 as core;
use serde_json::json;

/// A store's manifest.
pub(crate) fn store(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: {{ name: {name} }}\nspec: {spec}\n"
    )
}

/// A Secret's manifest: a value under the key `value`, of store `vault`, delivered under its name.
pub(crate) fn secret(name: &str, value: &str) -> String {
    secret_with(
        name,
        "vault",
        &format!("{{ value: {{ value: {} }} }}", json!(value)),
        "{}",
    )
}

/// The same with a value in clear, and nowhere to go.
pub(crate) fn plain(name: &str, store: &str, value: &str) -> String {
    format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {{ name: {name} }}\nspec: {{ storeRef: {{ name: {store} }}, data: {{ value: {{ value: {} }} }} }}\n",
        json!(value)
    )
}

/// A Secret's manifest with this `data` and `target`, in YAML flow style.
pub(crate) fn secret_with(name: &str, store: &str, data: &str, target: &str) -> String {
    format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {{ name: {name} }}\nspec:\n  storeRef: {{ name: {store} }}\n  data: {data}\n  target: {target}\n"
    )
}

/// The bytes under a key.
pub(crate) fn bytes(native: &core::Secret, key: &str) -> Vec<u8> {
    native.data.as_ref().unwrap()[key].0.clone()
}
