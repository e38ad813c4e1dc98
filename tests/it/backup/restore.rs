//! What a restore refuses, and how it is told.

use serde_json::json;

use super::{Desk, versions};
use crate::support::{Isolated, Options, manifest};

#[tokio::test]
async fn what_differs_is_named_and_written_over_on_request_only() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("over").await;
    ns.store("vault", "{}").await;
    for name in ["kept", "changed", "lost"] {
        ns.apply(&manifest::secret(name, desk.canary.value())).await;
        ns.ready(name).await;
    }
    let generate = "{ k: { generate: { kind: Password } } }";
    ns.apply(&manifest::secret_with("app", "vault", generate, "{}"))
        .await;
    ns.ready("app").await;
    let password = ns.bytes("app", "k").await;
    desk.succeeds(&isolated.cluster, &["backup", "--output", "all"])
        .await;

    ns.apply(&manifest::secret("changed", "something else"))
        .await;
    ns.ready("changed").await;
    ns.delete("lost").await;
    ns.delete("app").await;
    ns.native_gone("app").await;
    ns.usage("vault", 2).await;
    let names = [ns.name.as_str()];
    let before = versions(&isolated.cluster, &names).await;
    let refused = desk.fails(1, &isolated.cluster, &["restore", "all"]).await;
    assert!(
        refused.contains("1 object is there and not as in the backup, so nothing was written"),
        "{refused}"
    );
    assert_eq!(versions(&isolated.cluster, &names).await, before);

    let done = desk
        .succeeds(&isolated.cluster, &["restore", "all", "--overwrite"])
        .await;
    let lines = format!(
        "namespace {ns}: 2 Secrets made\nSecret {ns}/changed: made as in the backup\n",
        ns = ns.name
    );
    assert_eq!(done.out, lines);
    for name in ["kept", "changed", "lost"] {
        ns.ready(name).await;
        ns.native(name, "has the value of the backup", |native| {
            manifest::bytes(native, "value") == desk.canary.value().as_bytes()
        })
        .await;
    }
    ns.ready("app").await;
    assert_eq!(ns.bytes("app", "k").await, password);
}

#[tokio::test]
async fn a_missing_right_is_named_before_anything_is_written() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("rights").await;
    ns.delivered("stripe", b"v").await;
    desk.succeeds(&isolated.cluster, &["backup", "--output", "all"])
        .await;
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
    // Everything but the verb.
    let rules = json!([
        { "apiGroups": ["coffer.dev"], "resources": ["*"], "verbs": ["get", "list", "create", "update"] },
        { "apiGroups": [""], "resources": ["secrets", "namespaces"], "verbs": ["get", "list", "create", "patch"] },
    ]);
    let someone = isolated.cluster.someone(&ns, &rules).await;
    let said = desk.fails(2, &someone, &["restore", "all"]).await;
    let words = format!(
        "you may not restore secrets.coffer.dev in namespace {}; ask for that right",
        ns.name
    );
    assert!(
        said.contains(&words) && said.contains("nothing was written"),
        "{said}"
    );
    assert!(ns.secrets().get_opt("stripe").await.unwrap().is_none());
}

#[tokio::test]
async fn without_the_definitions_nothing_is_written() {
    let desk = Desk::new();
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("bare").await;
    ns.delivered("stripe", b"v").await;
    desk.succeeds(&isolated.cluster, &["backup", "--output", "all"])
        .await;
    isolated.stop_operator().await;
    ns.kubectl(&["delete", "crd", "secrets.coffer.dev", "--wait"], "")
        .await;
    let before = ns
        .natives()
        .list(&kube::api::ListParams::default())
        .await
        .unwrap();
    let said = desk.fails(2, &isolated.cluster, &["restore", "all"]).await;
    assert!(said.contains("install Coffer there"), "{said}");
    let after = ns
        .natives()
        .list(&kube::api::ListParams::default())
        .await
        .unwrap();
    assert_eq!(before.items, after.items);
}
