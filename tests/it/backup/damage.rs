//! Keys at rest that are damaged, and a keyring that is lost.

use coffer::index::store_keys::native_name;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{Desk, delivered};
use crate::support::{Cluster, Isolated, Options, eventually, manifest};

fn natives(cluster: &Cluster) -> Api<core::Secret> {
    Api::namespaced(cluster.client.clone(), "coffer-system")
}

async fn lose_keyring(cluster: &Cluster) {
    let params = DeleteParams::default();
    let deleted = natives(cluster).delete("coffer-keyring", &params).await;
    deleted.unwrap();
}

#[tokio::test]
async fn a_damaged_record_is_named_and_the_others_are_kept_and_it_comes_back_from_an_older_file() {
    let desk = Desk::new();
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("damage").await;
    ns.delivered("stripe", b"v").await;
    ns.store("whole", "{}").await;
    isolated.stop_operator().await;
    let cluster = &isolated.cluster;
    desk.succeeds(cluster, &["backup", "--output", "good"])
        .await;
    let name = native_name(&ns.name, "vault");
    let broken = Patch::Merge(json!({ "stringData": { "record.json": "{" } }));
    let params = PatchParams::default();
    natives(cluster)
        .patch(&name, &params, &broken)
        .await
        .unwrap();

    for command in [
        vec!["backup", "--output", "part"],
        vec!["keys", "export", "--output", "keys"],
    ] {
        let said = desk.fails(1, cluster, &command).await;
        assert!(
            said.contains(&format!("keys of {}/vault: not in the file", ns.name)),
            "{said}"
        );
        assert!(said.contains("the keys of 1 store"), "{said}");
        assert!(said.contains("the file lacks keys of 1 store"), "{said}");
    }
    // It is no business of a store that is whole.
    let whole = format!("{}/whole", ns.name);
    desk.succeeds(cluster, &["keys", "export", &whole, "--output", "w"])
        .await;
    let said = desk.succeeds(cluster, &["restore", "part"]).await.err;
    let lacks = format!("the file lacks keys of {}/vault, which", ns.name);
    assert!(said.contains(&lacks), "{said}");
    assert!(
        said.contains("do not open, and are not in the file"),
        "{said}"
    );

    let said = desk.fails(2, cluster, &["restore", "good"]).await;
    assert!(said.contains("--replace-damaged"), "{said}");
    desk.succeeds(cluster, &["restore", "good", "--replace-damaged"])
        .await;
    ns.natives()
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    isolated.start_operator().await;
    ns.native("stripe", "is back", |_| true).await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn a_damaged_record_that_is_put_aside_comes_back_from_memory_or_from_a_file() {
    let desk = Desk::new();
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("aside").await;
    ns.delivered("stripe", b"v").await;
    let cluster = isolated.cluster.clone();
    desk.succeeds(&cluster, &["backup", "--output", "all"])
        .await;
    let (keys, name) = (natives(&cluster), native_name(&ns.name, "vault"));
    let whole = keys.get(&name).await.unwrap().data;
    for is_in_memory in [true, false] {
        if !is_in_memory {
            isolated.stop_operator().await;
        }
        let broken = Patch::Merge(json!({ "stringData": { "record.json": "{" } }));
        let patched = keys.patch(&name, &PatchParams::default(), &broken).await;
        patched.unwrap();
        let said = desk.fails(2, &cluster, &["restore", "all"]).await;
        assert!(said.contains("does not hold a store's keys"), "{said}");
        let store = format!("{}/vault", ns.name);
        let words = "keep a copy of it and delete it";
        let listed = desk.run(Some(&cluster), &["keys", "list"], "").await;
        assert!(listed.err.contains(words), "{}", listed.err);
        for command in ["adopt", "shred"] {
            let ran = desk
                .run(Some(&cluster), &["keys", command, &store], "")
                .await;
            assert!(ran.code > 0 && ran.err.contains(words), "{}", ran.err);
        }
        keys.delete(&name, &DeleteParams::default()).await.unwrap();
        if !is_in_memory {
            desk.succeeds(&cluster, &["keys", "import", "all"]).await;
            isolated.start_operator().await;
        }
        eventually("the record is back", async || {
            let native = keys.get_opt(&name).await.unwrap();
            let is_back = native.is_some_and(|native| is_in_memory == (native.data == whole));
            is_back.then_some(()).ok_or("it is not")
        })
        .await;
        let params = DeleteParams::default();
        ns.natives().delete("stripe", &params).await.unwrap();
        ns.native("stripe", "is back", |_| true).await;
        assert_eq!(ns.bytes("stripe", "value").await, b"v");
    }
}

#[tokio::test]
async fn a_lost_keyring_is_made_anew_from_a_file_and_all_that_is_in_it_opens_again() {
    let desk = Desk::new();
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("keyring").await;
    ns.delivered("stripe", desk.canary.value().as_bytes()).await;
    let natives_before = delivered(&isolated.cluster, &[&ns.name]).await;
    let cluster = isolated.cluster.clone();
    desk.succeeds(&cluster, &["backup", "--output", "all"])
        .await;
    // After the file was written.
    ns.store("late", "{}").await;
    isolated.stop_operator().await;
    lose_keyring(&cluster).await;

    let said = desk
        .fails(2, &cluster, &["backup", "--output", "none"])
        .await;
    assert!(
        said.contains("is missing") && !desk.path("none").exists(),
        "{said}"
    );
    // Not without the key by which Coffer knows its own native Secrets.
    let store = format!("{}/vault", ns.name);
    for part in [
        ["restore", "all", "--stores-only"],
        ["keys", "import", "all"],
    ] {
        let named = (part[0] == "keys").then_some(store.as_str());
        let part: Vec<_> = part.into_iter().chain(named).collect();
        let said = desk.fails(2, &cluster, &part).await;
        assert!(said.contains("so the keyring was lost"), "{said}");
    }
    let done = desk.succeeds(&cluster, &["restore", "all"]).await;
    let lines = format!(
        "keyring of namespace coffer-system: to be made\nkeys of {}/vault: 2 keys to be added\n",
        ns.name
    );
    assert_eq!(done.out, lines);
    let late = format!(
        "the keys of {}/late do not open, and are not in the file",
        ns.name
    );
    assert!(done.err.contains(&late), "{}", done.err);
    isolated.start_operator().await;
    ns.natives()
        .delete("stripe", &DeleteParams::default())
        .await
        .unwrap();
    ns.native("stripe", "is back", |_| true).await;
    assert_eq!(delivered(&cluster, &[&ns.name]).await, natives_before);
    // The store seals as before.
    ns.apply(&manifest::secret("new", "another")).await;
    ns.ready("new").await;
}

#[tokio::test]
async fn a_damaged_keyring_is_put_aside_and_another_is_made_from_a_file() {
    let desk = Desk::new();
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("changed").await;
    ns.delivered("stripe", b"v").await;
    let cluster = isolated.cluster.clone();
    desk.succeeds(&cluster, &["backup", "--output", "all"])
        .await;
    isolated.stop_operator().await;
    let other = json!({ "data": { "root-1": ByteString(vec![9; 32]) } });
    let (params, other) = (PatchParams::default(), Patch::Merge(other));
    let keys = natives(&cluster);
    let patched = keys.patch("coffer-keyring", &params, &other).await;
    patched.unwrap();
    for command in [
        vec!["restore", "all"],
        vec!["keys", "import", "all"],
        vec!["keys", "import", "all", "--replace-damaged"],
    ] {
        let said = desk.fails(2, &cluster, &command).await;
        let words = "keep a copy of this native Secret and delete it";
        assert!(
            said.contains("cannot be used (") && said.contains(words),
            "{said}"
        );
    }
    lose_keyring(&cluster).await;
    desk.succeeds(&cluster, &["keys", "import", "all"]).await;
    isolated.start_operator().await;
    let params = DeleteParams::default();
    ns.natives().delete("stripe", &params).await.unwrap();
    ns.native("stripe", "is back", |_| true).await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn beside_an_operator_that_still_has_the_lost_keyring_no_key_is_lost() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("memory").await;
    ns.delivered("stripe", b"v").await;
    let cluster = &isolated.cluster;
    desk.succeeds(cluster, &["backup", "--output", "all"]).await;
    ns.store("late", "{}").await;
    lose_keyring(cluster).await;
    desk.succeeds(cluster, &["restore", "all"]).await;
    // It wraps anew what only it can open, and another file has all of it.
    let limit = std::time::Duration::from_mins(1);
    crate::support::within(
        limit,
        "the operator has wrapped all keys anew",
        async || {
            let ran = desk.with_passphrase(cluster, &["backup", "--force", "--output", "again"]);
            let ran = ran.await;
            (ran.code == 0).then_some(()).ok_or(ran.err)
        },
    )
    .await;
}

#[tokio::test]
async fn no_second_keyring_is_made_in_another_namespace() {
    let desk = Desk::new();
    let ns = Cluster::namespace("second").await;
    ns.store("vault", "{}").await;
    let store = format!("{}/vault", ns.name);
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    let import = [
        "keys",
        "import",
        "f",
        "--create-namespaces",
        "--operator-namespace",
    ];
    for place in ["default", "not-there"] {
        let said = desk
            .fails(2, &ns.cluster, &[&import[..], &[place]].concat())
            .await;
        assert!(
            said.contains("give --operator-namespace coffer-system"),
            "{said}"
        );
        let other: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), place);
        assert!(other.get_opt("coffer-keyring").await.unwrap().is_none());
    }
    assert!(
        ns.namespaces()
            .get_opt("not-there")
            .await
            .unwrap()
            .is_none()
    );
}
