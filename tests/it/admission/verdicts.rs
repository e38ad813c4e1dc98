//! One code, two voices: what the webhook says of a manifest is word for word what the controller says of it where nobody
//! advises. But for a native Secret to follow: whether it is absent or its owner does not agree only the controller asks.

use coffer::api::{ConditionType, Secret};
use serde_json::json;

use super::advise::told;
use crate::support::{Cluster, Namespace, Sealer, condition, eventually, manifest, settled};

/// Manifests with something wrong in each, by the names of their Secrets.
async fn cases(ns: &Namespace) -> Vec<(&'static str, String)> {
    let vault = ns.sealer_of_new_store("vault").await;
    let other = ns.sealer_of_new_store("other").await;
    let theirs = Cluster::namespace("theirs").await;
    let theirs = theirs.sealer_of_new_store("vault").await;
    ns.store("full", "{ quota: { secrets: 1 } }").await;
    let first = r#"{ value: { value: "v" } }"#;
    ns.apply(&manifest::secret_with("first", "full", first, "{}"))
        .await;
    ns.ready("first").await;
    ns.delivered("stripe", b"v").await;
    let with = |name, data: &str, target: &str| manifest::secret_with(name, "vault", data, target);
    let unknown = format!("coffer.v1.0123456789abcdef.{}", "A".repeat(80));
    let two = json!({
        "one": { "value": other.strict("two", "one", b"v") },
        "two": { "value": "coffer.v1.nonsense" },
    });
    let follows = |native: &str| {
        json!({ "value": { "fromSecret": { "name": native, "key": "value" } } }).to_string()
    };
    let sealed =
        |name, sealer: &Sealer, key: &str| manifest::secret(name, &sealer.strict(name, key, b"v"));
    vec![
        ("well", manifest::secret("well", "v")),
        ("elsewhere", sealed("elsewhere", &other, "value")),
        ("pasted", sealed("pasted", &theirs, "value")),
        ("key", sealed("key", &vault, "other")),
        (
            "malformed",
            manifest::secret("malformed", "coffer.v1.nonsense"),
        ),
        ("unknown", manifest::secret("unknown", &unknown)),
        ("two", with("two", &two.to_string(), "{}")),
        ("empty", with("empty", "{}", "{}")),
        ("lacking", with("lacking", "{ token: {} }", "{}")),
        (
            "unwritten",
            with(
                "unwritten",
                first,
                r#"{ template: { out: "{{ vaule }}" } }"#,
            ),
        ),
        (
            "unparsed",
            with("unparsed", first, r#"{ template: { out: "{{ value" } }"#),
        ),
        ("tls", with("tls", first, "{ type: kubernetes.io/tls }")),
        (
            "helm",
            with("helm", first, "{ name: sh.helm.release.v1.a.v1 }"),
        ),
        ("taken", with("taken", first, "{ name: stripe }")),
        (
            "storeless",
            manifest::secret_with("storeless", "nowhere", first, "{}"),
        ),
        (
            "placeless",
            manifest::secret_with("placeless", "full", first, "{}"),
        ),
        ("copying", with("copying", &follows("stripe"), "{}")),
    ]
}

/// What the webhook says: of what is refused, that, and of what is admitted, what it warns of.
async fn advice(ns: &Namespace, manifest: &str) -> Result<Vec<String>, String> {
    let mut told = told(ns, &["apply", "--dry-run=server", "-f", "-"], manifest).await;
    if let Ok(warnings) = &mut told {
        // Not about the manifest.
        warnings.retain(|warning| !warning.contains("a dry run makes none"));
    }
    told
}

/// The same of a manifest with something wrong in it: on a machine that is busy it may be admitted without advice.
async fn verdict(ns: &Namespace, name: &str, manifest: &str) -> Result<Vec<String>, String> {
    eventually(&format!("something is said of {name}"), async || {
        let advice = advice(ns, manifest).await;
        if name != "well" && advice == Ok(Vec::new()) {
            return Err("nothing");
        }
        Ok(advice)
    })
    .await
}

/// What the controller says; `None` where all is well.
async fn judged(ns: &Namespace, name: &str) -> Option<String> {
    eventually(&format!("Secret {name} is judged"), async || {
        let secret: Secret = ns.secrets().get(name).await.unwrap();
        let ready = condition(&secret, ConditionType::Ready)
            .filter(|ready| ready.observed_generation == secret.metadata.generation);
        match ready {
            Some(ready) if ready.status == "False" => Ok(Some(ready.message.clone())),
            _ => settled(&secret).map(|()| None),
        }
    })
    .await
}

#[tokio::test]
async fn the_webhook_and_the_controller_say_the_same() {
    let ns = Cluster::namespace("verdicts").await;
    let cases = cases(&ns).await;
    let mut advised = Vec::new();
    for (name, manifest) in &cases {
        advised.push(verdict(&ns, name, manifest).await);
    }
    let label = ["label", "namespace", &ns.name, "coffer.dev/advise=disabled"];
    ns.kubectl(&label, "").await;
    eventually("nobody advises here", async || {
        let malformed = manifest::secret("malformed", "coffer.v1.nonsense");
        advice(&ns, &malformed).await.map(drop)
    })
    .await;
    for ((name, manifest), advised) in cases.iter().zip(advised) {
        ns.kubectl(&["create", "-f", "-"], manifest).await;
        agree(name, advised, judged(&ns, name).await);
    }
}

/// What cannot be sealed is refused also where nobody advises; the controller sees it where there are no webhooks.
#[tokio::test]
async fn the_webhook_that_seals_and_the_controller_say_the_same() {
    let [ns, without] = [
        Cluster::namespace("verdicts").await,
        Cluster::namespace_in_controller_mode("verdicts").await,
    ];
    for ns in [&ns, &without] {
        ns.store("vault", "{}").await;
    }
    let data = "{ value: { value: '%', encoding: Base64 } }";
    let manifest = manifest::secret_with("app", "vault", data, "{}");
    let advised = advice(&ns, &manifest).await;
    assert!(advised.is_err());
    without.kubectl(&["create", "-f", "-"], &manifest).await;
    agree("app", advised, judged(&without, "app").await);
}

/// Word for word.
fn agree(name: &str, advised: Result<Vec<String>, String>, judged: Option<String>) {
    match advised {
        Err(refused) => {
            let judged = judged.unwrap_or_else(|| panic!("{name} is well, but: {refused}"));
            assert!(
                refused.contains(&judged),
                "{name}: {refused}\nbut: {judged}"
            );
        }
        Ok(warnings) => {
            let judged: Vec<_> = judged.into_iter().collect();
            assert_eq!(warnings, judged, "{name}");
        }
    }
}
