//! What an earlier release stored goes on under this one: the values that it made are not made again, and what it
//! sealed opens.
//!
//! A release is recorded as etcd held it, UIDs included, because keys belong to the UIDs of their namespace and store.
//! To record one, with the release checked out: `COFFER_RECORD_RELEASE=$PWD/tests/it/upgrade/0.1.0.json cargo xtask test
//! upgrade::`. The keys in a record have never sealed anything else.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use coffer::api::Secret;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{Isolated, Namespace, Options, Sealer, etcd, manifest};

/// Where a namespace of this name has everything.
const NAMESPACE: &str = "from-before";

/// What Coffer keeps in its own namespace, but for what concerns the process that ran.
const OWN: [&str; 2] = [
    "/registry/secrets/coffer-system/coffer-keyring",
    "/registry/secrets/coffer-system/coffer-store-",
];

#[derive(Deserialize, Serialize)]
struct Release {
    /// Keys of etcd, and their values in base64.
    stored: BTreeMap<String, String>,
    /// The native Secrets' values in base64, by name and key.
    delivered: BTreeMap<String, BTreeMap<String, String>>,
}

async fn delivered(ns: &Namespace) -> BTreeMap<String, BTreeMap<String, String>> {
    let natives = ns.natives().list(&ListParams::default()).await.unwrap();
    let natives = natives.items.into_iter().map(|native| {
        let values = native.data.iter().flatten();
        let values = values.map(|(key, value)| (key.clone(), BASE64_STANDARD.encode(&value.0)));
        (native.name_any(), values.collect())
    });
    natives.collect()
}

async fn secrets(ns: &Namespace) -> BTreeMap<String, Secret> {
    let secrets = ns.secrets().list(&ListParams::default()).await.unwrap();
    let secrets = secrets.items.into_iter();
    secrets.map(|secret| (secret.name_any(), secret)).collect()
}

#[tokio::test]
async fn what_an_earlier_release_made_and_sealed_stays() {
    let release: Release = serde_json::from_str(include_str!("0.1.0.json")).unwrap();
    goes_on(&release).await;
}

#[tokio::test]
async fn what_this_release_makes_and_seals_is_recorded_for_those_to_come() {
    let release = record().await;
    goes_on(&release).await;
    if let Ok(path) = std::env::var("COFFER_RECORD_RELEASE") {
        std::fs::write(path, serde_json::to_string_pretty(&release).unwrap()).unwrap();
    }
}

/// Puts it into a new cluster, and has this release take it up.
async fn goes_on(release: &Release) {
    let mut isolated = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let url = isolated.control_plane.etcd_url();
    for (key, value) in &release.stored {
        etcd::put(&url, key, &BASE64_STANDARD.decode(value).unwrap()).await;
    }
    let ns = Namespace::existing(isolated.cluster.clone(), NAMESPACE);
    let before = secrets(&ns).await;
    assert_eq!(delivered(&ns).await, release.delivered);
    isolated.start_operator().await;
    // Made by this release: it has the keys, and has looked at all that there was.
    ns.apply(&manifest::secret("new", "v")).await;
    ns.ready("new").await;
    for (name, before) in before {
        let after = ns.ready(&name).await;
        assert_eq!(json!(after.spec), json!(before.spec), "{name}");
        let of = |secret: &Secret| {
            let status = secret.status.clone().unwrap();
            (status.id, status.version, status.created, status.modified)
        };
        assert_eq!(of(&after), of(&before), "{name}");
        assert_eq!(ns.events(&name).await, [], "{name}");
    }
    ns.delete("new").await;
    ns.native_gone("new").await;
    assert_eq!(delivered(&ns).await, release.delivered);

    // It opens as well: what is lost is delivered anew.
    for name in release.delivered.keys() {
        ns.natives()
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
        ns.native(name, "is there again", |_| true).await;
    }
    assert_eq!(delivered(&ns).await, release.delivered);
}

/// One Secret for each way in which a value comes to be stored.
async fn furnish(ns: &Namespace) {
    let store = ns.store("vault", "{}").await;
    let author = Sealer::of(&store);
    ns.apply(&manifest::secret("plain", "in clear")).await;
    ns.apply(&manifest::secret(
        "sealed",
        &author.strict("sealed", "value", b"by its author"),
    ))
    .await;
    let recipes = json!({
        "bytes": { "generate": { "kind": "Bytes" } },
        "id": { "generate": { "kind": "Uuid" } },
        "pair": { "generate": { "kind": "KeyPair", "algorithm": "X25519" } },
        "pw": { "generate": { "kind": "Password" } },
        "ssh": { "generate": { "kind": "SshKey" } },
    });
    ns.apply(&manifest::secret_with(
        "made",
        "vault",
        &recipes.to_string(),
        "{}",
    ))
    .await;
    for name in ["plain", "sealed", "made"] {
        ns.ready(name).await;
    }
}

/// All that it stores, taken from etcd.
async fn record() -> Release {
    let isolated = Isolated::start(Options::default()).await;
    let ns = Namespace::existing(isolated.cluster.clone(), NAMESPACE);
    ns.create_again().await;
    furnish(&ns).await;
    let mut stored = BTreeMap::new();
    for record in etcd::history(&isolated.control_plane.etcd_url()).await {
        let is_in_namespace = record.key.contains(&format!("/{NAMESPACE}/"));
        let is_kind = record.key.contains("coffer.dev/") || record.key.contains("/secrets/");
        let is_namespace = record.key == format!("/registry/namespaces/{NAMESPACE}");
        let is_own = OWN.iter().any(|prefix| record.key.starts_with(prefix));
        if is_own || is_namespace || is_kind && is_in_namespace {
            stored.insert(record.key, BASE64_STANDARD.encode(record.value));
        }
    }
    let delivered = delivered(&ns).await;
    Release { stored, delivered }
}
