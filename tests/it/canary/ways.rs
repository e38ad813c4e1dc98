//! The ways of kubectl, each with a target and without.

use serde_json::json;

use super::marks::Answer::{self, Refused, Taken};
use super::{Proof, edit};
use crate::support::manifest;

/// For a Secret that is not there yet.
const NEW: [&[&str]; 5] = [
    &["create", "-o", "yaml", "-f", "-"],
    &["create", "--save-config", "-f", "-"],
    &["apply", "-o", "json", "-f", "-"],
    &["apply", "--server-side", "-o", "yaml", "-f", "-"],
    &["apply", "--server-side", "--field-manager=ci", "-f", "-"],
];

/// Over one that is there.
const OVER: [&[&str]; 5] = [
    &["apply", "-o", "yaml", "--show-managed-fields", "-f", "-"],
    &["apply", "--server-side", "--force-conflicts", "-f", "-"],
    &["apply", "--force", "-f", "-"],
    &["replace", "-o", "yaml", "-f", "-"],
    &["replace", "--force", "-f", "-"],
];

/// Nothing is stored. The last two succeed with 1: there is a difference.
const PROBING: [&[&str]; 5] = [
    &["create", "--dry-run=server", "-o", "yaml", "-f", "-"],
    &["apply", "--dry-run=server", "-o", "yaml", "-f", "-"],
    &[
        "apply",
        "--server-side",
        "--force-conflicts",
        "--dry-run=server",
        "-o",
        "yaml",
        "-f",
        "-",
    ],
    &["diff", "-f", "-"],
    &["diff", "--server-side", "--force-conflicts", "-f", "-"],
];

/// What kubectl shows of what is there.
const SHOWING: [&[&str]; 5] = [
    &["get", "csec", "-o", "yaml", "--show-managed-fields"],
    &["get", "csec", "-o", "wide"],
    &["describe", "csec"],
    &["get", "events", "-o", "yaml"],
    &[
        "apply",
        "view-last-applied",
        "csec",
        "way-2-delivered",
        "way-5-kept",
    ],
];

/// Everything, each way with a value of its own.
pub(super) async fn all(proof: &Proof) {
    for target in [true, false] {
        let mut name = names(target);
        for way in NEW {
            new(proof, way, &name(), target).await;
        }
        for way in OVER {
            over(proof, way, &name(), target).await;
        }
        for way in ["merge", "json"] {
            patch(proof, way, &name(), target).await;
        }
        edit::rightly(proof, &name(), target).await;
    }
    for way in PROBING {
        for there in [true, false] {
            let name = format!("probed-{there}");
            if there {
                proof
                    .ns
                    .apply(&manifest::plain(&name, "vault", "first"))
                    .await;
            }
            // What is there is not made anew.
            let is_conflict = there && way[0] == "create";
            let answer = if is_conflict { Refused(409) } else { Taken };
            let value = proof.mark(&way.join(" "), answer);
            proof.kubectl(way, &manifest::secret(&name, &value)).await;
        }
    }
    copy(proof).await;
    list(proof).await;
    for way in SHOWING {
        proof.kubectl_does(way, "").await;
    }
}

/// `way-0-delivered`, …
fn names(target: bool) -> impl FnMut() -> String {
    let suffix = if target { "delivered" } else { "kept" };
    let mut number = 0;
    move || {
        number += 1;
        format!("way-{}-{suffix}", number - 1)
    }
}

pub(super) fn secret(name: &str, value: &str, target: bool) -> String {
    if target {
        manifest::secret(name, value)
    } else {
        manifest::plain(name, "vault", value)
    }
}

/// A value for the native Secret of this name, or for none.
pub(super) fn mark(proof: &Proof, way: &str, name: &str, target: bool, answer: Answer) -> String {
    let natives: &[&str] = if target { &[name] } else { &[] };
    proof.mark_for(way, natives, answer)
}

async fn new(proof: &Proof, way: &[&str], name: &str, target: bool) {
    let value = mark(proof, &way.join(" "), name, target, Taken);
    proof.kubectl_does(way, &secret(name, &value, target)).await;
    proof.ns.ready(name).await;
}

async fn over(proof: &Proof, way: &[&str], name: &str, target: bool) {
    proof.ns.apply(&secret(name, "first", target)).await;
    // So that the operator does not write in between.
    proof.ns.ready(name).await;
    new(proof, way, name, target).await;
}

async fn patch(proof: &Proof, way: &str, name: &str, target: bool) {
    let value = mark(proof, &format!("patch {way}"), name, target, Taken);
    proof.ns.apply(&secret(name, "first", target)).await;
    let patch = match way {
        "merge" => json!({ "spec": { "data": { "value": { "value": value } } } }),
        _ => json!([{ "op": "replace", "path": "/spec/data/value/value", "value": value }]),
    };
    let type_ = format!("--type={way}");
    let arguments = ["patch", "csec", name, &type_, "-o", "yaml", "-p"];
    proof
        .kubectl_does(&[&arguments[..], &[&patch.to_string()]].concat(), "")
        .await;
    proof.ns.ready(name).await;
}

/// The copy that kubectl keeps, brought by itself.
async fn copy(proof: &Proof) {
    proof
        .ns
        .apply(&manifest::plain("copied", "vault", "v"))
        .await;
    let value = proof.mark("apply set-last-applied", Taken);
    let arguments = [
        "apply",
        "set-last-applied",
        "--create-annotation",
        "-f",
        "-",
    ];
    proof
        .kubectl_does(&arguments, &manifest::plain("copied", "vault", &value))
        .await;
}

/// Several in one list, and several values in one.
async fn list(proof: &Proof) {
    let value = proof.mark_for("a list", &["listed-0", "listed-1"], Taken);
    let data = json!({
        "text": { "value": format!("p\u{e4}ss \"{value}\" <&>\\ '{value}'\n") },
        "base64": { "value": base64(&value), "encoding": "Base64" },
    });
    let item = |name: &str| {
        json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "metadata": { "name": name },
            "spec": { "storeRef": { "name": "vault" }, "data": data, "target": {} },
        })
    };
    let list = json!({
        "apiVersion": "v1", "kind": "List", "items": [item("listed-0"), item("listed-1")],
    });
    proof
        .kubectl_does(&["apply", "-f", "-"], &list.to_string())
        .await;
    for name in ["listed-0", "listed-1"] {
        proof.ns.ready(name).await;
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}
