//! What is found in manifests, without a cluster; no message shows a value.

mod keys;

use std::fmt::Write as _;

use super::Verification;
use super::finding::Finding;
use super::stores::Stores;

const HEAD: &str = "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: { name: stripe, namespace: team-a }\n";
const ENVELOPE: &str =
    "coffer.v1.0123456789abcdef.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";

fn findings(text: &str, stores: Stores, allow_plaintext: bool) -> Vec<Finding> {
    let verification = Verification {
        stores,
        server: None,
        namespace: None,
        allow_plaintext,
    };
    let mut findings = Vec::new();
    verification.file("f.yaml", text, &mut findings).unwrap();
    findings
}

/// What is said about a text.
#[track_caller]
fn said(text: &str) -> Vec<String> {
    let said: Vec<String> = findings(text, Stores::default(), false)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        said.iter().all(|line| !line.contains("hunter2")),
        "{said:?}"
    );
    said
}

/// Fails unless the spec is refused with exactly these words.
#[track_caller]
fn is_refused(spec: &str, words: &str) {
    assert_eq!(said(&format!("{HEAD}spec:\n{spec}")), [words], "{spec}");
}

#[test]
fn a_sealed_manifest_is_well() {
    let text = format!(
        "{HEAD}spec:\n  storeRef: {{ name: payments }}\n  data:\n    a: {{ value: {ENVELOPE} }}\n    b: {{ fromSecret: {{ name: postgres, key: k }} }}\n  target: {{ labels: {{ team: x }} }}\nstatus: {{ whatever: 1 }}\n"
    );
    assert_eq!(said(&text), [] as [&str; 0]);
}

#[test]
fn a_template_that_does_not_parse_is_found_where_it_stands_and_not_quoted() {
    for (template, words) in [
        (
            "hunter2 {{ a",
            "does not parse in line 1; correct the template",
        ),
        (
            "{{ a }}\\n{% for x in [1] %}hunter2{% endfor %}",
            "uses a list in line 2; correct the template",
        ),
        (
            "{% include 'hunter2' %}",
            "uses a statement that templates here do not have in line 1; correct the template",
        ),
    ] {
        let spec = format!(
            "  storeRef: {{ name: payments }}\n  target:\n    template:\n      c.ini: \"{template}\"\n"
        );
        let place = "f.yaml:8:7: Secret team-a/stripe: spec.target.template.c.ini:";
        is_refused(&spec, &format!("{place} {words}"));
    }
}

#[test]
fn what_is_not_of_coffer_is_left_alone() {
    let text = "apiVersion: v1\nkind: Secret\nstringData: { a: hunter2 }\n---\n- hunter2\n---\n";
    assert_eq!(said(text), [] as [&str; 0]);
}

#[test]
fn a_value_in_clear_is_found_and_not_shown() {
    is_refused(
        "  storeRef: { name: payments }\n  data:\n    a:\n      value: hunter2\n",
        "f.yaml:8:7: Secret team-a/stripe: spec.data.a.value: is in clear; seal it with `coffer seal`",
    );
}

#[test]
fn a_value_in_clear_is_judged_where_it_is_allowed() {
    let data =
        |entry: &str| format!("{HEAD}spec: {{ storeRef: {{ name: p }}, data: {{ a: {entry} }} }}");
    let said = |entry: &str| {
        let found = findings(&data(entry), Stores::default(), true);
        found
            .iter()
            .map(|finding| finding.message.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(said("{ value: hunter2 }"), [] as [&str; 0]);
    assert_eq!(
        said("{ value: hunter2!, encoding: Base64 }"),
        ["is not Base64; correct it, or remove `encoding: Base64`"]
    );
}

#[test]
fn a_misspelt_field_is_told_what_was_meant() {
    is_refused(
        "  storeRef: { name: payments }\n  taget: {}\n",
        "f.yaml:6:3: Secret team-a/stripe: spec.taget: is not known; did you mean `target`?",
    );
}

#[test]
fn a_field_that_may_be_a_value_is_not_repeated() {
    is_refused(
        "  storeRef: { name: payments }\n  hunter2: {}\n",
        "f.yaml:4:1: Secret team-a/stripe: spec: has a field that is not known; remove it, or write one of comment, data, name, scopes, storeRef, target",
    );
    is_refused(
        "  storeRef: { name: payments }\n  data: { hunter2 }\n",
        "f.yaml:6:3: Secret team-a/stripe: spec.data: has an entry that is no mapping; write KEY: { value: \"…\" }",
    );
}

#[test]
fn what_is_not_text_is_not_shown() {
    is_refused(
        "  storeRef: { name: payments }\n  data: { a: { value: 47114711 } }\n",
        "f.yaml:6:16: Secret team-a/stripe: spec.data.a.value: is a number, not text; quote it",
    );
    is_refused(
        "  storeRef: { name: yes }\n",
        "f.yaml:5:15: Secret team-a/stripe: spec.storeRef.name: is a boolean, not text; quote it",
    );
}

#[test]
fn what_is_missing_is_named() {
    is_refused(
        "  comment: c\n",
        "f.yaml:4:1: Secret team-a/stripe: spec.storeRef: is missing; add it",
    );
    assert_eq!(
        said("apiVersion: coffer.dev/v1alpha1\nkind: Secret\n"),
        [
            "f.yaml:1:1: Secret: metadata: is missing or no mapping; give it a name",
            "f.yaml:1:1: Secret: spec: is missing; add it",
        ]
    );
}

#[test]
fn the_rules_of_the_definition_speak_for_themselves() {
    is_refused(
        "  storeRef: { name: Payments }\n",
        "f.yaml:5:15: Secret team-a/stripe: spec.storeRef.name: must be a DNS subdomain: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
    );
    is_refused(
        "  storeRef: { name: payments }\n  data: { a: { encoding: Base64 } }\n",
        "f.yaml:6:11: Secret team-a/stripe: spec.data.a: encoding says how value is written: remove it, or give a value",
    );
    is_refused(
        "  storeRef: { name: payments }\n  target: { deletionPolicy: Keep }\n",
        "f.yaml:6:13: Secret team-a/stripe: spec.target.deletionPolicy: is none of Delete, Retain; write one of them",
    );
}

#[test]
fn an_envelope_that_is_broken_is_found() {
    is_refused(
        "  storeRef: { name: payments }\n  data: { a: { value: coffer.v1.hunter2 } }\n",
        "f.yaml:6:16: Secret team-a/stripe: spec.data.a.value: starts like an envelope but is none (the envelope does not have four parts: copy it again, whole); seal the plaintext again",
    );
}

#[test]
fn another_version_and_an_unknown_kind_are_told() {
    let said_of = |version: &str, kind: &str| {
        said(&format!("apiVersion: coffer.dev/{version}\nkind: {kind}\n"))
    };
    let [version] = &said_of("v1", "Secret")[..] else {
        panic!()
    };
    assert!(
        version.ends_with("write `coffer.dev/v1alpha1`"),
        "{version}"
    );
    let [kind] = &said_of("v1alpha1", "Secert")[..] else {
        panic!()
    };
    assert!(
        kind.contains("no such kind; write one of Secret, SecretStore"),
        "{kind}"
    );
}

#[test]
fn names_and_labels_are_looked_at() {
    let text = format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata:\n  name: hunter2_\n  namespace: a.b\n  label: {{}}\n  labels: {{ a: 1 }}\nspec: {{ storeRef: {{ name: p }}, data: {{ a: {{ value: {ENVELOPE} }} }} }}\n"
    );
    let said = said(&text);
    assert_eq!(said.len(), 4, "{said:#?}");
    assert!(
        said.iter()
            .any(|line| line.starts_with("f.yaml:4:3: Secret: metadata.name: must be"))
    );
    assert!(
        said.iter()
            .any(|line| line.contains("metadata.label: is not known; did you mean `labels`?"))
    );
}

#[test]
fn the_annotation_of_kubectl_is_looked_into() {
    let text = "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata:\n  name: a\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"spec\":{\"data\":{\"a\":{\"value\":\"hunter2\"}}}}'\nspec: { storeRef: { name: p } }\n";
    let said = said(text);
    assert!(
        said.len() == 1 && said[0].contains("holds values in clear; remove it"),
        "{said:?}"
    );
}

#[test]
fn lists_aliases_and_merges_are_read_as_kubernetes_reads_them() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: coffer.dev/v1alpha1\n  kind: Secret\n  metadata: &m { name: a }\n  spec: { storeRef: { name: p }, data: { a: &v { value: hunter2 }, b: *v } }\n- apiVersion: coffer.dev/v1alpha1\n  kind: SecretStore\n  metadata: { <<: *m }\n  spec: { deletionPolicy: No }\n";
    let said = said(text);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(
        said[1].contains("spec.data.b.value: is in clear"),
        "{said:#?}"
    );
    assert!(
        said[2].contains("SecretStore a: spec.deletionPolicy: is a boolean"),
        "{said:#?}"
    );
}

#[test]
fn aliases_of_aliases_do_not_fill_the_memory() {
    let mut text = String::from(
        "kind: Secret\napiVersion: coffer.dev/v1alpha1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n",
    );
    for n in 1..12 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        let _ = writeln!(text, "a{n}: &a{n} [{list}]");
    }
    assert!(said(&text)[0].contains("this is no manifest"));
}

#[test]
fn a_text_that_is_no_yaml_says_where() {
    let said = said("a: [hunter2\n");
    assert!(
        said.len() == 1 && said[0].starts_with("f.yaml:2:1: "),
        "{said:?}"
    );
}
