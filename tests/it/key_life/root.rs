//! A new root key: it wraps what the former one wrapped, and nothing else changes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use coffer::api::{Reason, Secret, SecretStore};
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt as _};
use serde_json::{Value as Json, json};
use xtask::operator::Operator;

use crate::support::{Cluster, Isolated, Namespace, Options, bytes, manifest, within};

const KEYRING: &str = "coffer-keyring";

fn natives(cluster: &Cluster) -> Api<core::Secret> {
    Api::namespaced(cluster.client.clone(), "coffer-system")
}

/// Adds, or takes away, a root key.
async fn edit_keyring(cluster: &Cluster, entry: &str, key: Option<[u8; 32]>) {
    let key = key.map(|key| k8s_openapi::ByteString(key.to_vec()));
    let patch = json!({ "data": { entry: key } });
    natives(cluster)
        .patch(KEYRING, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
}

/// Waits until everything is wrapped by this root key.
async fn wrapped_by(cluster: &Cluster, root: u32) {
    let prefix = format!("coffer.wrap.v1.{root}.");
    let labelled = ListParams::default().labels("coffer.dev/part in (keyring, store-keys)");
    within(
        Duration::from_secs(45),
        "all is wrapped again",
        async || {
            let natives = natives(cluster).list(&labelled).await.unwrap();
            let mut wrapped = Vec::new();
            for native in &natives {
                if native.name_any() == KEYRING {
                    wrapped.push(String::from_utf8(bytes(native, "purpose-fingerprint")).unwrap());
                    continue;
                }
                let record: Json = serde_json::from_slice(&bytes(native, "record.json")).unwrap();
                let keys = record["keys"].as_array().unwrap().iter();
                wrapped.extend(keys.map(|key| key["wrapped"].as_str().unwrap().to_owned()));
            }
            let others = wrapped.iter().filter(|it| !it.starts_with(&prefix)).count();
            if others == 0 {
                Ok(())
            } else {
                Err(format!("{others} of {} are not", wrapped.len()))
            }
        },
    )
    .await;
}

/// The resourceVersions of everything that users see.
async fn versions(ns: &Namespace) -> BTreeMap<String, Option<String>> {
    let all = ListParams::default();
    let natives = ns.natives().list(&all).await.unwrap();
    let secrets: Vec<Secret> = ns.secrets().list(&all).await.unwrap().items;
    let stores: Vec<SecretStore> = ns.stores().list(&all).await.unwrap().items;
    let natives = natives
        .iter()
        .map(|it| (format!("native {}", it.name_any()), it.resource_version()));
    let secrets = secrets
        .iter()
        .map(|it| (format!("secret {}", it.name_any()), it.resource_version()));
    let stores = stores
        .iter()
        .map(|it| (format!("store {}", it.name_any()), it.resource_version()));
    natives.chain(secrets).chain(stores).collect()
}

#[tokio::test]
async fn with_two_replicas_nothing_but_the_wrapping_changes() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("root").await;
    ns.delivered("sealed", b"v").await;
    ns.apply(&manifest::secret("plain", "v")).await;
    ns.ready("plain").await;
    ns.usage("vault", 2).await;
    ns.operator_caught_up().await;
    let binary = Path::new(env!("CARGO_BIN_EXE_coffer"));
    let control_plane = &isolated.control_plane;
    let mut second = Operator::start(control_plane, binary, "second")
        .await
        .unwrap();
    second.ready().await.unwrap();
    ns.usage("probes", 0).await;
    let before = versions(&ns).await;

    edit_keyring(&ns.cluster, "root-2", Some([2; 32])).await;
    // Wrapped by the new root key at once, by whichever replica is asked.
    for store in ["one", "two", "three", "four"] {
        ns.apply(&manifest::plain(store, store, "v")).await;
        ns.delete(store).await;
    }
    wrapped_by(&ns.cluster, 2).await;
    ns.usage("vault", 2).await;
    assert_eq!(versions(&ns).await, before);

    // Nobody needs the first one any more.
    edit_keyring(&ns.cluster, "root-1", None).await;
    second.process.stop().await.unwrap();
    isolated.restart().await;
    ns.apply(&manifest::secret("after", "v")).await;
    ns.ready("after").await;
    ns.delete("after").await;
    ns.native_gone("after").await;
    ns.usage("vault", 2).await;
    ns.edit_native("sealed", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.native("sealed", "is put back", |native| {
        bytes(native, "value") == b"v"
    })
    .await;
    let after = versions(&ns).await;
    for name in ["native plain", "secret plain"] {
        assert_eq!(after[name], before[name], "{name}");
    }
}

/// A replica that is late keeps what it has; here the record comes before the root key.
#[tokio::test]
async fn keys_of_a_root_that_is_not_there_yet_are_kept_and_read_again() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("late").await;
    ns.delivered("sealed", b"v").await;
    let name = coffer::index::store_keys::native_name(&ns.name, "vault");
    let record = natives(&ns.cluster).get(&name).await.unwrap();
    let keyring = natives(&ns.cluster).get(KEYRING).await.unwrap();
    let first = bytes(&keyring, "root-1");
    let keyring =
        coffer::crypto::Keyring::from_entries([("root-1", first.as_slice()), ("root-2", &[2; 32])])
            .unwrap();
    let mut rewrapped: Json = serde_json::from_slice(&bytes(&record, "record.json")).unwrap();
    for key in rewrapped["keys"].as_array_mut().unwrap() {
        let wrapped = serde_json::from_value(key["wrapped"].clone()).unwrap();
        let id = serde_json::from_value(key["id"].clone()).unwrap();
        let suite = serde_json::from_value(key["suite"].clone()).unwrap();
        let key_itself = keyring
            .unwrap_store_key(&ns.name, "vault", id, suite, &wrapped)
            .unwrap();
        key["wrapped"] = json!(keyring.wrap_store_key(&ns.name, "vault", &key_itself));
    }
    let patch = json!({ "stringData": { "record.json": rewrapped.to_string() } });
    natives(&ns.cluster)
        .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
    ns.apply(&manifest::secret("meanwhile", "v")).await;
    ns.ready("meanwhile").await;
    edit_keyring(&ns.cluster, "root-2", Some([2; 32])).await;
    wrapped_by(&ns.cluster, 2).await;
    ns.apply(&manifest::secret("after", "v")).await;
    ns.ready("after").await;
    super::rotate(&ns, "vault", "1").await;
    super::sealed_again(&ns, "vault").await;
}

#[tokio::test]
async fn another_key_under_the_number_of_a_known_one_is_not_taken_up() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("wrong").await;
    ns.delivered("sealed", b"v").await;
    let keyring = natives(&ns.cluster).get(KEYRING).await.unwrap();
    let first: [u8; 32] = bytes(&keyring, "root-1").try_into().unwrap();
    edit_keyring(&ns.cluster, "root-1", Some([9; 32])).await;
    within(Duration::from_secs(30), "the log tells", async || {
        let log = ns.cluster.operator_log();
        let told = log.contains("the keyring cannot be used, going on with the former one");
        let what =
            "keyring entry `root-1` has other bytes than the key of this number that is in use";
        let told = told && log.contains(what);
        told.then_some(()).ok_or("it does not")
    })
    .await;
    // What wraps rests nowhere now, so no keys may be wrapped by it; those that are there go on.
    ns.apply(&manifest::store("second", "{}")).await;
    let message = ns.store_problem("second", Reason::KeysUnusable).await;
    assert!(
        message.contains("is not the one that the operator has in memory: keep a copy"),
        "{message}"
    );
    assert!(super::record(&ns, "second").await.is_none());
    ns.apply(&manifest::secret("after", "v")).await;
    ns.ready("after").await;
    // As the message says: it is deleted, and the right one comes back.
    let params = DeleteParams::default();
    natives(&ns.cluster).delete(KEYRING, &params).await.unwrap();
    ns.store_ready("second").await;
    let keyring = natives(&ns.cluster).get(KEYRING).await.unwrap();
    assert_eq!(bytes(&keyring, "root-1"), first);
}

#[tokio::test]
async fn a_keyring_that_is_deleted_is_put_back_and_meanwhile_wraps_nothing() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("deleted").await;
    ns.delivered("sealed", b"v").await;
    let before = natives(&ns.cluster).get(KEYRING).await.unwrap();
    natives(&ns.cluster)
        .delete(KEYRING, &DeleteParams::default())
        .await
        .unwrap();
    within(Duration::from_secs(5), "the log tells", async || {
        let log = ns.cluster.operator_log();
        let told = log.contains("the keyring was deleted");
        told.then_some(()).ok_or("it does not")
    })
    .await;
    let third = manifest::plain("third", "third", "v");
    // Not by the client of the tests, which would try again until it is put back.
    let create = ["create", "-f", "-"];
    let (refused, ()) = tokio::join!(ns.try_kubectl(&create, &third), async {
        ns.apply(&manifest::store("second", "{}")).await;
        ns.store_problem("second", Reason::KeysUnusable).await;
    });
    assert!(
        refused
            .unwrap_err()
            .contains("no keys to seal with just now")
    );
    ns.store_ready("second").await;
    let after = natives(&ns.cluster).get(KEYRING).await.unwrap();
    assert_eq!(bytes(&after, "root-1"), bytes(&before, "root-1"));
    assert_eq!(after.metadata.labels, before.metadata.labels);
    // It opens what there was, and knows what was delivered.
    ns.usage("vault", 1).await;
    let before = versions(&ns).await;
    isolated.restart().await;
    ns.operator_caught_up().await;
    let after = versions(&ns).await;
    for (name, version) in before {
        assert_eq!(after.get(&name), Some(&version), "{name}");
    }
}

#[tokio::test]
async fn a_keyring_that_is_replaced_at_once_is_not_put_back() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("replaced").await;
    ns.delivered("sealed", b"v").await;
    let mut keyring = natives(&ns.cluster).get(KEYRING).await.unwrap();
    natives(&ns.cluster)
        .delete(KEYRING, &DeleteParams::default())
        .await
        .unwrap();
    keyring.metadata = kube::api::ObjectMeta {
        name: keyring.metadata.name,
        labels: Some([("restored".to_owned(), "yes".to_owned())].into()),
        ..kube::api::ObjectMeta::default()
    };
    natives(&ns.cluster)
        .create(&PostParams::default(), &keyring)
        .await
        .unwrap();
    ns.store("second", "{}").await;
    let after = natives(&ns.cluster).get(KEYRING).await.unwrap();
    assert!(after.labels().contains_key("restored"));
    assert!(
        !ns.cluster
            .operator_log()
            .contains("put the deleted keyring back")
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_written_does_not_keep_the_others_wrapped_by_the_former_root() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("stuck").await;
    let stores = ["one", "two", "three", "four", "five", "six", "stuck"];
    for store in stores {
        ns.store(store, "{}").await;
    }
    let native = coffer::index::store_keys::native_name(&ns.name, "stuck");
    let frozen = Patch::Merge(json!({ "immutable": true }));
    natives(&ns.cluster)
        .patch(&native, &PatchParams::default(), &frozen)
        .await
        .unwrap();
    edit_keyring(&ns.cluster, "root-2", Some([2; 32])).await;
    within(Duration::from_secs(45), "the others are", async || {
        let mut left = Vec::new();
        for store in stores {
            let record = super::record(&ns, store).await.unwrap().to_string();
            if record.contains("coffer.wrap.v1.1.") {
                left.push(store);
            }
        }
        let keyring = natives(&ns.cluster).get(KEYRING).await.unwrap();
        if bytes(&keyring, "purpose-fingerprint").starts_with(b"coffer.wrap.v1.1.") {
            left.push("fingerprint");
        }
        (left == ["stuck"])
            .then_some(())
            .ok_or_else(|| left.join(" "))
    })
    .await;
    let told = format!("what=\"store {}/stuck\"", ns.name);
    within(Duration::from_secs(5), "it is told", async || {
        let log = ns.cluster.operator_log();
        log.contains(&told).then_some(()).ok_or("it is not")
    })
    .await;
}

/// Whoever may write native Secrets of the operator's namespace can make a copy by mistake.
#[tokio::test]
async fn a_copy_of_a_record_under_another_name_does_not_take_its_place() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("copy").await;
    ns.delivered("sealed", b"v").await;
    let name = coffer::index::store_keys::native_name(&ns.name, "vault");
    let record = natives(&ns.cluster).get(&name).await.unwrap();
    let mut copy = record.clone();
    copy.metadata = kube::api::ObjectMeta {
        name: Some("coffer-store-copy".to_owned()),
        labels: record.metadata.labels.clone(),
        ..kube::api::ObjectMeta::default()
    };
    let params = PostParams::default();
    natives(&ns.cluster).create(&params, &copy).await.unwrap();
    within(Duration::from_secs(5), "the log tells", async || {
        let log = ns.cluster.operator_log();
        let told = log.contains("kept under another name");
        told.then_some(()).ok_or("it does not")
    })
    .await;
    natives(&ns.cluster)
        .delete("coffer-store-copy", &DeleteParams::default())
        .await
        .unwrap();
    super::rotate(&ns, "vault", "1").await;
    ns.apply(&manifest::secret("after", "v")).await;
    ns.ready("after").await;
}
