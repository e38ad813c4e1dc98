//! The structure of an object against the schema of its definition, the very one that the API server
//! has: types, fields, limits.

use serde_json::Value as Json;

use super::finding::{Path, Remark};
use super::{limits, rules};

/// Looks at a value and all below it.
pub(super) fn check(schema: &Json, value: &Json, at: &Path, remarks: &mut Vec<Remark>) {
    let before = remarks.len();
    if value.is_null() {
        if schema["nullable"] != Json::Bool(true) {
            remarks.push(Remark::error(
                at,
                "is empty (null); give it a value, or leave it out",
            ));
        }
        return;
    }
    let wanted = schema["type"].as_str().unwrap_or_default();
    if !is_of_type(value, wanted) {
        let message = format!("is {}, not {}", name_of(value), name_of_type(wanted));
        let quote = wanted == "string" && (value.is_number() || value.is_boolean());
        let remedy = if quote { "quote it" } else { "correct it" };
        remarks.push(Remark::error(at, format!("{message}; {remedy}")));
        return;
    }
    if let Json::Array(allowed) = &schema["enum"]
        && !allowed.contains(value)
    {
        let names: Vec<&str> = allowed.iter().filter_map(Json::as_str).collect();
        let message = format!("is none of {}; write one of them", names.join(", "));
        remarks.push(Remark::error(at, message));
    }
    match value {
        Json::Object(fields) => object(schema, fields, at, remarks),
        Json::Array(items) => array(schema, items, at, remarks),
        Json::String(text) => {
            let length = text.chars().count();
            limits::of_count(
                schema,
                ["minLength", "maxLength"],
                length,
                "characters",
                at,
                remarks,
            );
        }
        Json::Number(number) => limits::of_number(schema, number, at, remarks),
        Json::Bool(_) | Json::Null => {}
    }
    // As the API server has it: rules are for what is well-formed.
    if !remarks[before..]
        .iter()
        .any(|remark| remark.at.is_within(at))
    {
        rules::check(schema, value, at, remarks);
    }
}

fn object(
    schema: &Json,
    fields: &serde_json::Map<String, Json>,
    at: &Path,
    remarks: &mut Vec<Remark>,
) {
    limits::of_count(
        schema,
        ["minProperties", "maxProperties"],
        fields.len(),
        "entries",
        at,
        remarks,
    );
    let properties = schema["properties"].as_object();
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap_or_default();
        if !fields.contains_key(name) {
            remarks.push(Remark::error(&at.field(name), "is missing; add it"));
        }
    }
    let open = schema["x-kubernetes-preserve-unknown-fields"] == Json::Bool(true);
    for (name, value) in fields {
        let known = properties.and_then(|properties| properties.get(name));
        match (known, &schema["additionalProperties"]) {
            (Some(schema), _) => check(schema, value, &at.field(name), remarks),
            // The key may be a value that was written in its place: then it is not repeated.
            (None, entry @ Json::Object(_)) if value.is_object() || entry["type"] == "string" => {
                check(entry, value, &at.field(name), remarks);
            }
            (None, Json::Object(_)) => remarks.push(Remark::error(
                at,
                "has an entry that is no mapping; write KEY: { value: \"…\" }",
            )),
            (None, Json::Bool(true)) => {}
            (None, _) if open => {}
            (None, _) => {
                let known = properties.into_iter().flat_map(|known| known.keys());
                remarks.push(unknown_field(name, known.map(String::as_str), at));
            }
        }
    }
}

/// A field that is not known is named only if it looks like one that is: else it may be a value.
pub(super) fn unknown_field<'k>(
    name: &str,
    known: impl Iterator<Item = &'k str> + Clone,
    at: &Path,
) -> Remark {
    let lower = name.to_lowercase();
    let near = |other: &&str| strsim::osa_distance(&lower, &other.to_lowercase()) <= 2;
    if let Some(meant) = known.clone().find(near) {
        let message = format!("is not known; did you mean `{meant}`?");
        return Remark::error(&at.field(name), message);
    }
    let known: Vec<&str> = known.collect();
    let known = known.join(", ");
    let message = format!("has a field that is not known; remove it, or write one of {known}");
    Remark::error(at, message)
}

fn array(schema: &Json, items: &[Json], at: &Path, remarks: &mut Vec<Remark>) {
    limits::of_count(
        schema,
        ["minItems", "maxItems"],
        items.len(),
        "items",
        at,
        remarks,
    );
    for (number, item) in items.iter().enumerate() {
        check(
            &schema["items"],
            item,
            &at.field(&number.to_string()),
            remarks,
        );
    }
    let repeats = |is_same: &dyn Fn(&Json, &Json) -> bool| {
        let mut numbered = items.iter().enumerate();
        numbered.any(|(number, item)| items[..number].iter().any(|other| is_same(item, other)))
    };
    match schema["x-kubernetes-list-type"].as_str() {
        Some("set") if repeats(&PartialEq::eq) => {
            remarks.push(Remark::error(at, "has the same item twice; remove one"));
        }
        Some("map") => {
            let keys: Vec<_> = schema["x-kubernetes-list-map-keys"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            if repeats(&|item, other| keys.iter().all(|key| item[key] == other[key])) {
                let keys = keys.join(", ");
                remarks.push(Remark::error(
                    at,
                    format!("has two items with the same {keys}; rename or remove one"),
                ));
            }
        }
        _ => {}
    }
}

fn is_of_type(value: &Json, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => true,
    }
}

fn name_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "empty (null)",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}

fn name_of_type(wanted: &str) -> &'static str {
    match wanted {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "text",
        "boolean" => "a boolean",
        _ => "a number",
    }
}
