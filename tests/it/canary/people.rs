//! `kubectl coffer` and `coffer seal`: values are sealed on the author's machine.

use super::{Proof, ways};
use crate::support::manifest;

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    for target in [true, false] {
        create(proof, target).await;
        set(proof, target).await;
        seal(proof, target).await;
        seal_value(proof, target).await;
    }
    dry_runs(proof).await;
    for arguments in [
        &["get"][..],
        &["get", "-o", "wide"],
        &["get", "-o", "json"],
        &["get", "-o", "yaml"],
        &["tree"],
        &["tree", "-o", "json"],
    ] {
        proof.coffer_does(arguments, "").await;
    }
    wrongly(proof).await;
}

/// A value, named so, for a native Secret of that name or for none.
fn mark(proof: &Proof, way: &str, name: &str, target: bool) -> String {
    let natives: &[&str] = if target { &[name] } else { &[] };
    proof.mark_for(way, natives)
}

fn named(what: &str, target: bool) -> String {
    format!("{what}-{}", if target { "delivered" } else { "kept" })
}

async fn create(proof: &Proof, target: bool) {
    let name = named("created", target);
    let mark = |way| mark(proof, way, &name, target);
    let literal = format!("literal={}", mark("create --from-literal"));
    let file = proof.file("token", &mark("create --from-file"));
    let env = format!("A='{}'\n", mark("create --from-env-file"));
    let env = proof.file("good.env", &env);
    let stdin = mark("create --from-file k=-");
    let arguments = [
        "create",
        "secret",
        &name,
        "--store",
        "vault",
        "--from-literal",
        &literal,
        "--from-file",
        &file,
        "--from-env-file",
        &env,
        "--from-file",
        "stdin=-",
        "-o",
        "yaml",
    ];
    let kept: &[&str] = if target { &[] } else { &["--no-target"] };
    proof
        .coffer_does(&[&arguments[..], kept].concat(), &stdin)
        .await;
    proof.ns.ready(&name).await;
}

async fn set(proof: &Proof, target: bool) {
    let name = named("set", target);
    proof.ns.apply(&ways::secret(&name, "first", target)).await;
    let typed = format!("typed={}", mark(proof, "set", &name, target));
    let stdin = mark(proof, "set --from-file", &name, target);
    let arguments = ["set", &name, &typed, "--from-file", "value=-"];
    proof.coffer_does(&arguments, &stdin).await;
    proof.ns.ready(&name).await;
}

async fn seal(proof: &Proof, target: bool) {
    let name = named("sealed", target);
    let value = mark(proof, "seal", &name, target);
    let plain = ways::secret(&name, &value, target);
    let sealed = proof.coffer_does(&["seal", "-"], &plain).await;
    let file = proof.file("in-place.yaml", &plain);
    proof.coffer_does(&["seal", "-i", &file], "").await;
    let in_place = std::fs::read_to_string(file).unwrap();
    for manifest in [sealed, in_place] {
        assert!(!manifest.contains(&value));
        proof
            .coffer_does(&["verify", "--server", "-"], &manifest)
            .await;
        proof.kubectl_does(&["apply", "-f", "-"], &manifest).await;
        proof.ns.ready(&name).await;
    }
}

async fn seal_value(proof: &Proof, target: bool) {
    let name = named("one", target);
    let value = mark(proof, "seal value", &name, target);
    let arguments = [
        "seal", "value", "--store", "vault", "--name", &name, "--key", "value",
    ];
    let envelope = proof.coffer_does(&arguments, &value).await;
    let manifest = ways::secret(&name, envelope.trim(), target);
    proof.kubectl_does(&["create", "-f", "-"], &manifest).await;
    proof.ns.ready(&name).await;
}

async fn dry_runs(proof: &Proof) {
    proof.ns.apply(&manifest::plain("dry", "vault", "v")).await;
    for arguments in [
        &[
            "create",
            "secret",
            "dry-run",
            "--store",
            "vault",
            "--dry-run=client",
            "-o",
            "yaml",
        ][..],
        &[
            "create",
            "secret",
            "dry-run",
            "--store",
            "vault",
            "--dry-run=server",
            "-o",
            "json",
        ],
        &["set", "dry", "--dry-run=server"],
    ] {
        let value = proof.mark(&arguments.join(" "));
        let more = ["--from-file", "k=-"];
        proof
            .coffer_does(&[arguments, &more].concat(), &value)
            .await;
    }
}

/// Words of a command line; `V` stands for the value. It stands where a value is expected: what is typed
/// where a name, a file or a format is, is repeated in the answer.
const WRONGLY: [&[&str]; 21] = [
    &[
        "create",
        "secret",
        "x",
        "--store",
        "nowhere",
        "--from-literal",
        "k=V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-literal",
        "V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-litteral",
        "k=V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-literal=k=V",
        "V",
    ],
    &["create", "secret", "k=V", "--store", "vault"],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-literal",
        "a/b=V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-literal",
        "k=a",
        "--from-literal",
        "k=V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-file",
        "V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-file",
        "k=V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-env-file",
        "-",
    ],
    &[
        "create",
        "secret",
        "x",
        "--store",
        "vault",
        "--from-file",
        "k=-",
        "--from-file",
        "l=-",
    ],
    &[
        "create",
        "secret",
        "dry",
        "--store",
        "vault",
        "--from-literal",
        "k=V",
    ],
    &[
        "create",
        "secret",
        "x",
        "--kubeconfig",
        "/nowhere",
        "--store",
        "vault",
        "--from-literal",
        "k=V",
    ],
    &["create", "V"],
    &["set", "nothing", "k=V"],
    &["set", "dry", "V"],
    &["set", "k=V"],
    &["set", "dry", "k=V", "--unset", "k"],
    &["set", "dry", "--unset", "V"],
    &[
        "seal", "value", "--store", "nowhere", "--name", "x", "--key", "k",
    ],
    &[
        "seal", "value", "--store", "vault", "--name", "x", "--key", "k", "V",
    ],
];

async fn wrongly(proof: &Proof) {
    for words in WRONGLY {
        let value = proof.mark(&words.join(" "));
        let words: Vec<_> = words.iter().map(|word| word.replace('V', &value)).collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let (success, said) = proof.coffer(&words, &value).await;
        assert!(!success, "{words:?}: {said}");
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
        let value = proof.mark(&format!(".env, {what}"));
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
