//! What a restore refuses, and how it is told.

use coffer::api::Reason;
use serde_json::json;

use super::{Desk, versions};
use crate::support::{Cluster, Isolated, Namespace, Options, manifest};

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
    let sealed = ns.sealer("vault").await.strict("again", "value", b"v");
    ns.apply(&manifest::secret("again", &sealed)).await;
    ns.ready("again").await;
    desk.succeeds(&isolated.cluster, &["backup", "--output", "all"])
        .await;

    ns.apply(&manifest::secret("changed", "something else"))
        .await;
    ns.ready("changed").await;
    ns.delete("lost").await;
    ns.delete("app").await;
    ns.native_gone("app").await;
    // Made anew from Git, with an identifier of its own.
    ns.delete("again").await;
    ns.apply(&manifest::secret("again", &sealed)).await;
    ns.ready("again").await;
    ns.usage("vault", 3).await;
    let names = [ns.name.as_str()];
    let before = versions(&isolated.cluster, &names).await;
    let refused = desk.fails(1, &isolated.cluster, &["restore", "all"]).await;
    assert!(
        refused.contains("1 object is there and not as in the backup, so nothing was written"),
        "{refused}"
    );
    let dry_run = ["restore", "all", "--overwrite", "--dry-run"];
    let told = desk.succeeds(&isolated.cluster, &dry_run).await;
    let path = format!(
        "Secret {}/changed: to be made as in the backup: spec.data.value.value\n",
        ns.name
    );
    assert!(told.out.ends_with(&path), "{}", told.out);
    assert_eq!(versions(&isolated.cluster, &names).await, before);

    let done = desk
        .succeeds(&isolated.cluster, &["restore", "all", "--overwrite"])
        .await;
    let lines = format!(
        "namespace {ns}: 2 Secrets to be made\nSecret {ns}/changed: to be made as in the backup: spec.data.value.value\n",
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
async fn what_was_broken_in_the_backup_comes_back_where_advice_is_off() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = Namespace::create_unadvised(isolated.cluster.clone(), "broken").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    for name in ["whole", "broken"] {
        let value = sealer.strict("whole", "value", b"v");
        ns.apply(&manifest::secret(name, &value)).await;
    }
    ns.ready("whole").await;
    ns.problem("broken", Reason::EnvelopeMismatch).await;
    let backup = ["backup", "--output", "all"];
    desk.succeeds(&isolated.cluster, &backup).await;
    for name in ["whole", "broken"] {
        ns.delete(name).await;
    }
    ns.native_gone("whole").await;

    let label = async |label| {
        ns.kubectl(&["label", "namespace", &ns.name, label], "")
            .await
    };
    label("coffer.dev/advise-").await;
    let restore = ["restore", "all"];
    let said = desk.fails(2, &isolated.cluster, &restore).await;
    let named = format!("cannot restore Secret {}/broken: ", ns.name);
    let remedy = "label its namespace coffer.dev/advise=disabled while this is run again";
    for words in [named.as_str(), remedy, "1 object not restored"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    ns.ready("whole").await;

    label("coffer.dev/advise=disabled").await;
    desk.succeeds(&isolated.cluster, &restore).await;
    ns.problem("broken", Reason::EnvelopeMismatch).await;
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
async fn who_may_not_read_the_keys_is_told_which_right_a_backup_takes() {
    let desk = Desk::new();
    let ns = Cluster::namespace("rights").await;
    let someone = ns.cluster.someone(&ns, &json!([])).await;
    let backup = ["backup", "--output", "none"];
    let said = desk.fails(2, &someone, &backup).await;
    let words = "you may not get secrets in namespace coffer-system; ask for that right, as in `kubectl create role";
    assert!(said.contains(words), "{said}");
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

#[tokio::test]
async fn what_is_being_deleted_is_left_out_and_told() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let cluster = &isolated.cluster;
    let (ns, going) = (
        isolated.namespace("stays").await,
        isolated.namespace("going").await,
    );
    ns.delivered("stripe", b"v").await;
    ns.apply(&manifest::secret("other", "v")).await;
    ns.ready("other").await;
    going.store("vault", "{}").await;
    desk.succeeds(cluster, &["backup", "--output", "all"]).await;
    let held = json!({ "metadata": { "finalizers": ["example.com/held"] } });
    ns.edit("stripe", held.clone()).await;
    ns.delete("stripe").await;
    ns.delete("other").await;
    ns.gone("other").await;
    // Something in it that is not let go.
    going
        .apply("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: held, finalizers: [example.com/held] }\n")
        .await;
    let params = kube::api::DeleteParams::default();
    going
        .namespaces()
        .delete(&going.name, &params)
        .await
        .unwrap();
    let stores = going.stores();
    crate::support::eventually("the store is gone", async || {
        let left = stores.get_opt("vault").await.unwrap();
        left.is_none().then_some(()).ok_or("it is there")
    })
    .await;

    let restore = ["restore", "all", "--overwrite"];
    let ran = desk.with_passphrase(cluster, &restore).await;
    assert_eq!(ran.code, 2, "{}", ran.err);
    let lines = format!(
        "namespace {ns}: 1 Secret to be made\nSecret {ns}/stripe: is being deleted\nSecretStore {going}/vault: is being deleted\n",
        ns = ns.name,
        going = going.name
    );
    assert_eq!(ran.out, lines);
    let keys = format!(
        "keys of {}/vault left out: the namespace is being deleted",
        going.name
    );
    assert!(ran.err.contains(&keys), "{}", ran.err);
    assert!(
        ran.err.contains("2 objects and keys left out"),
        "{}",
        ran.err
    );
    ns.ready("other").await;
    ns.edit("stripe", json!({ "metadata": { "finalizers": null } }))
        .await;
    ns.gone("stripe").await;
    let ran = desk.with_passphrase(cluster, &restore).await;
    assert!(
        ran.out
            .contains(&format!("namespace {}: 1 Secret to be made", ns.name)),
        "{}",
        ran.out
    );
    ns.ready("stripe").await;
}

#[tokio::test]
async fn who_may_not_make_namespaces_or_write_keys_is_told_before_anything_is_written() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("rights").await;
    ns.delivered("stripe", b"v").await;
    desk.succeeds(&isolated.cluster, &["backup", "--output", "all"])
        .await;
    let name = ns.name.clone();
    drop(isolated);
    let other = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let home = other.namespace("home").await;
    let rules = json!([
        { "apiGroups": ["coffer.dev"], "resources": ["*"], "verbs": ["*"] },
        { "apiGroups": [""], "resources": ["secrets", "namespaces"], "verbs": ["get", "list"] },
    ]);
    let someone = other.cluster.someone(&home, &rules).await;
    for command in [["keys", "import"].as_slice(), &["restore"]] {
        let command = [command, &["all", "--create-namespaces"]].concat();
        let said = desk.fails(2, &someone, &command).await;
        for right in [
            "you may not create namespaces; ask",
            "you may not create secrets in namespace coffer-system; ask",
            "nothing was written",
        ] {
            assert!(said.contains(right), "{command:?}: {said}");
        }
    }
    let there = home.namespaces().get_opt(&name).await.unwrap();
    assert!(there.is_none());
}
