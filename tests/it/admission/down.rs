//! No webhook answers: what is in clear is refused, and everything else goes on.

use serde_json::json;

use super::stripe;
use crate::support::{Canary, Isolated, Options, manifest};

#[tokio::test]
async fn without_a_webhook_plaintext_is_refused_and_sealed_manifests_apply() {
    let mut isolated = Isolated::start(Options::default()).await;
    let (ns, canary) = (isolated.namespace("down").await, Canary::new());
    let author = ns.sealer_of_new_store("vault").await;
    ns.apply(&manifest::secret("plain", "v")).await;
    ns.ready("plain").await;
    let changed = author.strict("changed", "value", b"v");
    ns.apply(&manifest::secret("changed", &changed)).await;
    ns.ready("changed").await;
    isolated.kill9();

    for way in [
        vec!["apply", "-f", "-"],
        vec!["apply", "--server-side", "-f", "-"],
        vec!["create", "-f", "-"],
    ] {
        let said = ns.try_kubectl(&way, &stripe(&canary)).await.unwrap_err();
        assert!(said.contains("seal.secrets.coffer.dev"), "{said}");
        canary.assert_absent("the message", &said);
    }
    let sealed = author.strict("sealed", "value", b"v");
    ns.kubectl(&["apply", "-f", "-"], &manifest::secret("sealed", &sealed))
        .await;
    let changed = author.strict("changed", "value", b"w");
    ns.kubectl(
        &["apply", "-f", "-"],
        &manifest::secret("changed", &changed),
    )
    .await;
    // Under a misspelt field it would stay in kubectl's copy of the manifest.
    let misspelt = json!({ "value": { "value": sealed, "vaule": { "value": canary.value() } } });
    let misspelt = manifest::secret_with("misspelt", "vault", &misspelt.to_string(), "{}");
    let arguments = ["apply", "--validate=false", "-f", "-"];
    let said = ns.try_kubectl(&arguments, &misspelt).await.unwrap_err();
    assert!(said.contains("holds a value in clear"), "{said}");
    // Of what is stored, sealed, everything else may be changed.
    ns.edit("plain", json!({ "spec": { "comment": "c" } }))
        .await;
    ns.delete("plain").await;
    ns.apply(&manifest::store("second", "{}")).await;
    let audit = std::fs::read_to_string(&ns.cluster.audit_log).unwrap();
    canary.assert_absent("the audit log", &audit);

    isolated.start_operator().await;
    ns.ready("sealed").await;
    ns.apply(&stripe(&canary)).await;
    ns.ready("stripe").await;
}

/// Someone takes the webhooks away, or an upgrade loses them.
#[tokio::test]
async fn without_the_webhook_configuration_the_policy_refuses_plaintext() {
    let isolated = Isolated::start(Options::default()).await;
    let (ns, canary) = (isolated.namespace("removed").await, Canary::new());
    let author = ns.sealer_of_new_store("vault").await;
    let arguments = ["delete", "mutatingwebhookconfiguration", "coffer"];
    ns.kubectl(&arguments, "").await;
    let said = crate::support::eventually("the API server knows", async || {
        let said = ns
            .try_kubectl(&["create", "-f", "-"], &stripe(&canary))
            .await;
        match said {
            Ok(_) => Err("it was sealed".to_owned()),
            Err(said) if said.contains("AlreadyExists") => {
                ns.delete("stripe").await;
                Err(said)
            }
            Err(said) => Ok(said),
        }
    })
    .await;
    let told = "spec.data.value.value is in clear, and the webhook that seals values did not do it";
    assert!(said.contains(told), "{said}");
    canary.assert_absent("the message", &said);
    let sealed = author.strict("sealed", "value", b"v");
    ns.apply(&manifest::secret("sealed", &sealed)).await;
    ns.ready("sealed").await;
}
