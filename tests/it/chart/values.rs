//! The values: the schema refuses what has no effect or cannot work.

use serde_json::Value;

use super::{assert_refused, deployment, deployment_of, helm, helm_template, read, said, strings};

#[test]
fn every_value_is_described_in_the_schema_and_has_a_default() {
    let values: Value = serde_yaml::from_str(&read("charts/coffer/values.yaml")).unwrap();
    let schema: Value = serde_json::from_str(&read("charts/coffer/values.schema.json")).unwrap();
    assert_described(&schema, &values, "values");
}

fn assert_described(schema: &Value, values: &Value, place: &str) {
    assert_eq!(schema["additionalProperties"], false, "{place}");
    for (name, property) in schema["properties"].as_object().unwrap() {
        let place = format!("{place}.{name}");
        assert!(
            property["description"].is_string(),
            "{place} has no description"
        );
        // Helm's own.
        if name != "global" {
            assert!(!values[name].is_null(), "{place} is missing in values.yaml");
        }
        let quantities = property["properties"]["limits"].is_object();
        if property["properties"].is_object() && !quantities {
            assert_described(property, &values[name], &place);
        }
    }
}

#[test]
fn a_misspelt_value_is_refused() {
    assert_refused("--set", "imge.tag=x", "'imge' not allowed");
}

#[test]
fn a_misspelt_value_is_refused_in_depth() {
    assert_refused("--set", "image.tagg=x", "'tagg' not allowed");
}

#[test]
fn a_number_as_tag_is_refused() {
    assert_refused(
        "--set-json",
        "image.tag=1.10",
        "at '/image/tag': got number, want string",
    );
}

#[test]
fn a_tag_in_the_repository_is_refused() {
    assert_refused(
        "--set",
        "image.repository=coffer:1.2",
        "at '/image/repository'",
    );
}

#[test]
fn an_incomplete_digest_is_refused() {
    assert_refused("--set", "image.digest=sha256:0a0a", "at '/image/digest'");
}

#[test]
fn an_unknown_pull_policy_is_refused() {
    assert_refused(
        "--set",
        "image.pullPolicy=Sometimes",
        "must be one of 'Always'",
    );
}

#[test]
fn a_switch_that_is_no_boolean_is_refused() {
    let expected = "at '/crds/install': got string, want boolean";
    assert_refused("--set-string", "crds.install=false", expected);
}

#[test]
fn a_node_label_that_is_no_string_is_refused() {
    assert_refused("--set", "nodeSelector.gpu=true", "at '/nodeSelector/gpu'");
}

#[test]
fn a_pull_secret_without_a_name_is_refused() {
    assert_refused(
        "--set-json",
        "imagePullSecrets=[{}]",
        "missing property 'name'",
    );
}

#[test]
fn a_kubernetes_that_is_too_old_is_refused() {
    let output = helm(&[
        "template",
        "coffer",
        "charts/coffer",
        "--kube-version",
        "1.32.9",
    ]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("kubeVersion: >=1.33.0-0"),
        "{}",
        said(&output)
    );
}

#[test]
fn labels_of_the_users_do_not_take_the_pod_from_its_deployment() {
    let set = "podLabels.app\\.kubernetes\\.io/name=mine,podLabels.team=a";
    let deployment = deployment(&[set]);
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(labels["team"], "a");
    for (name, value) in deployment["spec"]["selector"]["matchLabels"]
        .as_object()
        .unwrap()
    {
        assert_eq!(&labels[name], value);
    }
}

/// Helm takes a number for a float.
#[test]
fn a_quota_reaches_the_operator_as_it_is_written() {
    for (value, argument) in [
        ("\"unlimited\"", "unlimited"),
        ("0", "0"),
        ("1000000", "1000000"),
    ] {
        let set = format!("quota.account={value}");
        let container = deployment_of(&helm_template(&["--set-json", &set]));
        let args = strings(&container["spec"]["template"]["spec"]["containers"][0]["args"]);
        let at = args
            .iter()
            .position(|arg| arg == "--account-quota")
            .unwrap();
        assert_eq!(args[at + 1], argument);
    }
    assert_refused("--set", "quota.account=many", "at '/quota/account'");
    assert_refused("--set-json", "quota.account=1.5e7", "at '/quota/account'");
}
