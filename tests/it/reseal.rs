//! `coffer reseal`: manifests in Git, renewed after a rotation.

mod printed;

use std::process::{Command, Stdio};

use coffer::api::KeyState;
use coffer::crypto::{BindingKind, Envelope, KeyId, Place, StoreKey, Suite};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use tempfile::TempDir;

use crate::support::Ran;
use crate::support::{Canary, Cluster, Namespace, Sealer, eventually, manifest};

/// A folder as Git has it.
struct Desk {
    folder: TempDir,
    canary: Canary,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            canary: Canary::new(),
        }
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Runs `coffer reseal` in the folder; no output may show the value.
    fn run(&self, ns: Option<&Namespace>, arguments: &[&str]) -> Ran {
        self.run_with(ns, arguments, Stdio::null())
    }

    /// The same with a file of the folder as standard input.
    fn pipe(&self, ns: &Namespace, arguments: &[&str], name: &str) -> Ran {
        let file = std::fs::File::open(self.folder.path().join(name)).unwrap();
        self.run_with(Some(ns), arguments, file.into())
    }

    fn run_with(&self, ns: Option<&Namespace>, arguments: &[&str], stdin: Stdio) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coffer"));
        command.arg("reseal").args(arguments);
        if let Some(ns) = ns {
            command.arg("--kubeconfig").arg(&ns.cluster.kubeconfig);
            command.args(["-n", &ns.name]);
        }
        let output = command
            .current_dir(self.folder.path())
            .env_remove("KUBECONFIG")
            .env("HOME", self.folder.path())
            .env("NO_PROXY", "127.0.0.1")
            .stdin(stdin)
            .output()
            .unwrap();
        let ran = Ran::from(output);
        self.canary.assert_absent("stdout", &ran.out);
        self.canary.assert_absent("stderr", &ran.err);
        ran
    }
}

/// The manifest of Secret `stripe` of store team-a/payments, a comment beside each of its values.
fn stripe(values: &[(&str, &str)]) -> String {
    let head = "# live\napiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: { name: stripe, namespace: team-a }\nspec:\n  storeRef: { name: payments }\n  data:\n";
    let data = values
        .iter()
        .map(|(key, value)| format!("    {key}: {{ value: '{value}' }} # of {key}\n"));
    head.to_owned() + &data.collect::<String>()
}

fn sealed(key: &StoreKey, data_key: &str) -> String {
    let place = Place {
        kind: "Secret",
        namespace: "team-a",
        store: "payments",
        name: "stripe",
        key: data_key,
    };
    let envelope = key.seal(BindingKind::Strict, &place, b"v");
    envelope.unwrap().to_string()
}

/// The store as kubectl prints it.
fn store(keys: &[(&StoreKey, &str)]) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|(key, state)| {
            json!({
                "id": key.id().to_string(), "suite": key.suite().as_str(), "state": state,
                "created": "2026-01-01T00:00:00Z",
                "publicKey": key.sealing_key().map(|public| public.public_base64()),
            })
        })
        .collect();
    json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "SecretStore",
        "metadata": { "name": "payments", "namespace": "team-a" },
        "spec": {}, "status": { "sealingKeys": keys },
    })
    .to_string()
}

#[test]
fn a_check_finds_retired_and_unknown_keys_and_needs_no_cluster() {
    let desk = Desk::new();
    let [active, retired, unknown] = [Suite::X25519; 3].map(StoreKey::generate);
    desk.file(
        "store.yaml",
        &store(&[(&retired, "Retired"), (&active, "Active")]),
    );
    desk.file("good.yaml", &stripe(&[("a", &sealed(&active, "a"))]));
    let bad = stripe(&[
        ("a", &sealed(&active, "a")),
        ("b", &sealed(&retired, "b")),
        ("c", &sealed(&unknown, "c")),
    ]);
    desk.file("bad.yaml", &bad);
    let check = ["--check", "--store", "store.yaml"];
    let ran = desk.run(None, &[&check[..], &["good.yaml"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let ran = desk.run(None, &[&check[..], &["good.yaml", "bad.yaml"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    let renew = format!(
        "bad.yaml:9:17: sealed with key {}, which is retired; renew it",
        retired.id()
    );
    assert!(lines[0].starts_with(&renew), "{}", lines[0]);
    assert!(
        lines[1].contains("which store payments does not have"),
        "{}",
        lines[1]
    );
    assert_eq!(desk.text("bad.yaml"), bad);
}

#[test]
fn a_check_says_what_it_cannot_judge() {
    let desk = Desk::new();
    let key = StoreKey::generate(Suite::X25519);
    desk.file("store.yaml", &store(&[(&key, "Active")]));
    let whole = sealed(&key, "a");
    for (name, text, words) in [
        (
            "clear",
            stripe(&[("a", desk.canary.value())]),
            "is in clear; seal it with `coffer seal` first",
        ),
        (
            "broken",
            stripe(&[("a", &whole[..60])]),
            "starts like an envelope but is none",
        ),
        ("yaml", "a: [".to_owned(), "yaml:"),
    ] {
        desk.file(name, &text);
        let ran = desk.run(None, &["--check", "--store", "store.yaml", name]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(words), "{name}: {}", ran.err);
    }
}

#[tokio::test]
async fn without_the_webhook_nothing_is_written_and_the_reason_is_told() {
    let desk = Desk::new();
    let ns = Cluster::namespace_in_controller_mode("reseal").await;
    let author = ns.sealer_of_new_store("vault").await;
    let text = manifest::secret("stripe", &author.strict("stripe", "value", b"v"));
    desk.file("stripe.yaml", &text);
    for _ in ["it is not there", "it is there"] {
        let ran = desk.run(Some(&ns), &["stripe.yaml"]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(
            ran.err.contains("needs to run with admission.mode Webhook"),
            "{}",
            ran.err
        );
        assert_eq!(desk.text("stripe.yaml"), text);
        ns.apply(&text).await;
        ns.ready("stripe").await;
    }
}

#[tokio::test]
async fn one_bad_file_leaves_all_as_they_were() {
    let desk = Desk::new();
    let ns = Cluster::namespace("reseal").await;
    let author = ns.sealer_of_new_store("vault").await;
    let good = manifest::secret("good", &author.strict("good", "value", b"v"));
    desk.file("good.yaml", &good);
    desk.file("bad.yaml", &manifest::secret("bad", desk.canary.value()));
    let ran = desk.run(Some(&ns), &["good.yaml", "bad.yaml"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("is in clear"), "{}", ran.err);
    assert_eq!(desk.text("good.yaml"), good);
}

/// New keys, as `coffer keys rotate store` asks for them.
async fn rotate(ns: &Namespace, before: &Sealer) -> Sealer {
    let asked = json!({ "metadata": { "annotations": { "coffer.dev/rotate-keys": "now" } } });
    ns.stores()
        .patch("vault", &PatchParams::default(), &Patch::Merge(asked))
        .await
        .unwrap();
    eventually("the store has new keys", async || {
        let store = ns.stores().get("vault").await.unwrap();
        let keys = &store.status.as_ref().unwrap().sealing_keys;
        let is_retired = keys
            .iter()
            .any(|key| key.id == before.key.id().to_string() && key.state == KeyState::Retired);
        is_retired
            .then(|| Sealer::of(&store))
            .ok_or("they are the former ones")
    })
    .await
}

/// The keys of a manifest's envelopes.
fn keys(text: &str) -> Vec<KeyId> {
    text.split(['"', ' '])
        .filter_map(|word| Some(Envelope::parse(word).ok()?.key_id()))
        .collect()
}

/// A manifest but for its envelopes.
fn without(text: &str) -> Vec<String> {
    let words = text.split('"').map(str::to_owned);
    words
        .filter(|word| !word.starts_with("coffer.v1."))
        .collect()
}

#[tokio::test]
async fn after_a_rotation_the_files_have_the_new_key_and_the_same_values() {
    let desk = Desk::new();
    let ns = Cluster::namespace("reseal").await;
    let before = ns.sealer_of_new_store("vault").await;
    let value = desk.canary.value().as_bytes();
    let document = |name: &str| {
        format!(
            "# {name}\n{}",
            manifest::secret(name, &before.strict(name, "value", value))
        )
    };
    // One that is there, and one that is not; and something that is none of Coffer's.
    let text = format!(
        "{}---\nkind: ConfigMap # stays\n---\n{}",
        document("there"),
        document("new")
    );
    desk.file("all.yaml", &text);
    ns.apply(&document("there")).await;
    ns.ready("there").await;
    let after = rotate(&ns, &before).await;
    assert_eq!(desk.run(Some(&ns), &["--check", "all.yaml"]).code, 1);
    let version = ns
        .secrets()
        .get("there")
        .await
        .unwrap()
        .metadata
        .resource_version;
    let piped = desk.pipe(&ns, &["-"], "all.yaml");
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert_eq!(without(&piped.out), without(&text));
    assert_eq!(keys(&piped.out), [after.key.id(); 2]);
    assert_eq!(desk.text("all.yaml"), text);

    let ran = desk.run(Some(&ns), &["all.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(ran.err, "coffer: renewed 2 values\n");
    let version_after = ns
        .secrets()
        .get("there")
        .await
        .unwrap()
        .metadata
        .resource_version;
    assert_eq!(version_after, version);
    assert!(ns.secrets().get_opt("new").await.unwrap().is_none());

    let renewed = desk.text("all.yaml");
    assert_eq!(keys(&renewed), [after.key.id(); 2]);
    assert_eq!(without(&renewed), without(&text));
    assert_eq!(desk.run(Some(&ns), &["--check", "all.yaml"]).code, 0);
    let ran = desk.run(Some(&ns), &["all.yaml"]);
    assert_eq!((ran.code, desk.text("all.yaml")), (0, renewed.clone()));

    for (name, document) in ["there", "new"]
        .into_iter()
        .zip(renewed.split("---\nkind: ConfigMap # stays\n---\n"))
    {
        ns.kubectl(
            &[
                "apply",
                "--server-side",
                "--field-manager=author",
                "-f",
                "-",
            ],
            document,
        )
        .await;
        ns.ready(name).await;
        assert_eq!(ns.bytes(name, "value").await, value);
    }
}
