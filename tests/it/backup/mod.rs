//! Backups, exports of keys and their way back, run as an administrator runs them.

mod adopt;
mod damage;
mod disaster;
mod exchange;
mod files;
mod printed;
mod restore;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use coffer::api::{Secret, SecretStore};
use k8s_openapi::api::core::v1 as core;
use kube::api::ListParams;
use kube::{Api, ResourceExt as _};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::ran::{Ran, run};
use crate::support::{Canary, Cluster};

const PASSPHRASE: &str = "correct horse battery";

/// A folder for files, and a value that none of them may show.
struct Desk {
    folder: TempDir,
    canary: Canary,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: TempDir::new().unwrap(),
            canary: Canary::new(),
        };
        std::fs::write(desk.path("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `coffer` in the folder; nothing that it prints may show the value or the passphrase.
    async fn run(&self, cluster: Option<&Cluster>, arguments: &[&str], stdin: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coffer"));
        command.args(arguments).current_dir(self.folder.path());
        if let Some(cluster) = cluster {
            command.arg("--kubeconfig").arg(&cluster.kubeconfig);
        }
        command.env_remove("KUBECONFIG");
        let output = run(command, stdin).await;
        let ran = Ran::from(output);
        for (place, text) in [("stdout", &ran.out), ("stderr", &ran.err)] {
            self.canary.assert_absent(place, text);
            assert!(
                !text.contains(PASSPHRASE),
                "the passphrase shows in {place}"
            );
        }
        ran
    }

    /// Runs what has to succeed, with the passphrase in a file.
    async fn succeeds(&self, cluster: &Cluster, arguments: &[&str]) -> Ran {
        let ran = self.with_passphrase(cluster, arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        ran
    }

    /// Runs what has to end with this code, and gives what was complained about.
    async fn fails(&self, code: i32, cluster: &Cluster, arguments: &[&str]) -> String {
        let ran = self.with_passphrase(cluster, arguments).await;
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        ran.err
    }

    async fn with_passphrase(&self, cluster: &Cluster, arguments: &[&str]) -> Ran {
        let arguments = [arguments, &["--passphrase-file", "passphrase"]].concat();
        self.run(Some(cluster), &arguments, "").await
    }

    /// Starts what is not to come to its end.
    fn start(&self, cluster: &Cluster, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coffer"));
        command
            .args(arguments)
            .args(["--passphrase-file", "passphrase", "--kubeconfig"])
            .arg(&cluster.kubeconfig)
            .current_dir(self.folder.path())
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Fails when a file of the folder shows the value, a key at rest, or is for others to read.
    fn assert_sealed(&self, name: &str) {
        let bytes = std::fs::read(self.path(name)).unwrap();
        self.canary
            .assert_absent(name, &String::from_utf8_lossy(&bytes));
        let text = String::from_utf8_lossy(&bytes);
        for word in ["storeRef", "sealingKeys", "\"secret\"", "coffer.v1."] {
            assert!(!text.contains(word), "{word} shows in {name}");
        }
        assert_eq!(mode(&self.path(name)), 0o600);
        let left: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name.to_string_lossy().starts_with(".tmp"))
            .collect();
        assert!(left.is_empty(), "{left:?} were left behind");
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// All native Secrets of these namespaces as Coffer promises them, by namespace and name: without what
/// comes from the UID of the Secret that they were made of.
async fn delivered(cluster: &Cluster, namespaces: &[&str]) -> BTreeMap<String, Json> {
    let all = Api::<core::Secret>::all(cluster.client.clone());
    let natives = all.list(&ListParams::default()).await.unwrap();
    let natives = natives
        .items
        .into_iter()
        .filter(|native| namespaces.contains(&&*native.namespace().unwrap()));
    natives
        .map(|native| {
            let mut labels = native.labels().clone();
            labels.remove("coffer.dev/origin");
            let mut annotations = native.annotations().clone();
            annotations.remove("coffer.dev/fingerprint");
            let key = format!("{}/{}", native.namespace().unwrap(), native.name_any());
            let promised = json!({
                "data": native.data, "type": native.type_, "immutable": native.immutable,
                "labels": labels, "annotations": annotations,
            });
            (key, promised)
        })
        .collect()
}

/// Spec and identifier of each Secret and store of these namespaces.
async fn resources(cluster: &Cluster, namespaces: &[&str]) -> BTreeMap<String, Json> {
    let mut resources = BTreeMap::new();
    for namespace in namespaces {
        let secrets = Api::<Secret>::namespaced(cluster.client.clone(), namespace);
        for secret in secrets.list(&ListParams::default()).await.unwrap() {
            let id = &secret.status.as_ref().unwrap().id;
            let json = json!({ "spec": secret.spec, "labels": secret.labels(), "id": id });
            resources.insert(format!("Secret {namespace}/{}", secret.name_any()), json);
        }
        let stores = Api::<SecretStore>::namespaced(cluster.client.clone(), namespace);
        for store in stores.list(&ListParams::default()).await.unwrap() {
            let status = store.status.as_ref().unwrap();
            // How many values each has sealed is counted anew.
            let keys = status.sealing_keys.iter();
            let keys: Vec<_> = keys
                .map(|key| json!([key.id, key.public_key, key.state]))
                .collect();
            let json = json!({
                "spec": store.spec, "labels": store.labels(), "id": status.id, "keys": keys,
            });
            resources.insert(
                format!("SecretStore {namespace}/{}", store.name_any()),
                json,
            );
        }
    }
    resources
}

/// resourceVersions of everything that a restore could write to.
async fn versions(cluster: &Cluster, namespaces: &[&str]) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for namespace in namespaces.iter().chain([&"coffer-system"]) {
        let client = || cluster.client.clone();
        versions.extend(listed(Api::<Secret>::namespaced(client(), namespace), "Secret").await);
        versions.extend(
            listed(
                Api::<SecretStore>::namespaced(client(), namespace),
                "SecretStore",
            )
            .await,
        );
        versions.extend(
            listed(
                Api::<core::Secret>::namespaced(client(), namespace),
                "native",
            )
            .await,
        );
    }
    versions
}

/// resourceVersions by kind, namespace and name.
async fn listed<K>(api: Api<K>, kind: &str) -> Vec<(String, String)>
where
    K: kube::Resource + Clone + serde::de::DeserializeOwned + std::fmt::Debug,
{
    let objects = api.list_metadata(&ListParams::default()).await.unwrap();
    objects
        .into_iter()
        .map(|object| {
            let place = format!(
                "{kind} {}/{}",
                object.namespace().unwrap(),
                object.name_any()
            );
            (place, object.resource_version().unwrap())
        })
        .collect()
}
