//! What the API server itself knows of the webhooks, and makes of them.

use serde_json::json;

use crate::support::{Namespace, eventually};

/// Waits until the API server itself has heard of what its webhook configurations said until now: it calls another
/// webhook, of a configuration that was made later.
pub(super) async fn heard(ns: &Namespace) {
    for kind in [
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ] {
        let name = format!("later.{}.test", kind.to_lowercase());
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": { "name": name },
            "webhooks": [{
                "name": name, "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "failurePolicy": "Fail", "clientConfig": { "url": "https://127.0.0.1:1/" },
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": ns.name } },
                "rules": [{
                    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                    "resources": ["configmaps"],
                }],
            }],
        });
        ns.kubectl(&["create", "-f", "-"], &configuration.to_string())
            .await;
        let object =
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "later" } });
        eventually("the API server has heard", async || {
            match ns.judge(&object).await {
                Err(said) if said.contains(&name) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        ns.kubectl(&["delete", kind, &name], "").await;
    }
}

/// How often the API server went on without the answer of one of the webhooks that may be missed.
pub(super) async fn missed(ns: &Namespace) -> String {
    let metrics = ns.kubectl(&["get", "--raw", "/metrics"], "").await;
    let missed = metrics
        .lines()
        .filter(|line| line.starts_with("apiserver_admission_webhook_fail_open_count"));
    missed.collect::<Vec<_>>().join("\n")
}
