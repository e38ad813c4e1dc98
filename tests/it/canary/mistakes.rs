//! What people get wrong, by every way of kubectl, and as `coffer seal` and `coffer verify` are given it.
//!
//! Not in Coffer's hands: the API server looks at the types of fields before any webhook is asked. A
//! server-side apply of a field of the wrong type it refuses, and its answer quotes the field; of any other
//! write it quotes the field in its own log (at most once a second, so not of each).

mod manifests;
mod patches;

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use serde_json::json;

use super::audit::{self, Entry};
use super::marks::{Answer, Quoted};
use super::{Proof, edit};
use crate::support::Namespace;
use manifests::{ADVISED, Kind, MISTAKES, Mistake, data};

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
            let code = mistake
                .codes
                .get(way)
                .copied()
                .filter(|_| arguments[0] != "coffer");
            runs.push((&proof.ns, mistake, *arguments, name, code.unwrap_or(0)));
        }
        let (name, code) = (format!("mistake-{number}"), mistake.codes[7]);
        runs.push((unadvised, mistake, WAYS[1], name, code));
    }
    // What is not read has no name in the audit log.
    let mut asked = BTreeMap::<String, Vec<u16>>::new();
    for (ns, mistake, _, name, code) in runs
        .iter()
        .filter(|run| run.4 > 0 && run.1.codes != ADVISED)
    {
        let name = match (code, mistake.what) {
            (400, _) => "",
            (_, "a name that is none") => &format!("{name}_"),
            _ => name,
        };
        let aim = format!("{}/{name}", ns.name);
        asked.entry(aim).or_default().push(*code);
    }
    stream::iter(runs)
        .for_each_concurrent(AT_ONCE, |(ns, mistake, arguments, name, code)| async move {
            make(proof, ns, mistake, arguments, &name, code).await;
        })
        .await;
    let mut answered = codes(proof);
    answered.retain(|aim, _| asked.contains_key(aim));
    assert_eq!(answered, asked);
    patches::all(proof).await;
    edit::wrongly(proof).await;
    unadvised.operator_caught_up().await;
    proof.ns.operator_caught_up().await;
}

async fn make(
    proof: &Proof,
    ns: &Namespace,
    mistake: &Mistake,
    arguments: &[&str],
    name: &str,
    code: u16,
) {
    let Mistake { what, kind, .. } = mistake;
    let way = format!("{what}: {}", arguments.join(" "));
    let quoted = match kind {
        Kind::Mistyped if arguments.contains(&"--server-side") => Quoted::InTheAnswer,
        Kind::Mistyped => Quoted::InTheLog,
        Kind::Wrong | Kind::Reserved => Quoted::Nowhere,
    };
    let answer = match code {
        // What is not read has no body in the audit log.
        0 | 400 => Answer::Unsent,
        // Nor has it there what was not known, but in the copy that `kubectl apply` makes.
        _ if mistake.codes[0] == 400 && arguments[0] != "apply" => Answer::Unsent,
        _ if mistake.codes == ADVISED => Answer::Sent,
        200..300 => Answer::Taken,
        code => Answer::Refused(code),
    };
    let value = match *what {
        "an unquoted number" | "a template that fails on a number" => {
            proof.mark_number(&way, answer, quoted)
        }
        _ => proof.mark_quoted(&way, answer, quoted),
    };
    let manifest = (mistake.manifest)(name, &value);
    if arguments[0] == "replace" {
        ns.apply(&data(name, &json!({ "token": { "value": "first" } })))
            .await;
        // So that the operator does not write in between.
        ns.ready(name).await;
    }
    let ((success, said), succeeds) = match arguments {
        ["coffer", arguments @ ..] => (
            proof.coffer(arguments, &manifest).await,
            mistake.passes.contains(&arguments.join(" ").as_str()),
        ),
        arguments => (
            proof.kubectl_in(ns, arguments, &manifest).await,
            matches!(code, 200..300),
        ),
    };
    assert!(
        success == succeeds || answer == Answer::Sent,
        "{way}: {said}"
    );
    assert!(!said.is_empty() || success, "{way} says nothing");
    if code == 400 {
        assert!(said.contains("strict decoding error"), "{way}: {said}");
    }
}

/// How the API server answered authors, by what they asked about; of the objects here, and of those that it has no
/// name of.
fn codes(proof: &Proof) -> BTreeMap<String, Vec<u16>> {
    let mut codes = BTreeMap::<String, Vec<u16>>::new();
    for line in audit::lines(&proof.isolated.control_plane.audit_log()) {
        let is_about = line.contains("mistake-") || line.contains("\"code\":400");
        let entry = is_about.then(|| Entry::parse(&line));
        let aim = entry.as_ref().and_then(Entry::aim);
        if let (Some(entry), Some(aim)) = (entry, aim) {
            codes.entry(aim).or_default().push(entry.code);
        }
    }
    codes
}
