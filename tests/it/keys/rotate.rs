//! `coffer keys rotate store`.

use coffer::api::wellknown::ROTATE_ANNOTATION;
use kube::ResourceExt as _;

use super::{Admin, Still};
use crate::support::manifest;

async fn asked(admin: &Admin, store: &str) -> Option<String> {
    let store = admin.ns.stores().get(store).await.unwrap();
    store.annotations().get(ROTATE_ANNOTATION).cloned()
}

#[tokio::test]
async fn each_time_new_keys_are_asked_for_anew() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    ns.store("one", "{}").await;
    ns.store("two", "{}").await;
    let one = admin.name("one");
    let text = admin.succeeds(&["rotate", "store", &one]).await;
    assert_eq!(text, format!("{one}: asked for new keys\n"));
    let first = asked(&admin, "one").await.unwrap();
    assert_eq!(asked(&admin, "two").await, None);
    let text = admin
        .succeeds(&["rotate", "store", "--all", "-n", &ns.name])
        .await;
    assert_eq!(text.lines().count(), 2);
    assert_ne!(asked(&admin, "one").await.unwrap(), first);
    assert!(asked(&admin, "two").await.is_some());
}

#[tokio::test]
async fn a_store_that_is_named_twice_is_rotated_once() {
    let admin = Admin::new().await;
    admin.ns.store("vault", "{}").await;
    let vault = admin.name("vault");
    let text = admin.succeeds(&["rotate", "store", &vault, &vault]).await;
    assert_eq!(text, format!("{vault}: asked for new keys\n"));
}

#[tokio::test]
async fn a_store_that_is_not_there_does_not_keep_the_others_from_it() {
    let admin = Admin::new().await;
    admin.ns.store("vault", "{}").await;
    let (nowhere, vault) = (admin.name("nowhere"), admin.name("vault"));
    let ran = admin.run(&["rotate", "store", &nowhere, &vault]).await;
    assert_eq!(
        (ran.code, ran.out),
        (1, format!("{vault}: asked for new keys\n"))
    );
    assert!(
        ran.err
            .contains(&format!("there is no SecretStore {nowhere}")),
        "{}",
        ran.err
    );
    let said = admin.fails(2, &["rotate", "store"]).await;
    assert!(said.contains("required"), "{said}");
    let said = admin.fails(2, &["rotate", "store", &vault, "--all"]).await;
    assert!(said.contains("cannot be used with"), "{said}");
    let said = admin
        .fails(
            2,
            &["rotate", "store", &vault, "--wait", "--timeout", "soon"],
        )
        .await;
    assert!(said.contains("as in 10m"), "{said}");
}

#[tokio::test]
async fn a_rotation_is_waited_for_and_the_retired_key_can_go_then() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("stripe", "v")).await;
    ns.ready("stripe").await;
    let before = admin.record("vault").await;
    let (name, former) = (
        admin.name("vault"),
        before["keys"][0]["id"].as_str().unwrap(),
    );
    let ran = admin.run(&["rotate", "store", &name, "--wait"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let secret = ns.secrets().get("stripe").await.unwrap();
    assert!(
        !serde_json::to_string(&secret.spec)
            .unwrap()
            .contains(former)
    );

    let said = admin.refused("vault", &["prune", &name], "").await;
    assert!(
        said.contains("was retired less than 5 minutes ago"),
        "{said}"
    );
    admin.retired_long_ago("vault").await;
    let text = admin.succeeds(&["prune", &name, "--yes"]).await;
    assert_eq!(
        text,
        format!("{name}: key {former} (XChaCha20Poly1305) removed\n")
    );
    ns.apply(&manifest::secret("late", "w")).await;
    ns.ready("late").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
}

#[tokio::test]
async fn a_wait_ends_without_an_operator() {
    let still = Still::start().await;
    let admin = &still.admin;
    admin.ns.apply(&manifest::store("vault", "{}")).await;
    let name = admin.name("vault");
    let arguments = ["rotate", "store", &name, "--wait", "--timeout", "1s"];
    let ran = admin.run(&arguments).await;
    assert_eq!(
        (ran.code, ran.out),
        (1, format!("{name}: asked for new keys\n"))
    );
    assert!(
        ran.err
            .contains("1 store without new keys; is the operator running?"),
        "{}",
        ran.err
    );
}
