//! While no webhook answers, and when nobody is asked any more.

use serde_json::json;

use super::marks::Answer;
use super::{Proof, ways};
use crate::support::{eventually, manifest};

/// By these ways a value in clear does not get in.
const WAYS: [&[&str]; 5] = [
    &["create", "-f", "-"],
    &["apply", "-f", "-"],
    &["apply", "--server-side", "-f", "-"],
    &["apply", "--dry-run=server", "-f", "-"],
    &["replace", "-f", "-"],
];

/// Everything, first with the operator gone, then with the configuration of the webhooks gone as well.
pub(super) async fn all(proof: &mut Proof) {
    let sealer = proof.ns.sealer("vault").await;
    proof
        .ns
        .apply(&manifest::plain("there", "vault", "v"))
        .await;
    proof.isolated.kill9();
    refused(proof, "down", 500).await;
    let arguments = ["delete", "mutatingwebhookconfiguration", "coffer"];
    proof.kubectl_does(&arguments, "").await;
    eventually("nobody is asked", async || {
        let value = proof.mark("in between", Answer::Failed);
        let said = proof
            .kubectl(WAYS[0], &ways::secret("between", &value, false))
            .await
            .1;
        let refused = said.contains("the webhook that seals values did not do it");
        refused.then_some(()).ok_or(said)
    })
    .await;
    refused(proof, "gone", 422).await;

    let value = proof.mark_for(
        "sealed while no webhook answers",
        &["sealed-meanwhile"],
        Answer::Unsent,
    );
    let envelope = sealer.strict("sealed-meanwhile", "value", value.as_bytes());
    let manifest = manifest::secret("sealed-meanwhile", &envelope);
    proof.kubectl_does(&["apply", "-f", "-"], &manifest).await;
    proof.isolated.start_operator_unready().await;
    proof.ns.ready("sealed-meanwhile").await;
}

async fn refused(proof: &Proof, when: &str, code: u16) {
    for (number, way) in WAYS.into_iter().enumerate() {
        let value = proof.mark(&format!("{when}: {}", way.join(" ")), Answer::Refused(code));
        let name = match way[0] {
            "replace" => "there".to_owned(),
            _ => format!("{when}-{number}"),
        };
        let (success, said) = proof
            .kubectl(way, &ways::secret(&name, &value, false))
            .await;
        assert!(!success, "{when}, {way:?}: {said}");
    }
    let value = proof.mark(&format!("{when}: patch"), Answer::Refused(code));
    let patch = json!({ "spec": { "data": { "value": { "value": value } } } }).to_string();
    let arguments = ["patch", "csec", "there", "--type=merge", "-p", &patch];
    let (success, said) = proof.kubectl(&arguments, "").await;
    assert!(!success, "{when}: {said}");
}
