//! `coffer import`, run as a person runs it.

mod cluster;
mod env;
mod files;
mod printed;
mod sealed_secret;
mod take_over;

use std::fs;
use std::path::{Path, PathBuf};

use coffer::api::Secret;
use coffer::crypto::{BindingKind, Envelope, Place, StoreKey, Suite};
use tempfile::TempDir;

use crate::support::canary::assert_bytes_absent;
use crate::support::ran::{Ran, coffer};

/// A value that no output may show in any form.
const CANARY: &str = "hunter2-canary";

/// A folder, a store shop/payments with a key of its own, and its public half in `key.yaml`.
struct Desk {
    folder: TempDir,
    key: StoreKey,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: TempDir::new().unwrap(),
            key: StoreKey::generate(Suite::X25519),
        };
        let key = desk.key.sealing_key().unwrap();
        let (id, public) = (key.id(), key.public_base64());
        desk.file("key.yaml", &format!(
            "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: {{name: payments, namespace: shop}}\nspec: {{sealing: {{suite: X25519, bindings: [Strict, Store]}}}}\nstatus:\n  sealingKeys:\n  - id: \"{id}\"\n    suite: X25519\n    publicKey: {public}\n    state: Active\n    created: \"2026-11-01T00:00:00Z\"\n"
        ));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs `coffer import` in the folder, for the store and with its key from the file.
    fn import(&self, args: &[&str], stdin: &str) -> Ran {
        let to = ["--store", "payments", "--sealing-key", "key.yaml"];
        run(self.folder.path(), &[args, &to].concat(), stdin)
    }

    /// What a value holds, opened at its place.
    fn open(&self, secret: &Secret, key: &str) -> String {
        let place = Place {
            kind: "Secret",
            namespace: secret.metadata.namespace.as_deref().unwrap(),
            store: &secret.spec.store_ref.name,
            name: secret.metadata.name.as_deref().unwrap(),
            key,
        };
        let value = secret.spec.data[key].value.as_ref().unwrap();
        let envelope = Envelope::parse(value.expose()).unwrap();
        let opened = self.key.open(&envelope, &BindingKind::ALL, &place).unwrap();
        String::from_utf8(opened.0.expose().to_vec()).unwrap()
    }
}

/// Runs `coffer import` in a folder, with no cluster to be found.
fn run(folder: &Path, args: &[&str], stdin: &str) -> Ran {
    let ran = coffer(folder, &[&["import"], args].concat(), stdin);
    for (place, text) in [("stdout", &ran.out), ("stderr", &ran.err)] {
        assert!(!text.contains("hunter2"), "the value shows in {place}");
        assert_bytes_absent(CANARY.as_bytes(), place, text);
    }
    ran
}

/// The manifests of an output.
fn secrets(out: &str) -> Vec<Secret> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(out)
        .map(|document| Secret::deserialize(document).unwrap())
        .collect()
}

/// A native Secret's manifest with a value that must not show.
fn native(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\nstringData: {{token: {CANARY}}}\n"
    )
}
