//! Command lines that are wrong.

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

/// All of them fail.
pub(super) async fn all(proof: &Proof) {
    for line in LINES {
        let value = proof.mark(line, Answer::Unsent);
        let words = line.replace('V', &value);
        let words: Vec<_> = words.split(' ').collect();
        let (success, said) = proof.coffer(&words, &value).await;
        assert!(!success, "{line}: {said}");
    }
    // Kubernetes does not take a native Secret like this.
    let value = proof.mark_refused("create --type", "typed");
    let literal = format!("k={value}");
    let of = [
        "--store",
        "vault",
        "--type",
        "kubernetes.io/tls",
        "--from-literal",
        &literal,
    ];
    proof
        .coffer_does(&[&["create", "secret", "typed"][..], &of].concat(), "")
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
