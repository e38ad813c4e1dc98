//! Every way in which kubectl writes.

use serde_json::json;

use super::{apply, assert_no_trace, stored, stripe};
use crate::support::{Canary, Cluster, Namespace, bytes, manifest};

/// A store, and a Secret `stripe` with a value sealed by its author.
async fn sealed() -> (Namespace, Canary) {
    let ns = Cluster::namespace("ways").await;
    ns.delivered("stripe", b"first").await;
    (ns, Canary::new())
}

async fn is_delivered(ns: &Namespace, canary: &Canary) {
    stored(ns, "stripe").await;
    ns.native("stripe", "has the value", |native| {
        bytes(native, "value") == canary.value().as_bytes()
    })
    .await;
    assert_no_trace(ns, canary).await;
}

#[tokio::test]
async fn create() {
    let (ns, canary) = (Cluster::namespace("ways").await, Canary::new());
    ns.store("vault", "{}").await;
    ns.kubectl(&["create", "-f", "-"], &stripe(&canary)).await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn create_and_keep_a_copy() {
    let (ns, canary) = (Cluster::namespace("ways").await, Canary::new());
    ns.store("vault", "{}").await;
    ns.kubectl(&["create", "--save-config", "-f", "-"], &stripe(&canary))
        .await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn apply_over_a_sealed_one() {
    let (ns, canary) = sealed().await;
    apply(&ns, &stripe(&canary)).await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn apply_server_side_with_force() {
    let (ns, canary) = sealed().await;
    let arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    ns.kubectl(&arguments, &stripe(&canary)).await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn replace() {
    let (ns, canary) = sealed().await;
    ns.kubectl(&["replace", "-f", "-"], &stripe(&canary)).await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn replace_with_force() {
    let (ns, canary) = sealed().await;
    ns.kubectl(&["replace", "--force", "-f", "-"], &stripe(&canary))
        .await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn patch_merge() {
    let (ns, canary) = sealed().await;
    let patch = json!({ "spec": { "data": { "value": { "value": canary.value() } } } });
    let arguments = [
        "patch",
        "csec",
        "stripe",
        "--type=merge",
        "-p",
        &patch.to_string(),
    ];
    ns.kubectl(&arguments, "").await;
    is_delivered(&ns, &canary).await;
}

#[tokio::test]
async fn patch_json() {
    let (ns, canary) = sealed().await;
    let patch = json!([
        { "op": "replace", "path": "/spec/data/value/value", "value": canary.value() },
    ]);
    let arguments = [
        "patch",
        "csec",
        "stripe",
        "--type=json",
        "-p",
        &patch.to_string(),
    ];
    ns.kubectl(&arguments, "").await;
    is_delivered(&ns, &canary).await;
}

/// An editor that changes the value, as a person would.
#[tokio::test]
async fn edit() {
    let (ns, canary) = sealed().await;
    let folder = tempfile::TempDir::new().unwrap();
    let editor = folder.path().join("editor");
    let script = format!(
        "#!/bin/sh\nsed -i 's/value: coffer.v1.*/value: {}/' \"$1\"\n",
        canary.value()
    );
    std::fs::write(&editor, script).unwrap();
    let mut rights = std::fs::metadata(&editor).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o700);
    std::fs::set_permissions(&editor, rights).unwrap();
    let output = tokio::process::Command::new(ns.cluster.programs.join("kubectl"))
        .arg("--kubeconfig")
        .arg(&ns.cluster.kubeconfig)
        .args(["--namespace", &ns.name, "edit", "csec", "stripe"])
        .env("KUBE_EDITOR", &editor)
        .env("KUBERC", "off")
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    is_delivered(&ns, &canary).await;
}

/// The second manifest of a file is wrong: the first is sealed all the same.
#[tokio::test]
async fn a_file_of_which_a_part_is_wrong() {
    let (ns, canary) = (Cluster::namespace("ways").await, Canary::new());
    ns.store("vault", "{}").await;
    let data = json!({ "value": { "value": "!", "encoding": "Base64" } }).to_string();
    let wrong = manifest::secret_with("wrong", "vault", &data, "{}");
    let file = format!("{}---\n{wrong}", stripe(&canary));
    ns.try_kubectl(&["apply", "-f", "-"], &file)
        .await
        .unwrap_err();
    is_delivered(&ns, &canary).await;
}
