//! Root keys: `coffer keys rotate root`, and their end by `coffer keys prune --all`.

use k8s_openapi::ByteString;
use kube::ResourceExt as _;
use kube::api::DeleteParams;
use serde_json::json;

use super::{Admin, Still};
use crate::support::{Isolated, Options, manifest};

const KEYRING: &str = "coffer-keyring";

#[tokio::test]
async fn a_root_key_is_added_beside_the_others() {
    let still = Still::start().await;
    still.keyring(&[1, 9], 1).await;
    let keys = still.admin.keys();
    let before = keys.get(KEYRING).await.unwrap().data.unwrap();
    let ran = still.admin.run(&["rotate", "root"]).await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (
            0,
            "coffer-system/coffer-keyring: root-10 wraps from now on\n"
        )
    );
    assert!(ran.err.contains("files of `coffer backup`"), "{}", ran.err);
    let mut after = keys.get(KEYRING).await.unwrap().data.unwrap();
    let ByteString(added) = after.remove("root-10").unwrap();
    assert_eq!(added.len(), 32);
    assert_eq!(after, before);
}

#[tokio::test]
async fn the_number_of_a_root_that_is_lost_is_not_given_to_a_new_one() {
    let still = Still::start().await;
    still.keyring(&[1], 1).await;
    still
        .store("vault", &[("00000000000000aa", "XWing", "Active", 2)])
        .await;
    let text = still.admin.succeeds(&["rotate", "root"]).await;
    assert!(text.contains("root-3 wraps from now on"), "{text}");
}

#[tokio::test]
async fn a_keyring_that_was_changed_shows_in_the_status() {
    let still = Still::start().await;
    still.keyring(&[1, 2], 2).await;
    still.admin.succeeds(&["status"]).await;
    let other = json!({ "data": { "root-2": ByteString(vec![9; 32]) } });
    still.admin.edit(KEYRING, other).await;
    let ran = still.admin.run(&["status"]).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("coffer-system/coffer-keyring cannot be used"),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn of_several_at_once_each_adds_a_root_of_its_own_or_none() {
    let still = Still::start().await;
    still.keyring(&[1], 1).await;
    let rotate = ["rotate", "root"];
    let run = || still.admin.run(&rotate);
    let (a, b, c, d) = tokio::join!(run(), run(), run(), run());
    let mut added = 0;
    for ran in [a, b, c, d] {
        if ran.code == 0 {
            added += 1;
        } else {
            assert_eq!((ran.code, ran.out.as_str()), (2, ""));
            assert!(
                ran.err.contains("changed by someone else meanwhile"),
                "{}",
                ran.err
            );
        }
    }
    assert!(added >= 1);
    assert_eq!(still.roots().await.len(), 1 + added);
}

#[tokio::test]
async fn a_missing_or_damaged_keyring_is_not_added_to() {
    let still = Still::start().await;
    let admin = &still.admin;
    let both = [vec!["rotate", "root"], vec!["prune", "--all"]];
    for arguments in &both {
        let said = admin.fails(2, arguments).await;
        assert!(said.contains("there is no keyring"), "{said}");
    }
    still
        .store("vault", &[("00000000000000aa", "XWing", "Retired", 1)])
        .await;
    for arguments in &both {
        let said = admin.fails(2, arguments).await;
        let words = "is missing, but 1 store has keys that only it can unwrap. Bring it back with";
        assert!(said.contains(words), "{said}");
    }
    let ran = admin.run(&["status"]).await;
    let words = "puts it back after ten seconds; otherwise bring the keys back with `coffer keys import FILE`";
    assert!(ran.code == 1 && ran.out.contains(words), "{}", ran.out);
    let vault = admin.name("vault");
    let of_store = vec!["prune", &vault, "--public-keys", "--yes"];
    still.keyring(&[1], 1).await;
    for damage in [
        json!({ "data": { "root-1": ByteString(vec![9; 32]) } }),
        json!({ "stringData": { "root-2": "hunter2" } }),
        json!({ "stringData": { "foreign": "hunter2" } }),
        json!({ "stringData": { "purpose-fingerprint": "hunter2" } }),
    ] {
        admin.edit(KEYRING, damage).await;
        let before = admin.keys().get(KEYRING).await.unwrap();
        for arguments in both.iter().chain([&of_store]) {
            let said = admin.fails(2, arguments).await;
            let words = "): keep a copy of this native Secret and delete it";
            assert!(
                said.contains("cannot be used (") && said.contains(words),
                "{said}"
            );
            assert!(!said.contains("hunter2"), "{said}");
        }
        let after = admin.keys().get(KEYRING).await.unwrap();
        assert_eq!(before.resource_version(), after.resource_version());
        let params = DeleteParams::default();
        admin.keys().delete(KEYRING, &params).await.unwrap();
        still.keyring(&[1], 1).await;
    }
}

#[tokio::test]
async fn a_root_goes_once_it_wraps_nothing() {
    let still = Still::start().await;
    let admin = &still.admin;
    still.keyring(&[1, 2, 3], 2).await;
    still
        .store("vault", &[("00000000000000aa", "XWing", "Active", 3)])
        .await;
    let ran = admin.run(&["status"]).await;
    assert!(
        ran.out.contains("nothing: `coffer keys prune --all`"),
        "{}",
        ran.out
    );
    let text = admin.succeeds(&["prune", "--all", "--dry-run"]).await;
    assert_eq!(
        text,
        "coffer-system/coffer-keyring: root-1 would be removed\n"
    );
    assert_eq!(still.roots().await.len(), 3);
    let text = admin.succeeds(&["prune", "--all"]).await;
    assert_eq!(text, "coffer-system/coffer-keyring: root-1 removed\n");
    assert_eq!(still.roots().await, ["root-2", "root-3"]);
    assert_eq!(admin.succeeds(&["prune", "--all"]).await, "");
}

#[tokio::test]
async fn a_new_root_is_waited_for_and_the_former_one_can_go_then() {
    let mut isolated = Isolated::start(Options::default()).await;
    let admin = Admin::of(isolated.namespace("keys").await);
    let ns = &admin.ns;
    ns.delivered("stripe", b"v").await;
    let ran = admin.run(&["rotate", "root", "--wait"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = admin.fails(1, &["prune", "--all"]).await;
    assert!(said.contains("root-2 is less than 5 minutes old"), "{said}");
    admin.keyring_made_long_ago().await;
    let text = admin.succeeds(&["prune", "--all"]).await;
    assert_eq!(text, "coffer-system/coffer-keyring: root-1 removed\n");
    let text = admin.succeeds(&["status"]).await;
    assert!(
        !text.contains("root-1") && text.contains("root-2"),
        "{text}"
    );
    // With what is in memory, and with what is stored.
    ns.apply(&manifest::secret("late", "w")).await;
    ns.ready("late").await;
    isolated.restart().await;
    ns.apply(&manifest::secret("later", "w")).await;
    ns.ready("later").await;
}

#[tokio::test]
async fn a_wait_ends_without_an_operator() {
    let still = Still::start().await;
    still.keyring(&[1], 1).await;
    let ran = still
        .admin
        .run(&["rotate", "root", "--wait", "--timeout", "1s"])
        .await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("1 key still to be wrapped anew"),
        "{}",
        ran.err
    );
    assert_eq!(still.roots().await, ["root-1", "root-2"]);
}
