//! `coffer keys prune`.

use serde_json::{Value as Json, json};

use super::{Admin, Still};
use crate::support::{eventually, manifest};

const OWN: &str = "00000000000000aa";
const ACTIVE: &str = "00000000000000bb";
const PUBLIC: &str = "00000000000000cc";

fn envelope(id: &str) -> String {
    format!("coffer.v1.{id}.{}", "QUFB".repeat(20))
}

fn ids(record: &Json) -> Vec<&str> {
    let keys = record["keys"].as_array().unwrap().iter();
    keys.map(|key| key["id"].as_str().unwrap()).collect()
}

/// A store with a retired key of Coffer's own, a retired public one, and an active one.
async fn still() -> Still {
    let still = Still::start().await;
    still.keyring(&[1], 1).await;
    let own = "XChaCha20Poly1305";
    let keys = [
        (OWN, own, "Retired", 1),
        (PUBLIC, "XWing", "Retired", 1),
        (ACTIVE, own, "Active", 1),
    ];
    still.store("vault", &keys).await;
    still
}

#[tokio::test]
async fn a_retired_public_key_goes_only_when_nothing_needs_it_and_one_says_so() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("stripe", "value", b"v");
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    ns.ready("stripe").await;
    ns.store("vault", "{ sealing: { suite: X25519 } }").await;
    let name = admin.name("vault");
    let prune = ["prune", &name, "--public-keys", "--yes"];
    let said = admin.refused("vault", &prune, "").await;
    let id = author.key.id().to_string();
    assert!(
        said.contains(&format!(
            "key {id} (XWing) stays: it is needed by Secret stripe"
        )),
        "{said}"
    );

    ns.delete("stripe").await;
    admin.retired_long_ago("vault").await;
    let ran = admin.run(&["prune", &name]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(ran.err.contains("Git may hold values"), "{}", ran.err);
    let said = admin
        .refused("vault", &["prune", &name, "--public-keys"], "no\n")
        .await;
    assert!(said.contains("nothing was removed"), "{said}");
    assert!(ids(&admin.record("vault").await).contains(&&*id));
}

#[tokio::test]
async fn the_operator_goes_on_without_a_pruned_key() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    let id = ns.sealer_of_new_store("vault").await.key.id().to_string();
    ns.store("vault", "{ sealing: { suite: X25519 } }").await;
    let name = admin.name("vault");
    admin.retired_long_ago("vault").await;
    let dry = ["prune", &name, "--public-keys", "--dry-run"];
    let text = admin.succeeds(&dry).await;
    assert_eq!(text, format!("{name}: key {id} (XWing) would be removed\n"));
    assert!(ids(&admin.record("vault").await).contains(&&*id));
    let text = admin
        .succeeds(&["prune", &name, "--public-keys", "--yes"])
        .await;
    assert_eq!(text, format!("{name}: key {id} (XWing) removed\n"));
    eventually("the status is without it", async || {
        let status = ns.stores().get("vault").await.unwrap().status.unwrap();
        let shown: Vec<_> = status.sealing_keys.into_iter().map(|key| key.id).collect();
        (!shown.contains(&id))
            .then_some(())
            .ok_or_else(|| format!("{shown:?}"))
    })
    .await;
    let sealed = ns.sealer("vault").await.strict("late", "value", b"w");
    ns.apply(&manifest::secret("late", &sealed)).await;
    ns.ready("late").await;
    assert_eq!(admin.succeeds(&["prune", &name, "--public-keys"]).await, "");
}

#[tokio::test]
async fn a_key_that_only_a_previous_value_or_a_pending_secret_needs_stays() {
    let still = still().await;
    let admin = &still.admin;
    let data = json!({
        "token": {
            "generate": { "kind": "Password", "rotate": "1h" },
            "value": envelope(ACTIVE),
            "generated": {
                "at": "2026-11-01T00:00:00Z",
                "previous": { "value": envelope(OWN), "until": "2026-11-02T00:00:00Z" },
            },
        },
    });
    let secret = manifest::secret_with("rotated", "nowhere", &data.to_string(), "{}");
    admin.ns.apply(&secret).await;
    let name = admin.name("vault");
    let said = admin.refused("vault", &["prune", &name], "").await;
    assert!(
        said.contains(&format!(
            "key {OWN} (XChaCha20Poly1305) stays: it is needed by Secret rotated"
        )),
        "{said}"
    );
    let said = admin.refused("vault", &["prune", "--all"], "").await;
    assert!(said.contains(OWN), "{said}");

    admin.ns.delete("rotated").await;
    let said = admin.refused("vault", &["prune", &name], "").await;
    assert!(
        said.contains("the answer of a dry run or of `kubectl get` in Git"),
        "{said}"
    );
    let text = admin.succeeds(&["prune", &name, "--yes"]).await;
    assert_eq!(
        text,
        format!("{name}: key {OWN} (XChaCha20Poly1305) removed\n")
    );
    assert_eq!(ids(&admin.record("vault").await), [PUBLIC, ACTIVE]);
}

#[tokio::test]
async fn a_key_that_was_just_retired_stays() {
    let still = still().await;
    let admin = &still.admin;
    let mut record = admin.record("vault").await;
    record["keys"][0]["retired"] = json!(jiff::Timestamp::now().to_string());
    admin.put_record("vault", &record).await;
    let said = admin.refused("vault", &["prune", "--all"], "").await;
    assert!(
        said.contains("was retired less than 5 minutes ago"),
        "{said}"
    );
}

#[tokio::test]
async fn a_damaged_record_is_left_alone_and_keeps_all_root_keys() {
    let still = Still::start().await;
    let admin = &still.admin;
    still.keyring(&[1, 2], 2).await;
    still
        .store("vault", &[(ACTIVE, "XWing", "Active", 2)])
        .await;
    still.store("broken", &[]).await;
    let native = coffer::index::store_keys::native_name(&admin.ns.name, "broken");
    let patch = json!({ "stringData": { "record.json": "hunter2" } });
    admin.edit(&native, patch).await;
    for arguments in [vec!["prune", "--all"], vec!["prune", "--all", "--dry-run"]] {
        let said = admin.refused("broken", &arguments, "").await;
        assert!(said.contains("all root keys stay"), "{said}");
        assert!(
            said.contains(&native) && !said.contains("hunter2"),
            "{said}"
        );
        assert_eq!(still.roots().await, ["root-1", "root-2"]);
    }
    let name = admin.name("broken");
    let said = admin
        .refused("broken", &["shred", &name, "--yes"], "")
        .await;
    assert!(
        said.contains("nobody can tell what needs its keys"),
        "{said}"
    );
    let said = admin.fails(2, &["adopt", &name, "--yes"]).await;
    assert!(said.contains("keep a copy of it and delete it"), "{said}");
    let text = admin.succeeds(&["shred", &name, "--yes", "--force"]).await;
    assert!(text.contains("destroyed") && admin.native("broken").await.is_none());
}

#[tokio::test]
async fn a_store_that_is_named_twice_is_pruned_once() {
    let still = still().await;
    let name = still.admin.name("vault");
    let text = still
        .admin
        .succeeds(&["prune", &name, &name, "--yes"])
        .await;
    let gone = format!("{name}: key {OWN} (XChaCha20Poly1305) removed\n");
    assert_eq!(text, gone);
}

#[tokio::test]
async fn what_is_not_there_is_not_pruned() {
    let admin = Admin::new().await;
    let said = admin.fails(1, &["prune", &admin.name("nowhere")]).await;
    assert!(said.contains("there are no keys of"), "{said}");
    let said = admin.fails(2, &["prune"]).await;
    assert!(said.contains("required"), "{said}");
}
