//! What a person sees who has kubectl only.

use serde_json::json;

use crate::support::{Cluster, manifest};

/// The columns of a table, its cells set apart by two spaces or more.
fn table(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect()
}

#[tokio::test]
async fn the_columns_tell_what_matters() {
    let ns = Cluster::namespace("kubectl").await;
    ns.delivered("stripe", b"v").await;
    ns.apply(&manifest::plain("lost", "nowhere", "v")).await;
    ns.problem("lost", coffer::api::Reason::StoreNotFound).await;
    ns.usage("vault", 1).await;
    let text = ns.kubectl(&["get", "csec"], "").await;
    let rows = table(&text);
    assert_eq!(
        rows[0],
        ["NAME", "STORE", "STATE", "REASON", "TARGET", "AGE"]
    );
    assert_eq!(
        rows[1][..4],
        ["lost", "nowhere", "pending", "StoreNotFound"]
    );
    assert_eq!(
        rows[2][..5],
        ["stripe", "vault", "active", "Delivered", "stripe"]
    );
    let text = ns.kubectl(&["get", "cstore"], "").await;
    let rows = table(&text);
    assert_eq!(rows[0], ["NAME", "SECRETS", "QUOTA", "REASON", "AGE"]);
    assert_eq!(rows[1][..3], ["vault", "1", "KeysReady"]);
    let text = ns.kubectl(&["get", "csec", "lost", "-o", "wide"], "").await;
    let rows = table(&text);
    assert_eq!(rows[0][6..], ["VERSION", "MESSAGE"]);
    assert!(text.contains("create it, or correct `spec.storeRef.name`"));
}

#[tokio::test]
async fn both_kinds_are_shown_at_once_and_by_their_category() {
    let ns = Cluster::namespace("kubectl").await;
    ns.delivered("stripe", b"v").await;
    for what in ["csec,cstore", "coffer"] {
        let text = ns.kubectl(&["get", what], "").await;
        assert!(text.contains("secret.coffer.dev/stripe"), "{text}");
        assert!(text.contains("secretstore.coffer.dev/vault"), "{text}");
    }
}

#[tokio::test]
async fn a_native_secret_is_still_what_kubectl_calls_a_secret() {
    let ns = Cluster::namespace("kubectl").await;
    ns.delivered("stripe", b"v").await;
    let text = ns.kubectl(&["get", "secret", "stripe"], "").await;
    assert_eq!(table(&text)[1][..3], ["stripe", "Opaque", "1"]);
}

#[tokio::test]
async fn explain_reads_like_documentation() {
    let ns = Cluster::namespace("kubectl").await;
    let text = ns
        .kubectl(
            &[
                "explain",
                "csec.spec.data",
                "--api-version=coffer.dev/v1alpha1",
            ],
            "",
        )
        .await;
    for expected in [
        "FIELDS:",
        "The values by key, at most 64, together at most 512 KiB.",
        "fromSecret",
        "coffer.dev/source: \"true\"",
        "At most 65,536 bytes once decoded",
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{expected}: {text}");
    }
    let text = ns
        .kubectl(&["explain", "cstore.spec", "--recursive"], "")
        .await;
    for field in [
        "deletionPolicy",
        "description",
        "sealing",
        "bindings",
        "suite",
    ] {
        assert!(text.contains(field), "{text}");
    }
}

#[tokio::test]
async fn every_field_of_a_spec_is_explained() {
    let ns = Cluster::namespace("kubectl").await;
    for field in [
        "csec.spec.storeRef.name",
        "csec.spec.comment",
        "csec.spec.target.template",
        "csec.spec.target.deletionPolicy",
        "cstore.spec.sealing.suite",
        "cstore.spec.deletionPolicy",
    ] {
        let text = ns.kubectl(&["explain", field], "").await;
        assert!(text.contains("DESCRIPTION"), "{text}");
        assert!(!text.contains("<empty>"), "{text}");
    }
}

#[tokio::test]
async fn secrets_are_selected_by_store_and_state() {
    let ns = Cluster::namespace("kubectl").await;
    ns.delivered("stripe", b"v").await;
    ns.apply(&manifest::plain("lost", "nowhere", "v")).await;
    ns.problem("lost", coffer::api::Reason::StoreNotFound).await;
    for (selector, expected) in [
        ("spec.storeRef.name=vault", "stripe"),
        ("spec.storeRef.name=nowhere", "lost"),
        ("status.state=active", "stripe"),
        ("status.state=pending", "lost"),
    ] {
        let arguments = ["get", "csec", "--field-selector", selector, "-o", "name"];
        let text = ns.kubectl(&arguments, "").await;
        assert_eq!(text.trim(), format!("secret.coffer.dev/{expected}"));
    }
}

#[tokio::test]
async fn stores_are_selected_by_their_deletion_policy() {
    let ns = Cluster::namespace("kubectl").await;
    ns.store("one", "{ deletionPolicy: Cascade }").await;
    ns.store("two", "{ deletionPolicy: Refuse }").await;
    let selector = "spec.deletionPolicy=Cascade";
    let arguments = ["get", "cstore", "--field-selector", selector, "-o", "name"];
    let text = ns.kubectl(&arguments, "").await;
    assert_eq!(text.trim(), "secretstore.coffer.dev/one");
}

#[tokio::test]
async fn kubectl_wait_understands_the_conditions() {
    let ns = Cluster::namespace("kubectl").await;
    ns.apply(&manifest::store("vault", "{}")).await;
    ns.apply(&manifest::secret("stripe", "v")).await;
    let arguments = [
        "wait",
        "--for=condition=Ready",
        "--timeout=30s",
        "csec/stripe",
    ];
    ns.kubectl(&arguments, "").await;
}

#[tokio::test]
async fn what_is_in_order_is_described_without_warnings() {
    let ns = Cluster::namespace("kubectl").await;
    ns.delivered("stripe", b"v").await;
    let text = ns.kubectl(&["describe", "csec", "stripe"], "").await;
    assert!(
        text.contains("Events:") && !text.contains("Warning"),
        "{text}"
    );
}

#[tokio::test]
async fn a_diff_of_what_was_applied_server_side_is_empty() {
    let ns = Cluster::namespace("kubectl").await;
    let author = ns.sealer_of_new_store("vault").await;
    let manifest = manifest::secret("stripe", &author.strict("stripe", "value", b"v"));
    let arguments = ["apply", "--server-side", "-f", "-"];
    ns.kubectl(&arguments, &manifest).await;
    ns.ready("stripe").await;
    let diff = ns
        .try_kubectl(&["diff", "--server-side", "-f", "-"], &manifest)
        .await;
    assert_eq!(diff, Ok(String::new()), "{}", json!(manifest));
}

/// As the README has it for those who seal without access to the cluster.
#[tokio::test]
async fn values_are_sealed_offline_with_what_kubectl_prints_of_a_store() {
    let ns = Cluster::namespace("offline").await;
    ns.store("vault", "{ deletionPolicy: Cascade }").await;
    ns.usage("vault", 0).await;
    let folder = tempfile::TempDir::new().unwrap();
    for (format, name) in [("yaml", "one"), ("json", "two")] {
        let store = ns
            .kubectl(&["get", "cstore", "vault", "-o", format], "")
            .await;
        let key = folder.path().join(format);
        let plain = folder.path().join("secret.yaml");
        std::fs::write(&key, store).unwrap();
        let data = "{ value: { value: v } }";
        std::fs::write(&plain, manifest::secret_with(name, "vault", data, "{}")).unwrap();
        let sealed = std::process::Command::new(env!("CARGO_BIN_EXE_coffer"))
            .args(["seal", "-n", &ns.name, "--sealing-key"])
            .args([&key, &plain])
            .env("KUBECONFIG", "/nonexistent")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&sealed.stderr);
        assert!(sealed.status.success(), "{told}");
        ns.apply(&String::from_utf8(sealed.stdout).unwrap()).await;
        ns.ready(name).await;
        assert_eq!(ns.bytes(name, "value").await, b"v");
    }
}
