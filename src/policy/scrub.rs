//! Takes values out of the copy of the manifest that `kubectl apply` leaves in an annotation.

use serde_json::{Map, Value as Json};

use crate::crypto::Envelope;

/// Stands where a value stood. Constant, so that it tells nothing.
pub const MARKER: &str = "[sealed by coffer]";

/// Fields of a manifest, and of its spec, that hold no value. Everything else is taken for one: a
/// misspelt field is pruned from the stored spec but stays in the annotation.
const TOP: [&str; 3] = ["apiVersion", "kind", "metadata"];
const SPEC: [&str; 1] = ["comment"];
const STORE_REF: [&str; 1] = ["name"];
const TARGET: [&str; 6] = [
    "name",
    "type",
    "labels",
    "annotations",
    "template",
    "deletionPolicy",
];
const ITEM: [&str; 1] = ["encoding"];
const FROM_SECRET: [&str; 2] = ["name", "key"];
const GENERATE: [&str; 6] = [
    "kind",
    "length",
    "characters",
    "algorithm",
    "rotate",
    "overlap",
];
const GENERATED: [&str; 1] = ["at"];
const PREVIOUS: [&str; 1] = ["until"];

/// The annotation without values; `None` when there is nothing to take out. What is not JSON
/// becomes the marker as a whole.
#[must_use]
pub fn last_applied(annotation: &str) -> Option<String> {
    let scrubbed = match serde_json::from_str(annotation) {
        Ok(Json::Object(mut manifest)) => {
            visit_values(&mut manifest, &mut |content| *content = marker());
            Json::Object(manifest)
        }
        _ => marker(),
    };
    let scrubbed = scrubbed.to_string();
    (scrubbed != annotation.trim_end()).then_some(scrubbed)
}

/// Whether the annotation holds what may be a value in clear. An envelope is none.
#[must_use]
pub fn holds_plaintext(annotation: &str) -> bool {
    match serde_json::from_str(annotation) {
        Ok(Json::Object(mut manifest)) => {
            let mut found = false;
            visit_values(&mut manifest, &mut |content| found |= is_plaintext(content));
            found
        }
        Ok(other) => is_plaintext(&other),
        Err(_) => true,
    }
}

fn is_plaintext(content: &Json) -> bool {
    match content {
        Json::Null => false,
        Json::String(text) => text != MARKER && !Envelope::is_sealed(text),
        Json::Object(fields) => !fields.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Bool(_) | Json::Number(_) => true,
    }
}

fn visit_values(manifest: &mut Map<String, Json>, visit: &mut impl FnMut(&mut Json)) {
    for (field, content) in manifest {
        match (field.as_str(), &mut *content) {
            (field, _) if TOP.contains(&field) => {}
            ("spec", Json::Object(spec)) => visit_spec(spec, visit),
            _ => visit(content),
        }
    }
}

fn visit_spec(spec: &mut Map<String, Json>, visit: &mut impl FnMut(&mut Json)) {
    for (field, content) in spec {
        match (field.as_str(), &mut *content) {
            (field, _) if SPEC.contains(&field) => {}
            ("storeRef", Json::Object(_)) => visit_others(content, &STORE_REF, visit),
            ("target", Json::Object(_)) => visit_others(content, &TARGET, visit),
            ("data", Json::Object(items)) => {
                for item in items.values_mut() {
                    visit_item(item, visit);
                }
            }
            _ => visit(content),
        }
    }
}

fn visit_item(item: &mut Json, visit: &mut impl FnMut(&mut Json)) {
    let Json::Object(fields) = item else {
        return visit(item);
    };
    for (field, content) in fields {
        match (field.as_str(), &*content) {
            (field, _) if ITEM.contains(&field) => {}
            ("fromSecret", Json::Object(_)) => visit_others(content, &FROM_SECRET, visit),
            ("generate", Json::Object(_)) => visit_others(content, &GENERATE, visit),
            ("generated", Json::Object(_)) => visit_generated(content, visit),
            _ => visit(content),
        }
    }
}

fn visit_generated(generated: &mut Json, visit: &mut impl FnMut(&mut Json)) {
    for (field, content) in generated.as_object_mut().into_iter().flatten() {
        match (field.as_str(), &*content) {
            (field, _) if GENERATED.contains(&field) => {}
            ("previous", Json::Object(_)) => visit_others(content, &PREVIOUS, visit),
            _ => visit(content),
        }
    }
}

fn visit_others(content: &mut Json, known: &[&str], visit: &mut impl FnMut(&mut Json)) {
    for (field, content) in content.as_object_mut().into_iter().flatten() {
        if !known.contains(&field.as_str()) {
            visit(content);
        }
    }
}

fn marker() -> Json {
    Json::String(MARKER.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scrubbed(manifest: &Json) -> String {
        last_applied(&manifest.to_string()).expect("something to scrub")
    }

    #[test]
    fn a_value_becomes_the_marker_and_the_rest_stays() {
        let text = scrubbed(
            &json!({"apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
            "metadata": {"name": "a"}, "spec": {"storeRef": {"name": "s"},
            "data": {"k": {"value": "canary", "encoding": "Text"}}}}),
        );
        assert!(
            text.contains(r#""storeRef":{"name":"s"}"#) && text.contains(r#""encoding":"Text""#)
        );
        assert!(!text.contains("canary"));
    }

    #[test]
    fn a_value_under_a_misspelt_field_is_found() {
        for manifest in [
            json!({"spec": {"dta": {"k": {"value": "canary"}}}}),
            json!({"spec": {"data": {"k": {"vale": "canary"}}}}),
            json!({"spec": {"data": {"k": "canary"}}}),
            json!({"spec": {"data": ["canary"]}}),
            json!({"spec": "canary"}),
            json!({"spec": {"target": {"data": {"k": {"value": "canary"}}}}}),
            json!({"spec": {"storeRef": {"name": "s", "data": "canary"}}}),
            json!({"spec": {"data": {"k": {"fromSecret": {"value": "canary"}}}}}),
            json!({"spec": {"data": {"k": {"generate": {"value": "canary"}}}}}),
            json!({"spec": {"data": {"k": {"generated": {"value": "canary"}}}}}),
            json!({"spec": {"data": {"k": {"generated": {"previous": "canary"}}}}}),
            json!({"spec": {"data": {"k": {"generated": {"previous": {"value": "canary"}}}}}}),
            json!({"stringData": {"k": "canary"}}),
        ] {
            assert!(!scrubbed(&manifest).contains("canary"), "{manifest}");
        }
    }

    #[test]
    fn how_a_value_is_generated_is_no_value() {
        let generate = json!({"kind": "Password", "length": 20, "rotate": "30d",
            "characters": {"classes": ["Lower"]}});
        let manifest = json!({"spec": {"data": {"k": {"generate": generate,
            "generated": {"at": "2026-01-01T00:00:00Z"}}}}});
        assert_eq!(last_applied(&manifest.to_string()), None);
        assert!(!holds_plaintext(&manifest.to_string()));
    }

    #[test]
    fn what_is_not_json_goes_as_a_whole() {
        assert_eq!(
            last_applied("canary: {").as_deref(),
            Some("\"[sealed by coffer]\"")
        );
    }

    #[test]
    fn a_scrubbed_annotation_is_left_alone() {
        let once = scrubbed(&json!({"spec": {"data": {"k": {"value": "canary"}}}}));
        assert_eq!(last_applied(&once), None);
    }

    #[test]
    fn plaintext_is_told_from_envelopes_and_from_what_was_scrubbed() {
        let item = |value: &str| json!({"spec": {"data": {"k": {"value": value}}}}).to_string();
        assert!(holds_plaintext(&item("canary")));
        assert!(holds_plaintext(
            r#"{"spec": {"data": {"k": {"vaule": "canary"}}}}"#
        ));
        assert!(holds_plaintext(r#"{"stringData": {"k": "canary"}}"#));
        assert!(holds_plaintext("canary: {"));
        assert!(!holds_plaintext(&item("coffer.v1.0123456789abcdef.AAAA")));
        assert!(!holds_plaintext(
            r#"{"spec": {"comment": "x", "data": null}, "status": {}}"#
        ));
        for scrubbed in ["canary: {", &item("canary")].map(|text| last_applied(text).unwrap()) {
            assert!(!holds_plaintext(&scrubbed), "{scrubbed}");
        }
    }
}
