//! The rendered chart, without what needs nodes.

use anyhow::{Context, Result};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// Kinds that others depend on, in the order in which they are applied.
const FIRST: [&str; 2] = ["Namespace", "CustomResourceDefinition"];

/// The documents of `yaml` as one list, without Deployments: there is no node to run them, and the
/// operator runs beside the control plane.
pub fn without_deployments(yaml: &str) -> Result<Value> {
    let mut items = Vec::new();
    for (index, document) in serde_yaml::Deserializer::from_str(yaml).enumerate() {
        let value = Value::deserialize(document)
            .with_context(|| format!("document {} of the manifest is not valid", index + 1))?;
        // Null is what two separators in a row, or a comment between them, amount to.
        if !value.is_null() && kind(&value) != "Deployment" {
            items.push(value);
        }
    }
    items.sort_by_key(|item| {
        FIRST
            .iter()
            .position(|first| *first == kind(item))
            .unwrap_or(FIRST.len())
    });
    Ok(json!({ "apiVersion": "v1", "kind": "List", "items": items }))
}

/// The chart's objects for `admission.mode: Controller`, from those for the default mode.
#[must_use]
pub fn without_webhooks(mut list: Value) -> Value {
    if let Some(items) = list["items"].as_array_mut() {
        items.retain(|item| !is_of_webhooks(item));
    }
    list
}

fn is_of_webhooks(item: &Value) -> bool {
    let name = item["metadata"]["name"].as_str().unwrap_or_default();
    matches!(
        kind(item),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration"
    ) || matches!(name, "coffer-webhook" | "coffer-sealed-values")
}

fn kind(value: &Value) -> &str {
    value["kind"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(yaml: &str) -> Vec<String> {
        let list = without_deployments(yaml).unwrap();
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| kind(item).to_owned()).collect()
    }

    #[test]
    fn deployments_are_left_out() {
        assert_eq!(
            kinds("kind: Role\n---\nkind: Deployment\n---\nkind: Service\n"),
            ["Role", "Service"]
        );
    }

    #[test]
    fn namespaces_and_definitions_come_first_and_the_rest_keeps_its_order() {
        let yaml =
            "kind: B\n---\nkind: CustomResourceDefinition\n---\nkind: A\n---\nkind: Namespace\n";
        assert_eq!(
            kinds(yaml),
            ["Namespace", "CustomResourceDefinition", "B", "A"]
        );
    }

    #[test]
    fn empty_documents_are_skipped() {
        assert_eq!(kinds("---\n# nothing\n---\nkind: Role\n---\n"), ["Role"]);
    }

    #[test]
    fn a_broken_document_is_refused() {
        assert!(without_deployments("kind: [").is_err());
    }
}
