//! Whose the keys of a file become, where a namespace was deleted and made anew.

use coffer::api::Reason;
use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::DeleteParams;
use serde_json::Value as Json;

use super::Desk;
use crate::support::{Cluster, Namespace, bytes, eventually, manifest};

fn natives(ns: &Namespace) -> Api<core::Secret> {
    Api::namespaced(ns.cluster.client.clone(), "coffer-system")
}

async fn record(ns: &Namespace) -> Json {
    let native = natives(ns).get(&native_name(&ns.name, "vault")).await;
    serde_json::from_slice(&bytes(&native.unwrap(), "record.json")).unwrap()
}

async fn lose_record(ns: &Namespace) {
    let name = native_name(&ns.name, "vault");
    let deleted = natives(ns).delete(&name, &DeleteParams::default()).await;
    deleted.unwrap();
}

#[tokio::test]
async fn a_namespace_that_was_made_anew_has_the_keys_of_the_former_one_only_if_someone_says_so() {
    let desk = Desk::new();
    let ns = Cluster::unadvised_namespace("adopt").await;
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("stripe", "value", desk.canary.value().as_bytes());
    let store = format!("{}/vault", ns.name);
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    ns.delete_whole().await;
    // Nobody is asked about a namespace that the command itself would make.
    let dry = ["keys", "import", "f", "--create-namespaces", "--dry-run"];
    desk.succeeds(&ns.cluster, &dry).await;
    ns.create_again().await;

    // First while the keys of the former namespace are there, and then beside new ones.
    for step in ["former", "new"] {
        let before = record(&ns).await;
        let said = desk.fails(1, &ns.cluster, &["keys", "import", "f"]).await;
        let words = format!("The keys of {store} come from another namespace of that name");
        assert!(
            said.contains(&words) && said.contains("--adopt"),
            "{step}: {said}"
        );
        assert!(said.contains("nothing was written"), "{step}: {said}");
        assert_eq!(record(&ns).await, before, "{step}");
        if step == "former" {
            lose_record(&ns).await;
            let own = ns.sealer_of_new_store("vault").await;
            assert_ne!(own.key.id(), author.key.id());
        }
    }
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    ns.problem("stripe", Reason::KeyUnknown).await;

    let import = ["keys", "import", "f", "--passphrase-file", "passphrase"];
    let ran = desk.run(Some(&ns.cluster), &import, "no\n").await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out
            .starts_with(&format!("keys of {store}: 2 keys to be added;"))
    );
    assert!(!ran.err.contains("imported"), "{}", ran.err);
    let ran = desk.run(Some(&ns.cluster), &import, "yes\n").await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    ns.ready("stripe").await;
    let value = ns.bytes("stripe", "value").await;
    assert_eq!(value, desk.canary.value().as_bytes());
    let again = desk.succeeds(&ns.cluster, &["keys", "import", "f"]).await;
    assert!(again.err.contains("all keys are there already"));
}

#[tokio::test]
async fn keys_that_no_store_had_do_not_come_back_as_those_of_the_present_namespace() {
    let desk = Desk::new();
    let ns = Cluster::unadvised_namespace("orphans").await;
    ns.store("vault", "{}").await;
    let store = format!("{}/vault", ns.name);
    ns.delete_whole().await;
    eventually("the keys are orphaned", async || {
        let record = record(&ns).await;
        record["orphaned"].as_str().map(|_| ()).ok_or("not yet")
    })
    .await;
    let former = record(&ns).await["namespaceUid"].clone();
    desk.succeeds(&ns.cluster, &["keys", "export", &store, "--output", "f"])
        .await;
    lose_record(&ns).await;
    // Neither is the namespace that is gone in the way.
    let ran = desk.succeeds(&ns.cluster, &["keys", "import", "f"]).await;
    let words = format!(
        "keys of {store}: 2 keys to be added; no store had them, so they wait for `coffer keys adopt {store}`\n"
    );
    assert_eq!(ran.out, words);
    assert_eq!(record(&ns).await["namespaceUid"], former);
    ns.create_again().await;
    ns.apply(&manifest::store("vault", "{}")).await;
    ns.store_problem("vault", Reason::KeysOfFormerNamespace)
        .await;
    let again = desk.succeeds(&ns.cluster, &["keys", "import", "f"]).await;
    assert_eq!(again.out, "");
    desk.succeeds(&ns.cluster, &["keys", "import", "f", "--adopt"])
        .await;
    ns.store_ready("vault").await;
}
