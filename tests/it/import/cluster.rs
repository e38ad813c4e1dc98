//! Native Secrets from a cluster, and back into it.

use serde_json::json;

use super::{CANARY, Desk, run, secrets};
use crate::support::{Cluster, Namespace, someone};

/// What a run of `coffer import` as the administrator left behind.
pub(super) fn import(ns: &Namespace, args: &[&str]) -> super::Ran {
    let kubeconfig = ns.cluster.kubeconfig.to_str().unwrap();
    let cluster = ["--kubeconfig", kubeconfig, "--namespace", &ns.name];
    run(&ns.cluster.scratch, &[args, &cluster].concat(), "")
}

async fn namespace() -> Namespace {
    let ns = Cluster::namespace("import").await;
    ns.store("vault", "{}").await;
    ns
}

pub(super) async fn native(ns: &Namespace, name: &str, label: &str) {
    ns.try_create(json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": name, "labels": { "app": label } },
        "stringData": { "token": CANARY },
    }))
    .await
    .unwrap();
}

fn names(out: &str) -> Vec<String> {
    let name = |secret: coffer::api::Secret| secret.metadata.name.unwrap();
    secrets(out).into_iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn by_name_by_selector_or_all() {
    let ns = namespace().await;
    native(&ns, "a", "x").await;
    native(&ns, "b", "y").await;
    ns.delivered("coffers", b"v").await;

    let ran = import(&ns, &["secret", "b", "missing", "--store", "vault"]);
    assert_eq!(
        (ran.code, names(&ran.out)),
        (1, vec!["b".to_owned()]),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .contains("missing in the cluster: skipped: there is none of this name")
    );

    let ran = import(&ns, &["secret", "-l", "app=x", "--store", "vault"]);
    assert_eq!(
        (ran.code, names(&ran.out)),
        (0, vec!["a".to_owned()]),
        "{}",
        ran.err
    );

    let ran = import(&ns, &["secret", "--all", "--store", "vault"]);
    assert_eq!(names(&ran.out), ["a", "b"]);
    assert!(
        ran.err
            .contains("the cluster: coffers: skipped: Coffer delivers it"),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_trouble() {
    let ns = namespace().await;
    let ran = import(&ns, &["secret", "-l", "app=x", "--store", "vault"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("the cluster has no such native Secret"),
        "{}",
        ran.err
    );
    native(&ns, "a", "x").await;
    let ran = import(&ns, &["secret", "--all", "--store", "other"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("the cluster has no SecretStore"),
        "{}",
        ran.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named_and_so_is_the_other_way() {
    let ns = namespace().await;
    let kubeconfig = someone::kubeconfig(&ns, &[]).await;
    let cluster = [
        "--kubeconfig",
        kubeconfig.to_str().unwrap(),
        "-n",
        &ns.name,
        "--store",
        "vault",
    ];
    for (what, verb) in [("--all", "list"), ("a", "get")] {
        let ran = run(
            &ns.cluster.scratch,
            &[&["secret", what], &cluster[..]].concat(),
            "",
        );
        let said = format!(
            "you may not {verb} secrets in namespace {}; ask for that right, as in `kubectl create role … \
             --verb={verb} --resource=secrets`; or ask for their manifests and use --file\n",
            ns.name
        );
        assert_eq!(ran.code, 2);
        assert!(ran.err.ends_with(&said), "{}", ran.err);
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_not_taken_for_a_missing_right() {
    let desk = Desk::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let config = json!({
        "current-context": "c",
        "clusters": [{ "name": "k", "cluster": { "server": server } }],
        "users": [{ "name": "u", "user": {} }],
        "contexts": [{ "name": "c", "context": { "cluster": "k", "user": "u" } }],
    });
    desk.file("config", &config.to_string());
    let import = [
        "secret",
        "--all",
        "--store",
        "vault",
        "--kubeconfig",
        "config",
    ];
    let ran = run(desk.folder.path(), &import, "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .ends_with("the cluster did not answer within 20s; is it the right --context?\n"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("right to"), "{}", ran.err);
}

/// The whole way with nothing that owns the native Secret: from the cluster into it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_imported_is_applied_and_taken_over_unchanged() {
    let ns = namespace().await;
    native(&ns, "a", "x").await;
    let before = ns.natives().get("a").await.unwrap();
    let ran = import(&ns, &["secret", "a", "--store", "vault"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ns.kubectl(&["apply", "-f", "-"], &ran.out).await;
    let ran = import(&ns, &["take-over", "a"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ns.ready("a").await;
    let after = ns.natives().get("a").await.unwrap();
    assert_eq!(
        (&after.metadata.uid, &after.data),
        (&before.metadata.uid, &before.data)
    );
    assert_eq!(after.metadata.labels.unwrap()["app"], "x");
}
