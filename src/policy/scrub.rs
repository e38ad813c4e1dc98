//! Takes values out of the copy of the manifest that `kubectl apply` leaves in an annotation.

use serde_json::{Map, Value as Json};

/// Stands where a value stood. Constant, so that it tells nothing.
pub const MARKER: &str = "[sealed by coffer]";

/// Fields of a manifest, and of its spec, that hold no value. Everything else is taken for one: a
/// misspelt field is pruned from the stored spec but stays in the annotation.
const TOP: [&str; 3] = ["apiVersion", "kind", "metadata"];
const SPEC: [&str; 3] = ["storeRef", "comment", "target"];
const ITEM: [&str; 2] = ["encoding", "fromSecret"];

/// The annotation without values; `None` when there is nothing to take out. What is not JSON
/// becomes the marker as a whole.
#[must_use]
pub fn last_applied(annotation: &str) -> Option<String> {
    let scrubbed = match serde_json::from_str::<Json>(annotation) {
        Ok(Json::Object(mut manifest)) => {
            for (field, content) in &mut manifest {
                match (field.as_str(), &mut *content) {
                    (field, _) if TOP.contains(&field) => {}
                    ("spec", Json::Object(spec)) => scrub_spec(spec),
                    _ => *content = marker(),
                }
            }
            Json::Object(manifest)
        }
        _ => marker(),
    };
    let scrubbed = scrubbed.to_string();
    (scrubbed != annotation.trim_end()).then_some(scrubbed)
}

fn scrub_spec(spec: &mut Map<String, Json>) {
    for (field, content) in spec {
        match (field.as_str(), &mut *content) {
            (field, _) if SPEC.contains(&field) => {}
            ("data", Json::Object(items)) => items.values_mut().for_each(scrub_item),
            _ => *content = marker(),
        }
    }
}

fn scrub_item(item: &mut Json) {
    match item {
        Json::Object(fields) => {
            for (field, content) in fields {
                if !ITEM.contains(&field.as_str()) {
                    *content = marker();
                }
            }
        }
        _ => *item = marker(),
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
            json!({"stringData": {"k": "canary"}}),
        ] {
            assert!(!scrubbed(&manifest).contains("canary"), "{manifest}");
        }
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
}
