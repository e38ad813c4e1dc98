//! What is refused, where, with which words; and that no refusal shows a value.

use super::{CANARY, Manifest, sealed, secret};
use crate::cli::seal::problem::Reason;

/// Seals `text`, which has to fail, and gives the messages; none of them may hold the canary.
fn refused(text: &str) -> String {
    assert!(
        text.contains(CANARY),
        "this test proves nothing without the canary"
    );
    let said = sealed(text).expect_err("this has to be refused").join("\n");
    // Half of it would be a leak as well.
    for piece in ["hunter", "canary", "nter2"] {
        assert!(!said.contains(piece), "the value shows in: {said}");
    }
    said
}

/// Refuses a Secret with this data, where the data starts in line 7, and compares.
#[track_caller]
fn refuses(data: &str, place: &str, words: &str) {
    let said = refused(&secret(data));
    assert!(said.starts_with(&format!("{place}: ")), "{said}");
    assert!(said.contains(words), "{said}");
}

/// Such a value would be left as it is, and go into Git with the others.
#[test]
fn a_value_under_a_field_that_is_not_known() {
    let sealed = secret("    k: {value: v}\n");
    for (field, place, words) in [
        (
            "\nstringData: {k: hunter2-canary}\nspec:",
            "4:1",
            "the Secret has an unknown field",
        ),
        (
            "\nspec:\n  dta: {k: {value: hunter2-canary}}",
            "5:3",
            "spec has an unknown field",
        ),
        (
            "\nspec:\n  target: {data: hunter2-canary}",
            "5:12",
            "spec.target has an unknown field",
        ),
    ] {
        let said = refused(&sealed.replace("\nspec:", field));
        assert!(
            said.starts_with(&format!("{place}: ")) && said.contains(words),
            "{said}"
        );
    }
    let store = sealed.replace("{name: payments}", "{name: payments, key: hunter2-canary}");
    assert!(refused(&store).starts_with("5:30: spec.storeRef has an unknown field"));
    let source = "    k: {fromSecret: {name: a, key: b, value: hunter2-canary}}\n";
    refuses(source, "7:39", "fromSecret has an unknown field");
}

/// What is known here is what the definition has.
#[test]
fn the_fields_of_the_definition_are_known() {
    use kube::CustomResourceExt as _;
    let definition = serde_json::json!(crate::api::Secret::crd());
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    let spec = &schema["spec"]["properties"];
    let names = |schema: &serde_json::Value| -> Vec<String> {
        schema.as_object().unwrap().keys().cloned().collect()
    };
    let with = |field: &str, name: &str| {
        secret("    k: {value: hunter2-canary}\n").replace(field, &format!("{field}{name}: x\n"))
    };
    for name in names(spec)
        .iter()
        .filter(|name| !["storeRef", "data"].contains(&name.as_str()))
    {
        sealed(&with("spec:\n", &format!("  {name}"))).unwrap();
    }
    for name in names(&spec["target"]["properties"]) {
        sealed(&with("spec:\n", &format!("  target:\n    {name}"))).unwrap();
    }
}

#[test]
fn an_alias_in_place_of_a_value() {
    let data = "    k: {value: &x hunter2-canary}\n    l:\n      value: *x\n";
    let said = refused(&secret(data));
    assert!(said.contains("9:14: the value is an alias"), "{said}");
    assert!(said.contains("7:16: the value is used again"), "{said}");
}

#[test]
fn an_anchor_above_a_value_that_is_used_again() {
    refuses(
        "    k: &x {value: hunter2-canary}\n    l: *x\n",
        "7:8",
        "a key of spec.data is used",
    );
    let text = secret("    k: {value: hunter2-canary}\n").replace("spec:\n", "spec: &s\n");
    assert!(refused(&format!("{text}again: *s\n")).contains("4:7: spec is used again"));
}

#[test]
fn a_value_that_is_generated_as_well() {
    let data = "    k: {value: hunter2-canary, generate: {kind: Password}}\n";
    refuses(data, "7:9", "the value is generated; remove value");
}

#[test]
fn a_whole_secret_that_is_used_again() {
    let item = secret("    k: {value: hunter2-canary}\n").replace('\n', "\n    ");
    let text = format!("apiVersion: v1\nkind: List\nitems:\n  - &x\n    {item}\n  - *x\n");
    let said = refused(&text);
    assert!(said.contains("the Secret is used again") && said.contains("the Secret is an alias"));
}

#[test]
fn a_merge_key_on_the_way_to_a_value() {
    let data = "    k: {value: hunter2-canary}\n    l: {<<: {value: x}}\n";
    refuses(data, "8:9", "a key of spec.data uses a merge key");
    refuses(
        "    <<: {k: {value: hunter2-canary}}\n",
        "7:5",
        "spec.data uses a merge key",
    );
}

#[test]
fn a_kind_that_comes_out_of_a_merge_key_is_not_overlooked() {
    let text = "x: &x {kind: Secret, spec: {data: {k: {value: hunter2-canary}}}}\napiVersion: coffer.dev/v1alpha1\n<<: *x\n";
    assert!(refused(text).contains("3:1: the Secret uses a merge key"));
    let text = text.replace("<<: *x", "<<: [*x]");
    assert!(refused(&text).contains("3:1: the Secret uses a merge key"));
}

#[test]
fn a_kind_that_is_given_twice_is_not_overlooked() {
    let text = format!(
        "{}kind: ConfigMap\n",
        secret("    k: {value: hunter2-canary}\n")
    );
    assert!(refused(&text).contains("8:1: the Secret has the same key twice"));
}

#[test]
fn keys_that_come_twice() {
    refuses(
        "    k: {value: hunter2-canary}\n    \"k\": {value: x}\n",
        "8:5",
        "spec.data has the same",
    );
    refuses(
        "    k: {value: x, value: hunter2-canary}\n",
        "7:19",
        "the same key twice",
    );
}

#[test]
fn what_is_not_text_in_the_eyes_of_kubernetes() {
    let canary = "    x: {value: hunter2-canary}\n    k: {value: ";
    for (value, words) in [
        ("123", "a number, not text; quote it"),
        ("0x1F", "a number"),
        ("1e3", "a number"),
        ("1_0", "a number"),
        ("yes", "a boolean"),
        ("True", "a boolean"),
    ] {
        refuses(&format!("{canary}{value}}}\n"), "8:16", words);
    }
    for value in ["~", "null", "", "!!str"] {
        let said = refused(&secret(&format!("{canary}{value}}}\n")));
        if value != "!!str" {
            assert!(said.starts_with("8:9: the value is empty (null)"), "{said}");
        }
    }
}

#[test]
fn a_list_or_a_mapping_in_place_of_a_value() {
    refuses(
        "    k: {value: [hunter2-canary]}\n",
        "7:16",
        "not text but a mapping or a list",
    );
    refuses(
        "    k: {value: {hunter2-canary: x}}\n",
        "7:16",
        "not text but a mapping or a list",
    );
    refuses(
        "    k: hunter2-canary\n",
        "7:8",
        "a key of spec.data is not a mapping",
    );
    refuses(
        "    - hunter2-canary\n",
        "7:5",
        "spec.data is not a mapping",
    );
}

#[test]
fn a_tag_that_makes_something_else_of_a_value() {
    refuses(
        "    k: {value: !!binary hunter2-canary}\n",
        "7:16",
        "has a tag",
    );
    refuses(
        "    k: {value: !vault hunter2-canary}\n",
        "7:16",
        "has a tag",
    );
}

#[test]
fn a_misspelt_value_that_would_stay_in_clear() {
    refuses(
        "    k: {vaule: hunter2-canary}\n",
        "7:9",
        "has an unknown field",
    );
    refuses("    k: {hunter2-canary}\n", "7:9", "has an unknown field");
}

#[test]
fn encodings_that_do_not_fit() {
    refuses(
        "    k: {value: hunter2-canary, encoding: base64}\n",
        "7:42",
        "neither Text nor Base64",
    );
    refuses(
        "    k: {value: hunter2-canary, encoding: [Text]}\n",
        "7:42",
        "neither Text nor Base64",
    );
    refuses(
        "    k: {value: hunter2-canary, encoding: Base64}\n",
        "7:16",
        "is not Base64",
    );
}

#[test]
fn a_value_that_is_too_large() {
    let large = "hunter2-canary".repeat(5000);
    refuses(
        &format!("    k: {{value: {large}}}\n"),
        "7:16",
        "has 70000 bytes, more than 65536",
    );
}

#[test]
fn a_secret_without_data_or_without_a_place() {
    let whole = secret("    k: {value: hunter2-canary}\n");
    let note = "  # hunter2-canary\n";
    assert!(
        refused(&whole.replace("  data:\n    k: {value", "  dato:\n    k: {value"))
            .contains("5:3: spec.data is empty")
    );
    assert!(refused(&secret(note)).contains("spec.data is empty"));
    assert!(refused(&secret(&format!("    {{}}\n{note}"))).contains("7:5: spec.data is empty"));
    assert!(
        refused(&whole.replace("storeRef: {name: payments}", "storeRef: {}"))
            .contains("spec.storeRef.name is missing")
    );
    assert!(refused(&whole.replace("name: payments", "name: 12")).contains("name is not text"));
    assert!(refused(&whole.replace("name: stripe", "name: true")).contains("name is not text"));
    assert!(refused(&whole.replace("spec:", "spac:")).contains("spec is missing"));
    assert!(refused(&whole.replace("v1alpha1", "v9")).contains("this version of coffer.dev"));
}

#[test]
fn templates_that_are_not_rendered() {
    refuses(
        "    k: {value: hunter2-canary}\n    l:\n      value: {{ .Values.x }}\n",
        "9:14",
        "render the template",
    );
    let block = "    {{- range .Values.x }}\n    k: {value: hunter2-canary}\n    {{- end }}\n";
    assert!(refused(&secret(block)).contains("render the template first"));
    let line = "    k: {value: hunter2-canary}\n{{ if .x }}\n    l: {value: y}\n{{ end }}\n";
    assert!(refused(&secret(line)).contains("render the template first"));
}

#[test]
fn texts_that_are_no_yaml_are_refused_in_our_own_words() {
    for (data, words) in [
        ("    k: {value: \"hunter2-canary}\n", "is not closed"),
        ("    k: {value: 'hunter2-canary}\n", "is not closed"),
        ("    k: {value: hunter2-canary\n", "not valid YAML"),
        ("    k: {value: @hunter2-canary}\n", "not valid YAML"),
        ("    k:\n      value: %hunter2-canary\n", "not valid YAML"),
        ("    k:\n      value: `hunter2-canary\n", "not valid YAML"),
        ("    k:\n\tvalue: hunter2-canary\n", "tab"),
        ("    k:\n      value: a: hunter2-canary\n", "not valid YAML"),
        (
            "    k:\n      value: hunter2-canary\n     x: y\n",
            "not valid YAML",
        ),
        ("    k: {value: \"hunter2-canary\\q\"}\n", "escape"),
        (
            "    k: {value: \"hunter2-canary\\ud83d\\ude00\"}\n",
            "escape",
        ),
        ("    k: {value: \"hunter2-canary\\uzzzz\"}\n", "escape"),
        ("    k: {value: *hunter2-canary}\n", "anchor"),
        ("    k: {value: \"x\"hunter2-canary}\n", "not valid YAML"),
        ("    k: {value: hunter2-canary\0}\n", "unprintable"),
        (
            "    k:\n      value: |\n          hunter2-canary\n        x\n",
            "",
        ),
        (
            "    k:\n      value: |0\n        hunter2-canary\n",
            "indentation",
        ),
        ("    k: hunter2-canary\n   l: x\n", ""),
    ] {
        let said = refused(&secret(data));
        assert!(said.contains(words), "{data:?}: {said}");
    }
}

#[test]
fn anchors_do_not_reach_into_the_next_document() {
    let text = format!(
        "x: &x hunter2-canary\n---\n{}",
        secret("    k: {value: *x}\n")
    );
    assert!(refused(&text).contains("anchor"));
}

#[test]
fn nesting_without_end_is_refused_and_does_not_overflow() {
    for (open, times) in [
        ("[", 100_000),
        ("{a: ", 100_000),
        ("- ", 100_000),
        ("? ", 5000),
    ] {
        let said = refused(&format!("# hunter2-canary\n{}", open.repeat(times)));
        assert!(said.contains("levels of nesting"), "{said}");
    }
}

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    let said = refused(&secret(
        "    k: {value: 12}\n    l: {value: no}\n    m: {value: [hunter2-canary]}\n",
    ));
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn an_envelope_that_would_change_the_structure_is_not_spliced() {
    for value in ["x", "'x'", "\"x\""] {
        let text = secret(&format!(
            "    k:\n      value: {value}\n    l: {{value: z}}\n"
        ));
        let manifest = Manifest::read(&text).unwrap();
        for envelope in ["a: b", "a\n    l: b", "'", "\"", "a #b", "*a"] {
            let spliced = manifest.splice(&[(&manifest.fields()[0], envelope.to_owned())]);
            match spliced {
                Ok(out) => assert_eq!(
                    Manifest::read(&out).unwrap().written(&manifest.fields()[0]),
                    envelope
                ),
                Err(problem) => assert_eq!(problem.reason, Reason::WouldDisturb),
            }
        }
    }
}
