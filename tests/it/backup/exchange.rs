//! `coffer keys export` and `coffer keys import`, on a cluster that others use.

use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::DeleteParams;

use super::Desk;
use crate::support::{Cluster, bytes, eventually, manifest};

#[tokio::test]
async fn keys_that_are_there_are_left_as_they_are() {
    let desk = Desk::new();
    let ns = Cluster::namespace("keys").await;
    ns.store("vault", "{}").await;
    let store = format!("{}/vault", ns.name);
    let natives: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let before = natives.get(&native_name(&ns.name, "vault")).await.unwrap();
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    desk.assert_sealed("f");
    let record = bytes(&before, "record.json");
    assert!(record.len() > 100);
    for arguments in [
        vec!["keys", "import", "f"],
        vec!["keys", "import", "f", "--dry-run"],
    ] {
        let ran = desk.succeeds(&ns.cluster, &arguments).await;
        assert_eq!(ran.out, "");
        let (written, said) = ran.err.split_once('\n').unwrap();
        let release = format!("Z by coffer {}", env!("CARGO_PKG_VERSION"));
        assert!(written.starts_with("coffer: f was written 2"), "{written}");
        assert!(written.ends_with(&release), "{written}");
        assert!(
            said.starts_with("coffer: all keys are there already"),
            "{said}"
        );
    }
    let after = natives.get(&native_name(&ns.name, "vault")).await.unwrap();
    assert_eq!(
        after.metadata.resource_version,
        before.metadata.resource_version
    );
}

#[tokio::test]
async fn keys_that_were_lost_come_back_and_open_again() {
    let desk = Desk::new();
    let ns = Cluster::unadvised_namespace("keys").await;
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("late", "value", desk.canary.value().as_bytes());
    let store = format!("{}/vault", ns.name);
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    // Without the store, nobody puts the keys back.
    let (stores, name) = (ns.stores(), native_name(&ns.name, "vault"));
    stores
        .delete("vault", &DeleteParams::default())
        .await
        .unwrap();
    let natives: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    eventually("the store is gone", async || {
        let left = stores.get_opt("vault").await.unwrap();
        left.is_none().then_some(()).ok_or("it is there")
    })
    .await;
    ns.operator_caught_up().await;
    natives
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
    let dry = desk
        .succeeds(&ns.cluster, &["keys", "import", "f", "--dry-run"])
        .await;
    assert_eq!(dry.out, format!("keys of {store}: 2 keys to be added\n"));
    let would = "coffer: would import the keys of 1 store (dry run)\n";
    assert!(dry.err.ends_with(would), "{}", dry.err);
    assert!(natives.get_opt(&name).await.unwrap().is_none());
    let ran = desk
        .succeeds(&ns.cluster, &["keys", "import", "f", &store])
        .await;
    assert_eq!(ran.out, dry.out);
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("late", &sealed)).await;
    ns.ready("late").await;
    assert_eq!(
        ns.bytes("late", "value").await,
        desk.canary.value().as_bytes()
    );
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let desk = Desk::new();
    let ns = Cluster::namespace("keys").await;
    ns.store("vault", "{}").await;
    let store = format!("{}/vault", ns.name);
    let said = desk
        .fails(
            2,
            &ns.cluster,
            &["keys", "export", "no/where", &store, "--output", "f"],
        )
        .await;
    assert!(
        said.contains("the cluster has no keys of no/where"),
        "{said}"
    );
    assert!(!desk.path("f").exists());
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    let said = desk
        .fails(2, &ns.cluster, &["keys", "import", "f", "no/where"])
        .await;
    assert!(said.contains("the file has no keys of no/where"), "{said}");
    let said = desk.fails(2, &ns.cluster, &["restore", "f"]).await;
    assert!(
        said.contains("bring them in with `coffer keys import`"),
        "{said}"
    );
    let elsewhere = [
        "keys",
        "export",
        "--output",
        "g",
        "--operator-namespace",
        "default",
    ];
    let said = desk.fails(2, &ns.cluster, &elsewhere).await;
    assert!(
        said.contains("there are no keys in namespace default"),
        "{said}"
    );
}

#[tokio::test]
async fn a_wrong_passphrase_and_a_damaged_file_are_refused_before_anything_is_asked() {
    let desk = Desk::new();
    let ns = Cluster::namespace("keys").await;
    ns.store("vault", "{}").await;
    let store = format!("{}/vault", ns.name);
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    let import = ["keys", "import", "f", "--passphrase-file", "-"];
    let ran = desk
        .run(Some(&ns.cluster), &import, "wrong horse battery")
        .await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not that of this file"), "{}", ran.err);
    let mut file = std::fs::read(desk.path("f")).unwrap();
    file.pop();
    std::fs::write(desk.path("f"), file).unwrap();
    let said = desk.fails(2, &ns.cluster, &["keys", "import", "f"]).await;
    assert!(said.contains("changed or cut short"), "{said}");
}
