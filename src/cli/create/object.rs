//! The Secret as it is created.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::args::SecretArgs;

/// The object, its values sealed already.
pub(super) fn secret(
    args: &SecretArgs,
    namespace: &str,
    envelopes: BTreeMap<String, String>,
) -> Json {
    let data: serde_json::Map<String, Json> = envelopes
        .into_iter()
        .map(|(key, envelope)| (key, json!({ "value": envelope })))
        .collect();
    let mut spec = json!({ "storeRef": { "name": args.store }, "data": data });
    if let Some(comment) = &args.comment {
        spec["comment"] = json!(comment);
    }
    if !args.no_target {
        spec["target"] = json!({});
        for (field, value) in [("name", &args.target), ("type", &args.type_)] {
            if let Some(value) = value {
                spec["target"][field] = json!(value);
            }
        }
    }
    json!({
        "apiVersion": "coffer.dev/v1alpha1",
        "kind": "Secret",
        "metadata": { "name": args.name, "namespace": namespace },
        "spec": spec,
    })
}
