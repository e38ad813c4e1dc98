//! What people get wrong, by every way of kubectl, and as `coffer seal` and `coffer verify` are given it.
//!
//! Not in Coffer's hands: the API server looks at the types of fields before any webhook is asked. A
//! server-side apply of a field of the wrong type it refuses, and its answer quotes the field; of any other
//! write it quotes the field in its own log (at most once a second, so not of each).

mod manifests;
mod patches;

use futures::{StreamExt as _, stream};
use serde_json::json;

use super::Proof;
use super::proof::Quoted;
use crate::support::Namespace;
use manifests::{Kind, MISTAKES, Mistake, data};

/// Runs at once.
const AT_ONCE: usize = 4;

/// How each is brought: by kubectl, or, where it begins with it, by `coffer`.
const WAYS: [&[&str]; 11] = [
    &["create", "-f", "-"],
    &["create", "--validate=false", "-f", "-"],
    &["apply", "-f", "-"],
    &["apply", "--validate=false", "-f", "-"],
    &["apply", "--server-side", "-f", "-"],
    &["apply", "--server-side", "--validate=false", "-f", "-"],
    &["replace", "--validate=false", "-f", "-"],
    &["coffer", "seal", "-"],
    &["coffer", "seal", "--check", "-"],
    &["coffer", "verify", "-"],
    &["coffer", "verify", "--server", "--allow-plaintext", "-"],
];

/// Each mistake by each way with a value of its own, and where nobody judges before the controller.
pub(super) async fn all(proof: &Proof) {
    let unadvised = Namespace::create_unadvised(proof.isolated.cluster.clone(), "unadvised").await;
    unadvised.store("vault", "{}").await;
    let unadvised = &unadvised;
    let mut runs = Vec::new();
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let ways = WAYS.iter().filter(|way| {
            let seals = way.starts_with(&["coffer", "seal"]);
            !seals || mistake.kind != Kind::Reserved
        });
        for (way, arguments) in ways.enumerate() {
            let name = format!("mistake-{number}-{way}");
            runs.push((&proof.ns, mistake, *arguments, name));
        }
        runs.push((unadvised, mistake, WAYS[1], format!("mistake-{number}")));
    }
    stream::iter(runs)
        .for_each_concurrent(AT_ONCE, |(ns, mistake, arguments, name)| async move {
            make(proof, ns, mistake, arguments, &name).await;
        })
        .await;
    patches::all(proof).await;
    unadvised.operator_caught_up().await;
    proof.ns.operator_caught_up().await;
}

async fn make(proof: &Proof, ns: &Namespace, mistake: &Mistake, arguments: &[&str], name: &str) {
    let Mistake {
        what,
        kind,
        manifest,
    } = mistake;
    let way = format!("{what}: {}", arguments.join(" "));
    let quoted = match kind {
        Kind::Mistyped if arguments.contains(&"--server-side") => Quoted::InTheAnswer,
        Kind::Mistyped => Quoted::InTheLog,
        Kind::Wrong | Kind::Reserved => Quoted::Nowhere,
    };
    let value = match *what {
        "an unquoted number" => proof.mark_number(&way, quoted),
        _ => proof.mark_quoted(&way, quoted),
    };
    let manifest = manifest(name, &value);
    if arguments[0] == "replace" {
        ns.apply(&data(name, &json!({ "token": { "value": "first" } })))
            .await;
    }
    match arguments {
        ["coffer", arguments @ ..] => drop(proof.coffer(arguments, &manifest).await),
        arguments => drop(proof.kubectl_in(ns, arguments, &manifest).await),
    }
}
