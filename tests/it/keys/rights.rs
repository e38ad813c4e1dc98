//! Whoever lacks a right is told which one, and nothing was changed.

use serde_json::{Value as Json, json};

use super::{Admin, SYSTEM};
use crate::support::{Cluster, someone};

fn rule(group: &str, resource: &str, verbs: &[&str]) -> Json {
    json!({ "apiGroups": [group], "resources": [resource], "verbs": verbs })
}

/// Someone who may do these things in the operator's namespace and in that of the stores.
async fn with_rights(system: Json, stores: Json) -> Admin {
    let ns = Cluster::namespace("keys").await;
    let kubeconfig = someone::kubeconfig(&ns, &[(SYSTEM, system), (&ns.name, stores)]).await;
    ns.store("vault", "{}").await;
    Admin { ns, kubeconfig }
}

#[tokio::test]
async fn without_any_right_each_command_names_the_one_it_needs() {
    let admin = with_rights(json!([]), json!([])).await;
    let vault = admin.name("vault");
    let (system, here) = (
        format!("in namespace {SYSTEM}"),
        format!("in namespace {}", admin.ns.name),
    );
    for (arguments, right) in [
        (vec!["list"], format!("list secrets {system}")),
        (vec!["status"], format!("get secrets {system}")),
        (vec!["rotate", "root"], format!("get secrets {system}")),
        (
            vec!["rotate", "store", &vault],
            format!("get secretstores.coffer.dev {here}"),
        ),
        (
            vec!["rotate", "store", "--all"],
            "list secretstores.coffer.dev in all namespaces".into(),
        ),
        (
            vec!["adopt", &vault, "--yes"],
            format!("get secrets {system}"),
        ),
        (
            vec!["shred", &vault, "--yes", "--force"],
            format!("get secrets {system}"),
        ),
        (vec!["prune", &vault], format!("get secrets {system}")),
        (vec!["prune", "--all"], format!("get secrets {system}")),
    ] {
        let said = admin.fails(2, &arguments).await;
        assert!(
            said.contains(&format!("you may not {right}; ask for")),
            "{arguments:?}: {said}"
        );
    }
}

#[tokio::test]
async fn who_may_only_read_changes_nothing() {
    let read = ["get", "list"];
    let stores = json!([
        rule("coffer.dev", "secretstores", &read),
        rule("coffer.dev", "secrets", &read),
        rule("", "namespaces", &read),
    ]);
    let admin = with_rights(json!([rule("", "secrets", &read)]), stores).await;
    admin
        .ns
        .store("vault", "{ sealing: { suite: X25519 } }")
        .await;
    let vault = admin.name("vault");
    let before = admin.native("vault").await.unwrap();
    let patch = format!("you may not patch secrets in namespace {SYSTEM}");
    for (arguments, said) in [
        (vec!["shred", &vault, "--yes", "--force"], patch.clone()),
        (vec!["rotate", "root"], patch.clone()),
        (
            vec!["rotate", "store", &vault],
            format!(
                "you may not patch secretstores.coffer.dev in namespace {}",
                admin.ns.name
            ),
        ),
    ] {
        let err = admin.fails(2, &arguments).await;
        assert!(err.contains(&said), "{arguments:?}: {err}");
    }
    let after = admin.native("vault").await.unwrap();
    assert_eq!(
        before.metadata.resource_version,
        after.metadata.resource_version
    );
    let text = admin.succeeds(&["status", "-n", &admin.ns.name]).await;
    assert!(text.contains("1 store with 3 keys"), "{text}");
}

#[tokio::test]
async fn without_the_sight_of_secrets_nothing_is_pruned_or_destroyed() {
    let system = json!([rule("", "secrets", &["get", "list", "patch", "delete"])]);
    let stores = json!([rule("coffer.dev", "secretstores", &["get", "list"])]);
    let admin = with_rights(system, stores).await;
    let vault = admin.name("vault");
    let before = admin.native("vault").await.unwrap();
    for arguments in [
        vec!["prune", &vault, "--public-keys", "--yes"],
        vec!["shred", &vault, "--force", "--yes"],
    ] {
        let said = admin.fails(2, &arguments).await;
        let right = format!(
            "you may not list secrets.coffer.dev in namespace {}",
            admin.ns.name
        );
        assert!(said.contains(&right), "{said}");
    }
    let after = admin.native("vault").await.unwrap();
    assert_eq!(
        before.metadata.resource_version,
        after.metadata.resource_version
    );
}
