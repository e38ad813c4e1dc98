//! `coffer keys list` and `coffer keys status`.

use coffer::api::{Reason, SecretStore};
use coffer::index::store_keys::native_name;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};

use super::{Admin, Still};
use crate::support::{Cluster, manifest};

#[tokio::test]
async fn the_keys_of_a_namespace_are_listed() {
    let admin = Admin::new().await;
    let store = admin.ns.store("vault", "{}").await;
    let table = admin.succeeds(&["list", "-n", &admin.ns.name]).await;
    assert!(table.starts_with("NAMESPACE"), "{table}");
    for key in store.status.unwrap().sealing_keys {
        let line = table.lines().find(|line| line.contains(&key.id)).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words[1..5], ["vault", &key.id, &key.suite, "Active"]);
        assert!(words[6].starts_with("root-"), "{line}");
    }
    let json = ["list", "-n", &admin.ns.name, "-o", "json"];
    let json: Json = serde_json::from_str(&admin.succeeds(&json).await).unwrap();
    assert_eq!(json["stores"][0]["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn where_there_are_no_keys_the_namespace_is_doubted() {
    let admin = Admin::new().await;
    let arguments = ["list", "--operator-namespace", &admin.ns.name];
    let ran = admin.run(&arguments).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(
        ran.err.contains("is it the --operator-namespace?"),
        "{}",
        ran.err
    );
    let ran = admin
        .run(&["status", "--operator-namespace", &admin.ns.name])
        .await;
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("there is no keyring"), "{}", ran.out);
}

#[tokio::test]
async fn a_store_in_order_is_no_problem() {
    let admin = Admin::new().await;
    admin.ns.delivered("stripe", b"v").await;
    let text = admin.succeeds(&["status", "-n", &admin.ns.name]).await;
    assert!(text.contains("1 store with 2 keys"), "{text}");
    assert!(text.contains("Active"), "{text}");
}

#[tokio::test]
async fn whoever_invents_a_key_does_not_alarm_the_administrator() {
    let admin = Admin::new().await;
    let ns = Cluster::unadvised_namespace("keys").await;
    ns.store("vault", "{}").await;
    let invented = format!("coffer.v1.0123456789abcdef.{}", "A".repeat(64));
    ns.apply(&manifest::secret("stripe", &invented)).await;
    ns.problem("stripe", Reason::KeyUnknown).await;
    let text = admin.succeeds(&["status", "-n", &ns.name]).await;
    let told = format!(
        "note: key 0123456789abcdef, which no store of namespace {} has, is named by Secret stripe",
        ns.name
    );
    assert!(text.contains(&told), "{text}");
}

#[tokio::test]
async fn a_key_that_a_store_had_and_that_is_gone_needs_attention() {
    let still = Still::start().await;
    let admin = &still.admin;
    still.keyring(&[1], 1).await;
    let key = json!({
        "id": "00000000000000bb", "suite": "XWing", "state": "Active",
        "created": "2026-01-01T00:00:00Z",
    });
    admin.ns.apply(&manifest::store("vault", "{}")).await;
    let status = Patch::Merge(json!({ "status": { "sealingKeys": [key] } }));
    let stores: Api<SecretStore> = Api::namespaced(admin.ns.cluster.client.clone(), &admin.ns.name);
    let params = PatchParams::default();
    stores
        .patch_status("vault", &params, &status)
        .await
        .unwrap();
    let sealed = format!("coffer.v1.00000000000000bb.{}", "A".repeat(64));
    admin.ns.apply(&manifest::secret("stripe", &sealed)).await;
    let ran = admin.run(&["status"]).await;
    assert_eq!(ran.code, 1, "{}", ran.out);
    let told = format!(
        "✗ key 00000000000000bb, which SecretStore {}/vault had, is gone",
        admin.ns.name
    );
    assert!(ran.out.contains(&told), "{}", ran.out);
}

#[tokio::test]
async fn what_is_damaged_or_missing_needs_attention_and_is_not_quoted() {
    let still = Still::start().await;
    let admin = &still.admin;
    still.keyring(&[1], 1).await;
    still
        .store(
            "vault",
            &[("00000000000000aa", "XChaCha20Poly1305", "Active", 2)],
        )
        .await;
    still.store("broken", &[]).await;
    let broken = native_name(&admin.ns.name, "broken");
    admin
        .edit(
            &broken,
            json!({ "stringData": { "record.json": "{\"hunter2\": 1}" } }),
        )
        .await;
    let sealed = "coffer.v1.00000000000000bb.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";
    let secret = manifest::secret("stripe", sealed);
    admin.ns.apply(&secret).await;
    let ran = admin.run(&["status"]).await;
    assert_eq!(ran.code, 1);
    for part in [
        "root-2 wraps 1 key and is not in the keyring",
        &format!("native secret `{broken}` does not hold a store's keys"),
        "key 00000000000000bb, which no store of namespace",
    ] {
        assert!(ran.out.contains(part), "{}", ran.out);
    }
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let ran = admin.run(&["list"]).await;
    assert!(
        ran.out.contains("00000000000000aa") && ran.code == 0,
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains(&broken) && !ran.err.contains("hunter2"),
        "{}",
        ran.err
    );
}
