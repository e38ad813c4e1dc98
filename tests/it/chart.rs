//! The chart, the definitions and the plain manifest: that they agree with the code and with each
//! other, and what they may not contain.

mod agreement;
mod definitions;
mod deletion_policy;
mod pod;
mod rights;
mod values;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use coffer::cli::crds;
use serde::Deserialize as _;
use serde_json::Value;

/// Annotation by which Helm leaves an object at uninstall.
const KEEP: &str = "helm.sh/resource-policy";

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn read(relative: &str) -> String {
    fs::read_to_string(path(relative)).unwrap()
}

fn helm(args: &[&str]) -> Output {
    let helm = std::env::var_os("COFFER_TEST_HELM")
        .expect("COFFER_TEST_HELM is not set: run the tests with `cargo xtask test`");
    Command::new(helm)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn helm_template(args: &[&str]) -> Vec<Value> {
    let fixed = [
        "template",
        "coffer",
        "charts/coffer",
        "--namespace",
        "coffer-system",
    ];
    let output = helm(&[&fixed[..], &["--kube-version", "1.33.0"], args].concat());
    assert!(output.status.success(), "{}", said(&output));
    documents(&String::from_utf8(output.stdout).unwrap())
}

/// The chart as the plain manifest has it, with other values besides.
fn rendered(set: &[&str]) -> Vec<Value> {
    let mut args = vec!["--set", "namespace.create=true"];
    for value in set {
        args.extend(["--set", value]);
    }
    helm_template(&args)
}

fn assert_refused(how: &str, value: &str, expected: &str) {
    let output = helm(&["template", "coffer", "charts/coffer", how, value]);
    assert!(!output.status.success(), "{value} was accepted");
    assert!(said(&output).contains(expected), "{}", said(&output));
}

fn documents(stream: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(stream)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(|document| !document.is_null())
        .collect()
}

fn of_kind(objects: &[Value], kind: &str) -> Vec<Value> {
    objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .cloned()
        .collect()
}

fn deployment(set: &[&str]) -> Value {
    deployment_of(&rendered(set))
}

fn deployment_of(objects: &[Value]) -> Value {
    of_kind(objects, "Deployment").pop().unwrap()
}

fn rules() -> Vec<Value> {
    rules_with(&[])
}

fn rules_with(set: &[&str]) -> Vec<Value> {
    of_kind(&rendered(set), "ClusterRole")
        .iter()
        .flat_map(|role| role["rules"].as_array().unwrap().clone())
        .collect()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

fn definitions() -> Vec<Value> {
    crds::manifests()
        .unwrap()
        .iter()
        .map(|crd| serde_yaml::from_str(&crd.yaml).unwrap())
        .collect()
}

/// Visits every schema of every definition with its place (`secrets.coffer.dev.spec.data[].value`).
fn walk_definitions(mut visit: impl FnMut(&str, &Value)) {
    for crd in definitions() {
        for version in crd["spec"]["versions"].as_array().unwrap() {
            let name = crd["metadata"]["name"].as_str().unwrap();
            walk(name, &version["schema"]["openAPIV3Schema"], &mut visit);
        }
    }
}

fn walk(place: &str, schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    visit(place, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{place}.{name}"), property, visit);
    }
    for nested in ["items", "additionalProperties"] {
        if schema[nested].is_object() {
            walk(&format!("{place}[]"), &schema[nested], visit);
        }
    }
}
