//! `coffer seal`, run as a person or a pipeline runs it.

mod cluster;
mod manifests;
mod printed;
mod refusals;
mod value;

use std::fs;
use std::path::{Path, PathBuf};

use coffer::crypto::{BindingKind, Envelope, Place, StoreKey, Suite};
use tempfile::TempDir;

use crate::support::ran::{Ran, coffer};

/// A value that no output may show.
const CANARY: &str = "hunter2-canary";

/// A folder, a store team-a/payments with a key of its own, and its public half in a file.
struct Desk {
    folder: TempDir,
    key: StoreKey,
}

impl Desk {
    fn new(suite: Suite) -> Self {
        let desk = Self {
            folder: TempDir::new().unwrap(),
            key: StoreKey::generate(suite),
        };
        desk.file("key.yaml", &desk.store("[Strict, Store]"));
        desk
    }

    /// The SecretStore as kubectl prints it.
    fn store(&self, bindings: &str) -> String {
        let key = self.key.sealing_key().unwrap();
        format!(
            "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata:\n  name: payments\n  namespace: team-a\n  generation: 1\nspec:\n  sealing:\n    suite: {suite}\n    bindings: {bindings}\nstatus:\n  observedGeneration: 1\n  usage:\n    secrets: 0\n  sealingKeys:\n  - id: 00000000000000aa\n    suite: XChaCha20Poly1305\n    state: Active\n    created: \"2026-11-01T00:00:00Z\"\n  - id: \"{id}\"\n    suite: {suite}\n    publicKey: {public}\n    state: Active\n    created: \"2026-11-01T00:00:00Z\"\n",
            suite = key.suite(),
            id = key.id(),
            public = key.public_base64(),
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs `coffer seal` in the folder.
    fn seal(&self, args: &[&str], stdin: &str) -> Ran {
        run(self.folder.path(), args, stdin)
    }

    /// What an envelope for this place holds.
    fn open(&self, binding: BindingKind, name: &str, key: &str, envelope: &str) -> String {
        let place = Place {
            kind: "Secret",
            namespace: "team-a",
            store: "payments",
            name,
            key,
        };
        let envelope = Envelope::parse(envelope).unwrap();
        let (opened, _) = self.key.open(&envelope, &[binding], &place).unwrap();
        String::from_utf8(opened.expose().to_vec()).unwrap()
    }
}

fn run(folder: &Path, args: &[&str], stdin: &str) -> Ran {
    let ran = coffer(folder, &[&["seal"], args].concat(), stdin);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    ran
}

/// A Secret of team-a/payments whose `data` reads `data`.
fn secret(name: &str, data: &str) -> String {
    format!(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {{name: {name}, namespace: team-a}}\nspec:\n  storeRef: {{name: payments}}\n  data:\n{data}"
    )
}

/// The envelopes of a text, in order.
fn envelopes(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let from = |at: usize| {
        text[at..]
            .split(|c| !is_part(c))
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    text.match_indices("coffer.v1.")
        .map(|(at, _)| from(at))
        .collect()
}
