//! Command lines that are wrong.

use serde_json::{Value as Json, json};

use super::Proof;
use crate::canary::marks::Answer;

/// `V` stands for the value. It stands where a value is expected: what is typed where a name, a file or a
/// format is, is repeated in the answer.
const LINES: [&str; 21] = [
    "create secret x --store nowhere --from-literal k=V",
    "create secret x --store vault --from-literal V",
    "create secret x --store vault --from-litteral k=V",
    "create secret x --store vault --from-literal=k=V V",
    "create secret k=V --store vault",
    "create secret x --store vault --from-literal a/b=V",
    "create secret x --store vault --from-literal k=a --from-literal k=V",
    "create secret x --store vault --from-file V",
    "create secret x --store vault --from-file k=V",
    "create secret x --store vault --from-env-file -",
    "create secret x --store vault --from-file k=- --from-file l=-",
    "create secret dry --store vault --from-literal k=V",
    "create secret x --kubeconfig /nowhere --store vault --from-literal k=V",
    "create V",
    "set nothing k=V",
    "set dry V",
    "set k=V",
    "set dry k=V --unset k",
    "set dry --unset V",
    "seal value --store nowhere --name x --key k",
    "seal value --store vault --name x --key k V",
];

/// The arguments that create a Secret with this value.
fn create<'a>(name: &'a str, literal: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let all = [
        "create",
        "secret",
        name,
        "--store",
        "vault",
        "--from-literal",
        literal,
    ];
    [&all[..], more].concat()
}

/// All of them fail.
pub(super) async fn all(proof: &Proof) {
    for line in LINES {
        let value = proof.mark(line, Answer::Unsent);
        let words = line.replace('V', &value);
        let words: Vec<_> = words.split(' ').collect();
        let (success, said) = proof.coffer(&words, &value).await;
        assert!(!success, "{line}: {said}");
    }
    // It lacks what its type asks for.
    let value = proof.mark("create --type", Answer::Unsent);
    let literal = format!("k={value}");
    let arguments = create("typed", &literal, &["--type", "kubernetes.io/tls"]);
    let (success, said) = proof.coffer(&arguments, "").await;
    assert!(!success, "{said}");
    // Kubernetes does not take a native Secret with as much beside its values.
    let value = proof.mark_refused("too many annotations", "annotated");
    let literal = format!("k={value}");
    let more = ["--dry-run=client", "--quiet", "-o", "json"];
    let arguments = create("annotated", &literal, &more);
    let sealed = proof.coffer_does(&arguments, "").await;
    let mut sealed: Json = serde_json::from_str(&sealed).unwrap();
    sealed["spec"]["target"] = json!({ "annotations": { "note": "x".repeat(270_000) } });
    proof
        .kubectl_does(&["create", "-f", "-"], &sealed.to_string())
        .await;
    for (what, line) in [
        ("no assignment", "V\n"),
        ("a comment or not", "A=V # or not\n"),
        ("a quote that is not closed", "A='V\n"),
        ("something to fill in", "A=$V\n"),
        ("a key that is none", "V x=1\n"),
        ("a key twice", "A=V\nA=V\n"),
    ] {
        let value = proof.mark(&format!(".env, {what}"), Answer::Unsent);
        let arguments = [
            "create",
            "secret",
            "x",
            "--store",
            "vault",
            "--from-env-file",
            "-",
        ];
        let (success, said) = proof.coffer(&arguments, &line.replace('V', &value)).await;
        assert!(!success, "{what}: {said}");
    }
}
