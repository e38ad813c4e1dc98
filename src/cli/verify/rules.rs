//! The rules of the definitions (CEL, in `x-kubernetes-validations`) without an interpreter.
//!
//! Each rule has a counterpart here, found by the rule's own text: a rule that changes loses its
//! counterpart, which a test notices, and what is said is always the rule's own message.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::finding::{Path, Remark};
use crate::api::Period;
use crate::policy::names::{
    is_data_key, is_label_value, is_qualified, is_rest_name, is_scope, is_subdomain,
};

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
    ("self.name.matches('^[a-z0-9][a-z0-9_-]*$')", |scope| {
        scope["name"].as_str().is_some_and(is_scope)
    }),
    (
        "has(self.namespaces) || has(self.serviceAccounts)",
        |consumer| has(consumer, "namespaces") || has(consumer, "serviceAccounts"),
    ),
    ("has(self.names) || has(self.selector)", |grant| {
        has(grant, "names") || has(grant, "selector")
    }),
    (
        "has(self.values) == (self.operator in ['In', 'NotIn'])",
        |requirement| {
            let takes = matches!(requirement["operator"].as_str(), Some("In" | "NotIn"));
            has(requirement, "values") == takes
        },
    ),
    (
        "!has(self.name) || self.name.matches('^[!-~]{1,255}$')",
        |spec| spec["name"].as_str().is_none_or(is_rest_name),
    ),
    (
        "!has(self.defaultTarget) || !has(self.defaultTarget.name)",
        |store| !has(&store["defaultTarget"], "name"),
    ),
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
    (
        "!has(self.immutable) || !self.immutable || !has(self.name) || size(self.name) <= 242",
        |target| target["immutable"] != true || size(&target["name"]) <= 242,
    ),
    (
        "!has(self.history) || (has(self.immutable) && self.immutable)",
        |target| !has(target, "history") || target["immutable"] == true,
    ),
    (
        "!has(self.data) || self.data.all(k, !has(self.data[k].generate) || (size(k) <= 240 && !((k + '.previous') in self.data) && !((k + '.previous.pub') in self.data) && (!(self.data[k].generate.kind in ['SshKey', 'KeyPair']) || !((k + '.pub') in self.data))))",
        |spec| {
            entries(spec, "data").all(|(key, item)| {
                !has(item, "generate") || is_free_beside(key, &item["generate"], &spec["data"])
            })
        },
    ),
    (
        "!has(self.generate) || !(has(self.fromSecret) || has(self.encoding))",
        |item| !has(item, "generate") || !(has(item, "fromSecret") || has(item, "encoding")),
    ),
    (
        "!has(self.generate) || (has(self.value) ? has(self.generated) && self.value.startsWith('coffer.v') : !has(self.generated))",
        |item| {
            let made = starts_like_an_envelope(&item["value"]) && has(item, "generated");
            !has(item, "generate") || made || !(has(item, "value") || has(item, "generated"))
        },
    ),
    (
        "!has(self.length) || (self.kind == 'Password' ? self.length >= 8 && self.length <= 1024 : self.kind == 'Bytes' && self.length >= 1 && self.length <= 4096)",
        |generate| {
            generate["length"]
                .as_i64()
                .is_none_or(|length| match generate["kind"].as_str() {
                    Some("Password") => (8..=1024).contains(&length),
                    Some("Bytes") => (1..=4096).contains(&length),
                    _ => false,
                })
        },
    ),
    (
        "!has(self.characters) || self.kind == 'Password'",
        |generate| !has(generate, "characters") || generate["kind"] == "Password",
    ),
    (
        "!has(self.algorithm) || self.kind == 'KeyPair' || (self.kind == 'SshKey' && self.algorithm == 'Ed25519')",
        |generate| match (generate["kind"].as_str(), generate["algorithm"].as_str()) {
            (_, None) | (Some("KeyPair"), _) => true,
            (kind, algorithm) => kind == Some("SshKey") && algorithm == Some("Ed25519"),
        },
    ),
    (
        "!has(self.rotate) || (self.rotate.matches('^[0-9]{1,5}[dhms]$') && int(self.rotate.substring(0, size(self.rotate) - 1)) * {'d': 86400, 'h': 3600, 'm': 60, 's': 1}[self.rotate.substring(size(self.rotate) - 1)] >= 3600)",
        |generate| {
            let rotate = generate["rotate"].as_str();
            rotate.is_none_or(|text| {
                period(text).is_some_and(|rotate| rotate >= Duration::from_hours(1))
            })
        },
    ),
    (
        "!has(self.overlap) || self.overlap.matches('^(0|[0-9]{1,5}[dhms])$')",
        |generate| {
            let overlap = generate["overlap"].as_str();
            overlap.is_none_or(|text| text == "0" || period(text).is_some())
        },
    ),
    ("!has(self.overlap) || has(self.rotate)", |generate| {
        !has(generate, "overlap") || has(generate, "rotate")
    }),
    (
        "self.interval.matches('^[0-9]{1,5}[dhms]$') && int(self.interval.substring(0, size(self.interval) - 1)) * {'d': 86400, 'h': 3600, 'm': 60, 's': 1}[self.interval.substring(size(self.interval) - 1)] >= 86400",
        |rotation| {
            let interval = rotation["interval"].as_str().and_then(period);
            interval.is_some_and(|interval| interval >= Duration::from_hours(24))
        },
    ),
    (
        "!has(self.keyRetention) || self.keyRetention.matches('^(0|[0-9]{1,5}[dhms])$')",
        |spec| {
            let retention = spec["keyRetention"].as_str();
            retention.is_none_or(|text| text == "0" || period(text).is_some())
        },
    ),
    (
        "!has(self.symbols) || (has(self.classes) && 'Symbols' in self.classes)",
        |characters| {
            let classes = characters["classes"].as_array();
            let has_symbols = classes.is_some_and(|classes| classes.iter().any(|c| c == "Symbols"));
            !has(characters, "symbols") || has_symbols
        },
    ),
    (
        "self.value.startsWith('coffer.v') && size(self.value) <= 6000",
        |previous| starts_like_an_envelope(&previous["value"]) && size(&previous["value"]) <= 6000,
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

fn starts_like_an_envelope(value: &Json) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.starts_with("coffer.v"))
}

/// Whether no other key has the name of what is delivered beside a generated value.
fn is_free_beside(key: &str, generate: &Json, data: &Json) -> bool {
    let is_pair = matches!(generate["kind"].as_str(), Some("SshKey" | "KeyPair"));
    let public = is_pair.then(|| format!("{key}.pub"));
    let taken = [format!("{key}.previous"), format!("{key}.previous.pub")]
        .into_iter()
        .chain(public)
        .any(|derived| data.get(&derived).is_some());
    key.chars().count() <= 240 && !taken
}

/// A length of time with a unit.
fn period(text: &str) -> Option<Duration> {
    let period = Period::from(text).to_duration();
    period.filter(|_| text != "0")
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
