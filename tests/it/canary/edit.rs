//! `kubectl edit`, with editors that do what a person would.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use tokio::process::Command;

use super::desk::Said;
use super::marks::Answer::{self, Refused, Taken, Unsent};
use super::marks::Quoted;
use super::{Proof, ways};
use crate::support::manifest;
use crate::support::ran::run;

/// The line with the value, as the editor finds it.
const LINE: &str = "      value: coffer.v1.*";

/// What is put in its place, and what becomes of it. kubectl opens the editor again then, and gives up when
/// nothing is changed any more.
const WRONGLY: [(&str, &str, Answer, Quoted); 5] = [
    (
        "not base64",
        "      value: VALUE\\n      encoding: Base64",
        Refused(422),
        Quoted::Nowhere,
    ),
    (
        "a misspelt field",
        "      vaule: VALUE",
        Refused(422),
        Quoted::InTheAnswer,
    ),
    (
        "a list",
        "      value: [VALUE]",
        Refused(422),
        Quoted::InTheLog,
    ),
    (
        "a quote that is not closed",
        "      value: \"VALUE",
        Unsent,
        Quoted::Nowhere,
    ),
    (
        "an indentation that does not fit",
        "   value: VALUE",
        Unsent,
        Quoted::Nowhere,
    ),
];

pub(super) async fn rightly(proof: &Proof, name: &str, target: bool) {
    let value = ways::mark(proof, "edit", name, target, Taken);
    proof.ns.apply(&ways::secret(name, "first", target)).await;
    let (success, said) = edit(proof, name, &format!("      value: {value}")).await;
    assert!(success, "{said}");
    proof.ns.ready(name).await;
}

pub(super) async fn wrongly(proof: &Proof) {
    for (number, (what, line, answer, quoted)) in WRONGLY.into_iter().enumerate() {
        let name = format!("edited-{number}");
        let value = proof.mark_quoted(&format!("edit, {what}"), answer, quoted);
        proof.ns.apply(&manifest::plain(&name, "vault", "v")).await;
        let (success, said) = edit(proof, &name, &line.replace("VALUE", &value)).await;
        assert!(!success, "{what}: {said}");
        assert!(
            said.contains("A copy of your changes has been stored"),
            "{what}: {said}"
        );
    }
    // The copies of what was typed, which kubectl leaves where the author works.
    for entry in proof.desk.path().read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("kubectl-edit-") {
            proof.keeps(&path);
        }
    }
}

/// Puts a line in the place of the one with the value.
async fn edit(proof: &Proof, name: &str, line: &str) -> (bool, String) {
    let script = format!("#!/bin/sh\nsed -i 's/^{LINE}/{line}/' \"$1\"\n");
    let editor = proof.file("editor", &script);
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(proof.ns.cluster.programs.join("kubectl"));
    command
        .arg("--kubeconfig")
        .arg(&proof.ns.cluster.kubeconfig)
        .args(["--namespace", &proof.ns.name, "edit", "csec", name])
        .env("KUBE_EDITOR", &editor)
        .env("TMPDIR", proof.desk.path())
        .env("KUBERC", "off");
    let output: Output = run(command, "").await;
    proof.noted(Said {
        typed: line.as_bytes().to_vec(),
        ..Said::of("kubectl edit", output)
    })
}
