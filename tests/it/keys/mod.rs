//! `coffer keys`, as an administrator runs it.

mod adopt;
mod list;
mod printed;
mod prune;
mod rights;
mod root;
mod rotate;
mod shred;

use std::path::PathBuf;

use coffer::crypto::{Fingerprinter, Keyring, WrapFor};
use coffer::index::store_keys::native_name;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};
use tokio::process::Command;

use crate::support::canary::assert_bytes_absent;
use crate::support::ran::{Ran, run};
use crate::support::{Cluster, Isolated, Namespace, Options, bytes};

const SYSTEM: &str = "coffer-system";

/// An administrator, and a namespace for stores.
pub(crate) struct Admin {
    ns: Namespace,
    kubeconfig: PathBuf,
}

impl Admin {
    /// On the cluster that tests share, with an operator.
    async fn new() -> Self {
        Self::of(Cluster::namespace("keys").await)
    }

    pub(crate) fn of(ns: Namespace) -> Self {
        let kubeconfig = ns.cluster.kubeconfig.clone();
        Self { ns, kubeconfig }
    }

    /// `NAMESPACE/STORE` of a store in the namespace.
    fn name(&self, store: &str) -> String {
        format!("{}/{store}", self.ns.name)
    }

    /// Native Secrets of the operator's namespace.
    fn keys(&self) -> Api<core::Secret> {
        Api::namespaced(self.ns.cluster.client.clone(), SYSTEM)
    }

    /// The native Secret with a store's record.
    async fn native(&self, store: &str) -> Option<core::Secret> {
        let name = native_name(&self.ns.name, store);
        self.keys().get_opt(&name).await.unwrap()
    }

    /// The record of a store.
    async fn record(&self, store: &str) -> Json {
        let native = self.native(store).await.unwrap();
        serde_json::from_slice(&bytes(&native, "record.json")).unwrap()
    }

    /// Changes native Secrets of the operator's namespace (JSON merge patch).
    async fn edit(&self, name: &str, patch: Json) {
        let patch = Patch::Merge(patch);
        let params = PatchParams::default();
        self.keys().patch(name, &params, &patch).await.unwrap();
    }

    /// Writes the record of a store anew.
    async fn put_record(&self, store: &str, record: &Json) {
        let name = native_name(&self.ns.name, store);
        let patch = json!({ "stringData": { "record.json": record.to_string() } });
        self.edit(&name, patch).await;
    }

    /// Makes it as if the store's retired keys had been so for long.
    pub(crate) async fn retired_long_ago(&self, store: &str) {
        let mut record = self.record(store).await;
        for key in record["keys"].as_array_mut().unwrap() {
            if key["state"] == "Retired" {
                key["retired"] = json!("2026-01-01T00:00:00Z");
            }
        }
        self.put_record(store, &record).await;
    }

    /// Makes it as if nobody remembered when the root keys came.
    pub(crate) async fn keyring_made_long_ago(&self) {
        let forgotten = json!({ "metadata": { "managedFields": [{}] } });
        self.edit("coffer-keyring", forgotten).await;
    }

    /// Runs `coffer keys`.
    async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "").await
    }

    /// The same with a standard input. No output may show a key, wrapped or not, or an envelope.
    async fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coffer"));
        command
            .arg("keys")
            .args(arguments)
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .env_remove("KUBECONFIG")
            .env_remove("COFFER_NAMESPACE");
        let output = run(command, stdin).await;
        let ran = Ran::from(output);
        let keyring = self.keys().get_opt("coffer-keyring").await.unwrap();
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains("coffer.wrap.") && !text.contains("coffer.v1."));
            let entries = keyring.iter().flat_map(|keyring| &keyring.data).flatten();
            for (entry, ByteString(bytes)) in entries {
                assert_bytes_absent(bytes, entry, text);
            }
        }
        ran
    }

    /// Runs what has to succeed, and gives what was printed.
    async fn succeeds(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {} {}", ran.out, ran.err);
        ran.out
    }

    /// Runs what has to end with this code and print nothing, and gives what was complained about.
    async fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{}", ran.err);
        ran.err
    }

    /// Runs what has to be refused, and leaves the store's record as it is.
    async fn refused(&self, store: &str, arguments: &[&str], stdin: &str) -> String {
        let before = self.native(store).await.unwrap();
        let ran = self.run_with(arguments, stdin).await;
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
        let after = self.native(store).await.unwrap();
        assert_eq!(
            before.metadata.resource_version,
            after.metadata.resource_version
        );
        ran.err
    }
}

/// A cluster without an operator, where a test makes keyring and records itself.
struct Still {
    _isolated: Isolated,
    admin: Admin,
}

impl Still {
    async fn start() -> Self {
        let isolated = Isolated::start(Options {
            without_operator: true,
            ..Options::in_controller_mode()
        })
        .await;
        let admin = Admin::of(isolated.namespace("keys").await);
        Self {
            _isolated: isolated,
            admin,
        }
    }

    /// Makes a keyring of these roots; the purpose key is wrapped by one of them.
    async fn keyring(&self, roots: &[u32], purpose: u32) {
        let root = |number: &u32| {
            let byte = u8::try_from(*number).unwrap();
            (format!("root-{number}"), ByteString(vec![0xa0 | byte; 32]))
        };
        let wrapped = ByteString(fingerprint(purpose).into_bytes());
        let purpose = ("purpose-fingerprint".to_owned(), wrapped);
        let data = roots.iter().map(root).chain([purpose]).collect();
        self.make("coffer-keyring", "keyring", data).await;
        self.admin.keyring_made_long_ago().await;
    }

    /// Makes the record of a store with these keys: id, suite, state, root.
    async fn store(&self, store: &str, keys: &[(&str, &str, &str, u32)]) {
        let key = |(id, suite, state, root): &(&str, &str, &str, u32)| {
            let retired = (*state == "Retired").then_some("2026-02-01T00:00:00Z");
            json!({
                "id": id, "suite": suite, "state": state, "created": "2026-01-01T00:00:00Z",
                "retired": retired, "wrapped": wrapped(*root),
            })
        };
        let record = json!({
            "namespace": self.admin.ns.name, "store": store, "namespaceUid": "former",
            "storeUid": "", "deletionPolicy": "Refuse",
            "keys": keys.iter().map(key).collect::<Vec<_>>(),
        });
        let data = ByteString(record.to_string().into_bytes());
        let name = native_name(&self.admin.ns.name, store);
        let data = [("record.json".to_owned(), data)].into();
        self.make(&name, "store-keys", data).await;
    }

    async fn make(
        &self,
        name: &str,
        part: &str,
        data: std::collections::BTreeMap<String, ByteString>,
    ) {
        let labels = json!({ "coffer.dev/part": part });
        let object = json!({
            "metadata": { "name": name, "labels": labels }, "data": data,
        });
        let object = serde_json::from_value(object).unwrap();
        let params = kube::api::PostParams::default();
        self.admin.keys().create(&params, &object).await.unwrap();
    }

    /// The names of the keyring's root keys.
    async fn roots(&self) -> Vec<String> {
        let keyring = self.admin.keys().get("coffer-keyring").await.unwrap();
        let names = keyring.data.unwrap().into_keys();
        names.filter(|name| name.starts_with("root-")).collect()
    }
}

/// A key of fingerprints, wrapped by this root as [`Still::keyring`] makes it.
fn fingerprint(root: u32) -> String {
    let byte = u8::try_from(root).unwrap();
    let (name, key) = (format!("root-{root}"), [0xa0 | byte; 32]);
    let keyring = Keyring::from_entries([(name.as_str(), key.as_slice())]).unwrap();
    let purpose = WrapFor::Purpose {
        name: "fingerprint",
    };
    let key = Fingerprinter::generate().to_secret_bytes();
    keyring.wrap(&purpose, &key).to_string()
}

fn wrapped(root: u32) -> String {
    format!("coffer.wrap.v1.{root}.{}", "A".repeat(54))
}
