//! The webhooks, from outside: what an author applies, what is then stored, and what is said.

mod advise;
mod certificates;
mod cut_off;
mod down;
mod mistakes;
mod policies;
mod port;
pub(crate) mod replicas;
mod seal;
mod verdicts;
mod ways;

use coffer::crypto::Envelope;
use kube::ResourceExt as _;

use crate::support::{Canary, Namespace, manifest};

/// The annotation with kubectl's copy of the manifest.
const COPY: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Applies a manifest as `kubectl apply` does.
async fn apply(ns: &Namespace, manifest: &str) -> String {
    ns.kubectl(&["apply", "-f", "-"], manifest).await
}

/// The Secret `stripe` of store `vault`, with this value in clear.
fn stripe(canary: &Canary) -> String {
    manifest::secret("stripe", canary.value())
}

/// The envelope that is stored.
async fn stored(ns: &Namespace, name: &str) -> String {
    let secret = ns.secrets().get(name).await.unwrap();
    let value = secret.spec.data["value"].value.as_ref().unwrap();
    assert!(Envelope::parse(value.expose()).is_ok(), "it is sealed");
    value.expose().to_owned()
}

/// What changes when anything does.
async fn version(ns: &Namespace, name: &str) -> (String, i64) {
    let secret = ns.secrets().get(name).await.unwrap();
    let generation = secret.metadata.generation.unwrap();
    (secret.resource_version().unwrap(), generation)
}

/// Fails when the value is anywhere but in native Secrets: in what is stored of Coffer's own, in any
/// revision, in logs, or in what the API server was asked and answered.
async fn assert_no_trace(ns: &Namespace, canary: &Canary) {
    let raw = ns
        .kubectl(&["get", "csec", "-o", "json", "--show-managed-fields"], "")
        .await;
    canary.assert_absent("the objects", &raw);
    canary.assert_absent("the operator's log", &ns.cluster.operator_log());
    let audit = std::fs::read_to_string(&ns.cluster.audit_log).unwrap();
    canary.assert_absent("the audit log", &audit);
}
