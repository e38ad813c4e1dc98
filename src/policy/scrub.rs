//! Takes values out of the copy of the manifest that `kubectl apply` leaves in an annotation.

use serde_json::Value as Json;

use crate::crypto::Envelope;

/// Stands where a value stood. Constant, so that it tells nothing.
pub const MARKER: &str = "[sealed by coffer]";

/// Whether this is the marker, which comes back where someone applies that copy: it stands for a value, and is
/// none. Blanks and line breaks around it do not matter.
#[must_use]
pub fn is_marker(value: &[u8]) -> bool {
    value.trim_ascii() == MARKER.as_bytes()
}

/// What may stand somewhere in a manifest. Everything else is taken for a value: a misspelt or misplaced
/// field is pruned from the stored object but stays in the annotation.
#[derive(Clone, Copy)]
enum Shape {
    /// A value.
    Value,
    /// Text, a number or a truth value that is none.
    Scalar,
    /// Many of those, in a list or under names.
    Scalars,
    /// Many of one shape, in a list or under names.
    Many(&'static Self),
    /// Fields.
    Object(&'static [(&'static str, Self)]),
}

use Shape::{Many, Object, Scalar, Scalars, Value};

const MANIFEST: Shape = Object(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    ("spec", SPEC),
]);

const METADATA: Shape = Object(&[
    ("name", Scalar),
    ("generateName", Scalar),
    ("namespace", Scalar),
    ("uid", Scalar),
    ("resourceVersion", Scalar),
    ("generation", Scalar),
    ("creationTimestamp", Scalar),
    ("labels", Scalars),
    ("annotations", Scalars),
    ("finalizers", Scalars),
    ("ownerReferences", Many(&OWNER)),
]);

const OWNER: Shape = Object(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("name", Scalar),
    ("uid", Scalar),
    ("controller", Scalar),
    ("blockOwnerDeletion", Scalar),
]);

const SPEC: Shape = Object(&[
    ("storeRef", Object(&[("name", Scalar)])),
    ("name", Scalar),
    ("comment", Scalar),
    ("scopes", Scalars),
    ("data", Many(&ITEM)),
    ("target", TARGET),
]);

const TARGET: Shape = Object(&[
    ("name", Scalar),
    ("type", Scalar),
    ("labels", Scalars),
    ("annotations", Scalars),
    ("template", Scalars),
    ("immutable", Scalar),
    ("history", Scalar),
    ("restart", Many(&WORKLOAD)),
    ("deletionPolicy", Scalar),
]);

const WORKLOAD: Shape = Object(&[("kind", Scalar), ("name", Scalar)]);

const ITEM: Shape = Object(&[
    ("value", Value),
    ("encoding", Scalar),
    ("fromSecret", Object(&[("name", Scalar), ("key", Scalar)])),
    ("generate", GENERATE),
    (
        "generated",
        Object(&[
            ("at", Scalar),
            ("previous", Object(&[("value", Value), ("until", Scalar)])),
        ]),
    ),
]);

const GENERATE: Shape = Object(&[
    ("kind", Scalar),
    ("length", Scalar),
    (
        "characters",
        Object(&[
            ("classes", Scalars),
            ("symbols", Scalar),
            ("excludeAmbiguous", Scalar),
        ]),
    ),
    ("algorithm", Scalar),
    ("rotate", Scalar),
    ("overlap", Scalar),
]);

/// The annotation without values; `None` when there is nothing to take out. What is not JSON
/// becomes the marker as a whole.
#[must_use]
pub fn last_applied(annotation: &str) -> Option<String> {
    let scrubbed = match serde_json::from_str(annotation) {
        Ok(mut manifest) => {
            visit_values(&mut manifest, MANIFEST, &mut |content| *content = marker());
            manifest
        }
        Err(_) => marker(),
    };
    let scrubbed = scrubbed.to_string();
    (scrubbed != annotation.trim_end()).then_some(scrubbed)
}

/// Whether the annotation holds what may be a value in clear. An envelope is none.
#[must_use]
pub fn holds_plaintext(annotation: &str) -> bool {
    let Ok(mut manifest) = serde_json::from_str(annotation) else {
        return true;
    };
    let mut found = false;
    visit_values(&mut manifest, MANIFEST, &mut |content| {
        found |= is_plaintext(content);
    });
    found
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

/// Visits everything that is a value, or where it should not be.
fn visit_values(content: &mut Json, shape: Shape, visit: &mut impl FnMut(&mut Json)) {
    match (shape, content) {
        (Scalar, Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_))
        | (Scalars | Many(_) | Object(_), Json::Null) => {}
        (Scalars, content @ (Json::Array(_) | Json::Object(_))) => {
            visit_values(content, Many(&Scalar), visit);
        }
        (Many(shape), Json::Array(items)) => {
            for item in items {
                visit_values(item, *shape, visit);
            }
        }
        (Many(shape), Json::Object(items)) => {
            for item in items.values_mut() {
                visit_values(item, *shape, visit);
            }
        }
        (Object(known), Json::Object(fields)) => {
            for (field, content) in fields {
                let shape = known.iter().find(|(name, _)| name == field);
                visit_values(content, shape.map_or(Value, |(_, shape)| *shape), visit);
            }
        }
        (_, content) => visit(content),
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

    #[test]
    fn what_stands_where_it_does_not_belong_is_taken_for_a_value() {
        let canary = json!({ "value": "canary" });
        let places = [
            ("/metadata", "data"),
            ("/metadata/labels", "deep"),
            ("/metadata", "name"),
            ("/spec", "comment"),
            ("/spec/storeRef", "name"),
            ("/spec/target", "type"),
            ("/spec/target/template", "deep"),
            ("/spec/data/k", "encoding"),
            ("/spec/data/k/generate", "kind"),
            ("/spec/data/k/generate/characters", "value"),
            ("/spec/data/k/generate/characters/classes", "0"),
            ("/spec/data/k/generated", "at"),
            ("/spec/data/k/generated/previous", "other"),
        ];
        let manifest = json!({
            "metadata": { "labels": {} },
            "spec": {
                "storeRef": {}, "target": { "template": {} },
                "data": { "k": {
                    "generate": { "characters": { "classes": {} } },
                    "generated": { "previous": {} },
                } },
            },
        });
        for (parent, field) in places {
            let mut misplaced = manifest.clone();
            misplaced.pointer_mut(parent).unwrap()[field] = canary.clone();
            let text = misplaced.to_string();
            assert!(holds_plaintext(&text), "{parent} {field}");
            assert!(
                !last_applied(&text).unwrap().contains("canary"),
                "{parent} {field}"
            );
        }
        assert!(!holds_plaintext(&manifest.to_string()));
    }

    /// The table follows the definition: a field that is added there without being added here would have
    /// its content taken out.
    #[test]
    fn every_field_of_the_definition_has_its_shape() {
        let crd = json!(<crate::api::Secret as kube::CustomResourceExt>::crd());
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert_shape("spec", &schema["properties"]["spec"], SPEC);
    }

    fn assert_shape(at: &str, schema: &Json, shape: Shape) {
        let nested = |name: &str| !schema[name].is_null();
        let items = if nested("items") {
            &schema["items"]
        } else {
            &schema["additionalProperties"]
        };
        match shape {
            Object(known) => {
                let fields = schema["properties"].as_object().unwrap();
                let mut names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                names.sort_unstable();
                assert_eq!(
                    names,
                    fields.keys().map(String::as_str).collect::<Vec<_>>(),
                    "{at}"
                );
                for (name, shape) in known {
                    assert_shape(&format!("{at}.{name}"), &fields[*name], *shape);
                }
            }
            Many(shape) => assert_shape(&format!("{at}[]"), items, *shape),
            Scalars => assert_shape(&format!("{at}[]"), items, Scalar),
            Scalar | Value => {
                assert!(
                    !nested("properties") && !nested("items"),
                    "{at} is no scalar"
                );
            }
        }
    }
}
