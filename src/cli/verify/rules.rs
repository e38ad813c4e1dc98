//! The rules of the definitions (CEL, in `x-kubernetes-validations`) without an interpreter.
//!
//! Each rule has a counterpart here, found by the rule's own text: a rule that changes loses its
//! counterpart, which a test notices, and what is said is always the rule's own message.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

use super::finding::{Path, Remark};
use crate::policy::names::{is_data_key, is_label_value, is_qualified, is_subdomain};

/// Whether a value is as the rule wants it.
type Holds = fn(&Json) -> bool;

/// The counterparts, by the text of the rule.
const RULES: &[(&str, Holds)] = &[
    (
        "!has(self.data) || self.data.all(k, k.matches('^[-._a-zA-Z0-9]{1,253}$') && k != '.' && !k.startsWith('..'))",
        |spec| entries(spec, "data").all(|(key, _)| is_data_key(key)),
    ),
    (
        "!has(self.data) || self.data.map(k, has(self.data[k].value) ? size(self.data[k].value) : 0).sum() <= 800000",
        |spec| {
            entries(spec, "data")
                .map(|(_, item)| size(&item["value"]))
                .sum::<usize>()
                <= 800_000
        },
    ),
    ("!(has(self.value) && has(self.fromSecret))", |item| {
        !(has(item, "value") && has(item, "fromSecret"))
    }),
    ("!has(self.encoding) || has(self.value)", |item| {
        !has(item, "encoding") || has(item, "value")
    }),
    (
        "!has(self.value) || size(self.value) <= (self.value.startsWith('coffer.v') ? 90000 : has(self.encoding) && self.encoding == 'Base64' ? 87384 : 65536)",
        |item| size(&item["value"]) <= longest(item),
    ),
    (
        "self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
        |object| object["name"].as_str().is_some_and(is_subdomain),
    ),
    (
        "!has(self.name) || self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
        |object| object["name"].as_str().is_none_or(is_subdomain),
    ),
    (
        "!has(self.type) || !(self.type in ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])",
        |target| {
            let tokens = [
                "kubernetes.io/service-account-token",
                "bootstrap.kubernetes.io/token",
            ];
            target["type"]
                .as_str()
                .is_none_or(|name| !tokens.contains(&name))
        },
    ),
    (
        "!has(self.template) || self.template.all(k, k.matches('^[-._a-zA-Z0-9]{1,253}$') && k != '.' && !k.startsWith('..'))",
        |target| entries(target, "template").all(|(key, _)| is_data_key(key)),
    ),
    (
        "!has(self.labels) || self.labels.all(k, self.labels[k].matches('^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$'))",
        |target| {
            entries(target, "labels").all(|(_, value)| value.as_str().is_none_or(is_label_value))
        },
    ),
    (
        "!has(self.labels) || self.labels.all(k, k.matches('^(app[.]kubernetes[.]io/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$') && k != 'app.kubernetes.io/managed-by')",
        |target| {
            entries(target, "labels")
                .all(|(key, _)| is_allowed(key) && key != "app.kubernetes.io/managed-by")
        },
    ),
    (
        "!has(self.annotations) || self.annotations.all(k, k.matches('^(app[.]kubernetes[.]io/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))",
        |target| entries(target, "annotations").all(|(key, _)| is_allowed(key)),
    ),
];

static BY_TEXT: LazyLock<HashMap<&str, Holds>> = LazyLock::new(|| RULES.iter().copied().collect());

/// Applies the rules that a schema sets for this value. Those about a change (`oldSelf`) say nothing
/// about a manifest alone; those without a counterpart are the API server's to judge.
pub(super) fn check(schema: &Json, value: &Json, at: &Path, remarks: &mut Vec<Remark>) {
    for rule in schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let text = rule["rule"].as_str().unwrap_or_default();
        if BY_TEXT.get(text).is_some_and(|holds| !holds(value)) {
            let at = at.fields(rule["fieldPath"].as_str().unwrap_or_default());
            let message = rule["message"]
                .as_str()
                .unwrap_or("breaks a rule of its definition");
            remarks.push(Remark::error(&at, message));
        }
    }
}

/// As CEL sees it: null is as good as absent.
fn has(object: &Json, field: &str) -> bool {
    !object[field].is_null()
}

fn entries<'j>(object: &'j Json, field: &str) -> impl Iterator<Item = (&'j String, &'j Json)> {
    object[field].as_object().into_iter().flat_map(Map::iter)
}

/// Characters, as `size` counts them.
fn size(value: &Json) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

fn longest(item: &Json) -> usize {
    let is_envelope = |text: &str| text.starts_with("coffer.v");
    if item["value"].as_str().is_some_and(is_envelope) {
        90_000
    } else if item["encoding"] == "Base64" {
        87_384
    } else {
        65_536
    }
}

/// A label or annotation that the native Secret may get.
fn is_allowed(key: &str) -> bool {
    is_qualified(key.strip_prefix("app.kubernetes.io/").unwrap_or(key))
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::BY_TEXT;

    fn rules(schema: &Json, found: &mut Vec<String>) {
        match schema {
            Json::Object(fields) => {
                for rule in fields
                    .get("x-kubernetes-validations")
                    .and_then(Json::as_array)
                    .into_iter()
                    .flatten()
                {
                    found.extend(rule["rule"].as_str().map(str::to_owned));
                }
                fields.values().for_each(|field| rules(field, found));
            }
            Json::Array(items) => items.iter().for_each(|item| rules(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_rule_that_a_manifest_can_break_has_a_counterpart() {
        let mut found = Vec::new();
        for definition in crate::api::custom_resource_definitions() {
            rules(&serde_json::to_value(definition).unwrap(), &mut found);
        }
        found.retain(|rule| !rule.contains("oldSelf") && !BY_TEXT.contains_key(rule.as_str()));
        assert!(found.is_empty(), "add to RULES: {found:#?}");
    }
}
