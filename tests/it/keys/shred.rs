//! `coffer keys shred`.

use coffer::api::Reason;
use kube::api::DeleteParams;
use serde_json::Value as Json;

use super::Admin;
use crate::support::{eventually, manifest};

#[tokio::test]
async fn the_keys_of_a_store_that_is_there_and_needed_are_not_destroyed() {
    let admin = Admin::new().await;
    admin.ns.delivered("stripe", b"v").await;
    let name = admin.name("vault");
    for arguments in [vec!["shred", &name], vec!["shred", &name, "--yes"]] {
        let said = admin
            .refused("vault", &arguments, &format!("{name}\n"))
            .await;
        for part in [
            format!("SecretStore {name} is there: delete it first"),
            "is needed by Secret stripe".to_owned(),
            "nothing was destroyed; --force".to_owned(),
        ] {
            assert!(said.contains(&part), "{said}");
        }
    }
}

#[tokio::test]
async fn without_the_right_name_nothing_is_destroyed() {
    let admin = Admin::new().await;
    admin.ns.store("vault", "{}").await;
    let name = admin.name("vault");
    for typed in [
        "",
        "yes\n",
        "vault\n",
        &format!("{name}2\n"),
        &format!(" {name}\n"),
    ] {
        let said = admin
            .refused("vault", &["shred", &name, "--force"], typed)
            .await;
        assert!(said.contains("nothing was destroyed"), "{said}");
    }
    let said = admin
        .fails(1, &["shred", &admin.name("nowhere"), "--yes"])
        .await;
    assert!(said.contains("there are no keys of"), "{said}");
}

#[tokio::test]
async fn what_was_sealed_for_a_store_that_is_gone_never_opens_again() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("stripe", "value", b"v");
    let params = DeleteParams::default();
    ns.stores().delete("vault", &params).await.unwrap();
    let name = admin.name("vault");
    let ran = admin
        .run_with(&["shred", &name], &format!("{name}\n"))
        .await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(admin.native("vault").await.is_none());

    ns.apply(&manifest::store("vault", "{}")).await;
    let store = ns.store_ready("vault").await;
    let keys = store.status.unwrap().sealing_keys;
    assert!(keys.iter().all(|key| key.id != author.key.id().to_string()));
    // The webhook warns, the controller says so.
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    ns.problem("stripe", Reason::KeyUnknown).await;
}

#[tokio::test]
async fn a_living_store_whose_keys_are_destroyed_gets_new_ones() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    ns.delivered("stripe", b"v").await;
    let before = admin.record("vault").await;
    let name = admin.name("vault");
    let text = admin.succeeds(&["shred", &name, "--force", "--yes"]).await;
    assert!(text.contains("the store gets new ones"), "{text}");
    let ids = |record: &Json| -> Vec<String> {
        let keys = record["keys"].as_array().unwrap().iter();
        keys.map(|key| key["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let after = eventually("the store has new keys", async || {
        let after = admin.record("vault").await;
        (ids(&after).len() == 2)
            .then_some(after)
            .ok_or("it has not")
    })
    .await;
    assert!(ids(&after).iter().all(|id| !ids(&before).contains(id)));
    eventually("the status has them", async || {
        let status = ns.stores().get("vault").await.unwrap().status.unwrap();
        let shown: Vec<_> = status.sealing_keys.into_iter().map(|key| key.id).collect();
        (shown == ids(&after))
            .then_some(())
            .ok_or_else(|| format!("{shown:?}"))
    })
    .await;
    // What was delivered stays.
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
    let sealed = ns.sealer("vault").await.strict("late", "value", b"w");
    ns.apply(&manifest::secret("late", &sealed)).await;
    ns.ready("late").await;
}
