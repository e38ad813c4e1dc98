//! What the API server enforces by itself.

use serde_json::json;

use crate::support::{Cluster, Namespace, eventually};

const ID: &str = "coffer.dev/id";

async fn identified() -> (Namespace, String) {
    let ns = Cluster::namespace("policies").await;
    let secret = ns.delivered("stripe", b"v").await;
    let id = secret.metadata.labels.unwrap()[ID].clone();
    (ns, id)
}

async fn id(ns: &Namespace, kind: &str, name: &str) -> String {
    let path = r"jsonpath={.metadata.labels.coffer\.dev/id}";
    ns.kubectl(&["get", kind, name, "-o", path], "").await
}

#[tokio::test]
async fn an_identifier_is_set_at_creation_and_is_the_one_in_the_status() {
    let (ns, id) = identified().await;
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let secret = ns.ready("stripe").await;
    assert_eq!(secret.status.unwrap().id, Some(id));
}

#[tokio::test]
async fn what_is_no_identifier_is_refused() {
    let (ns, before) = identified().await;
    for object in ["csec/stripe", "cstore/vault"] {
        for value in ["x".to_owned(), "F".repeat(32), "f".repeat(31)] {
            let label = format!("{ID}={value}");
            let said = ns
                .try_kubectl(&["label", "--overwrite", object, &label], "")
                .await
                .unwrap_err();
            assert!(said.contains("has 32 hexadecimal digits"), "{said}");
        }
    }
    assert_eq!(id(&ns, "csec", "stripe").await, before);
}

#[tokio::test]
async fn an_identifier_that_is_dropped_is_carried_over() {
    let (ns, before) = identified().await;
    ns.kubectl(&["label", "csec", "stripe", "coffer.dev/id-"], "")
        .await;
    assert_eq!(id(&ns, "csec", "stripe").await, before);
    let mut secret = json!(ns.secrets().get("stripe").await.unwrap());
    secret["metadata"] = json!({ "name": "stripe" });
    ns.kubectl(&["replace", "-f", "-"], &secret.to_string())
        .await;
    assert_eq!(id(&ns, "csec", "stripe").await, before);
}

/// As a backup tool does, which brings the objects back as they were. Nobody else does.
#[tokio::test]
async fn only_who_may_restore_changes_the_identifier() {
    let (ns, _) = identified().await;
    let account = r"
apiVersion: v1
kind: ServiceAccount
metadata: { name: backup }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: backup }
rules:
  - { apiGroups: [coffer.dev], resources: [secrets], verbs: [get, patch, VERB] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: backup }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: backup }
subjects: [{ kind: ServiceAccount, name: backup }]
";
    let user = format!("--as=system:serviceaccount:{}:backup", ns.name);
    let label = format!("{ID}={}", "a".repeat(32));
    let arguments = [&user, "label", "--overwrite", "csec", "stripe", &label];
    ns.apply(&account.replace("VERB", "watch")).await;
    eventually("the account may patch", async || {
        let said = ns.try_kubectl(&arguments, "").await.unwrap_err();
        let refused = said.contains("needs the verb restore");
        refused.then_some(()).ok_or(said)
    })
    .await;
    ns.apply(&account.replace("VERB", "restore")).await;
    eventually("the account may restore", async || {
        ns.try_kubectl(&arguments, "").await
    })
    .await;
    assert_eq!(id(&ns, "csec", "stripe").await, "a".repeat(32));
}
