//! The custom resource definitions.

use std::collections::BTreeSet;

use serde_json::json;

use super::{definitions, walk_definitions};

#[test]
fn no_definition_has_a_default() {
    walk_definitions(|place, schema| {
        assert!(
            schema["default"].is_null(),
            "{place}: the code supplies defaults"
        );
    });
}

#[test]
fn every_property_is_described() {
    walk_definitions(|place, schema| {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let description = property["description"].as_str().unwrap_or_default();
            assert!(
                !description.trim().is_empty(),
                "{place}.{name} has no description"
            );
        }
    });
}

/// The API server prints a value that fails them.
#[test]
fn nothing_that_the_api_server_checks_sits_on_a_value() {
    let mut values = 0;
    walk_definitions(|place, schema| {
        if place.rsplit('.').next() == Some("value") {
            values += 1;
            let fields: BTreeSet<&str> = schema
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let harmless = ["description", "nullable", "type"].into();
            assert!(fields.is_subset(&harmless), "{place}: {fields:?}");
        }
    });
    assert!(values > 0, "no value found");
}

/// A message is all that a user sees of a rule: without one, it is the rule itself.
#[test]
fn every_rule_has_a_message() {
    walk_definitions(|place, schema| {
        for rule in schema["x-kubernetes-validations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert!(rule["message"].is_string(), "{place}: {}", rule["rule"]);
        }
    });
}

/// What Coffer writes for the API server has nothing to tell of itself.
const WITHOUT_STATUS: &str = "podpolicies.coffer.dev";

#[test]
fn every_kind_has_a_short_name_a_category_columns_and_a_status() {
    for crd in definitions() {
        let name = &crd["metadata"]["name"];
        assert_eq!(crd["spec"]["scope"], "Namespaced", "{name}");
        assert_eq!(
            crd["spec"]["names"]["categories"],
            json!(["coffer"]),
            "{name}"
        );
        assert!(crd["spec"]["names"]["shortNames"][0].is_string(), "{name}");
        for version in crd["spec"]["versions"].as_array().unwrap() {
            assert!(version["additionalPrinterColumns"][0].is_object(), "{name}");
            if name == WITHOUT_STATUS {
                continue;
            }
            assert!(version["subresources"]["status"].is_object(), "{name}");
            assert!(version["selectableFields"][0].is_object(), "{name}");
        }
    }
}
