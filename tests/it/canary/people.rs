//! `kubectl coffer` and `coffer seal`: values are sealed on the author's machine.

mod wrongly;

use super::marks::Answer;
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
    wrongly::all(proof).await;
}

fn named(what: &str, target: bool) -> String {
    format!("{what}-{}", if target { "delivered" } else { "kept" })
}

async fn create(proof: &Proof, target: bool) {
    let name = named("created", target);
    let mark = |way| ways::mark(proof, way, &name, target, Answer::Unsent);
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
    let typed = format!(
        "typed={}",
        ways::mark(proof, "set", &name, target, Answer::Unsent)
    );
    let stdin = ways::mark(proof, "set --from-file", &name, target, Answer::Unsent);
    let arguments = ["set", &name, &typed, "--from-file", "value=-"];
    proof.coffer_does(&arguments, &stdin).await;
    proof.ns.ready(&name).await;
}

async fn seal(proof: &Proof, target: bool) {
    let name = named("sealed", target);
    let value = ways::mark(proof, "seal", &name, target, Answer::Unsent);
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
    let value = ways::mark(proof, "seal value", &name, target, Answer::Unsent);
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
        let value = proof.mark(&arguments.join(" "), Answer::Unsent);
        let more = ["--from-file", "k=-"];
        proof
            .coffer_does(&[arguments, &more].concat(), &value)
            .await;
    }
}
