//! What the controller would say, said at once.

use coffer::crypto::BindingKind;
use serde_json::json;

use crate::support::{Canary, Cluster, Namespace, manifest};

/// What kubectl says to a manifest that is refused.
async fn refused(ns: &Namespace, manifest: &str) -> String {
    ns.try_kubectl(&["apply", "-f", "-"], manifest)
        .await
        .unwrap_err()
}

/// The warnings that kubectl shows for a manifest that is admitted.
async fn warned(ns: &Namespace, manifest: &str) -> Vec<String> {
    told(ns, &["apply", "-f", "-"], manifest).await.unwrap()
}

/// What kubectl says to a manifest: its warnings where it is admitted, and otherwise why it is not.
pub(super) async fn told(
    ns: &Namespace,
    arguments: &[&str],
    manifest: &str,
) -> Result<Vec<String>, String> {
    let arguments = [&["--namespace", &ns.name], arguments].concat();
    let output = ns.cluster.kubectl(&arguments, manifest).await;
    let said = String::from_utf8(output.stderr).unwrap();
    if !output.status.success() {
        return Err(said);
    }
    let warnings = said
        .lines()
        .filter_map(|line| line.strip_prefix("Warning: "));
    Ok(warnings.map(str::to_owned).collect())
}

#[tokio::test]
async fn a_store_that_is_not_there_yet_is_a_warning() {
    let ns = Cluster::namespace("advise").await;
    let warnings = warned(&ns, &manifest::secret("stripe", "v")).await;
    assert_eq!(
        warnings,
        [
            "SecretStore `vault` does not exist in this namespace: create it, or correct `spec.storeRef.name`"
        ]
    );
}

/// The store would not make it good.
#[tokio::test]
async fn an_envelope_that_is_none_is_refused_before_there_is_a_store() {
    let ns = Cluster::namespace("advise").await;
    let said = refused(&ns, &manifest::secret("stripe", "coffer.v1.nonsense")).await;
    assert!(said.contains("`spec.data.value.value`: "), "{said}");
}

#[tokio::test]
async fn a_store_without_a_place_is_a_warning() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{ quota: { secrets: 1 } }").await;
    assert!(
        warned(&ns, &manifest::secret("first", "v"))
            .await
            .is_empty()
    );
    ns.ready("first").await;
    assert_eq!(
        warned(&ns, &manifest::secret("second", "v")).await,
        [
            "SecretStore `vault` has a quota of 1 Secrets, and older ones have all places: delete one of them, or \
             raise `spec.quota.secrets`"
        ]
    );
    assert!(
        warned(&ns, &manifest::secret("first", "changed"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_well_is_not_spoken_of() {
    let ns = Cluster::namespace("advise").await;
    let author = ns.sealer_of_new_store("vault").await;
    let sealed = author.strict("stripe", "value", b"v");
    assert!(
        warned(&ns, &manifest::secret("stripe", &sealed))
            .await
            .is_empty()
    );
    assert!(
        warned(&ns, &manifest::secret("plain", "v"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_key_that_nobody_has_is_a_warning_because_it_may_be_imported() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    let stranger = format!("coffer.v1.0123456789abcdef.{}", "A".repeat(80));
    let warnings = warned(&ns, &manifest::secret("stripe", &stranger)).await;
    assert_eq!(
        warnings,
        [
            "`spec.data.value.value` was sealed with key 0123456789abcdef, which store `vault` does not have: \
          seal it again with `coffer seal`"
        ]
    );
}

#[tokio::test]
async fn a_value_sealed_for_another_namespace_and_pasted_is_refused_without_saying_whose_it_is() {
    let theirs = Cluster::namespace("advise-theirs").await;
    let author = theirs.sealer_of_new_store("their-vault").await;
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    for binding in BindingKind::ALL {
        let envelope = author.seal(binding, "stripe", "value", b"v");
        let said = refused(&ns, &manifest::secret("stripe", &envelope)).await;
        let told = format!(
            "`spec.data.value.value` was not sealed for namespace `{}`",
            ns.name
        );
        assert!(said.contains(&told), "{said}");
        assert!(!said.contains("their"), "{said}");
    }
}

#[tokio::test]
async fn a_value_sealed_for_another_store_name_or_key_is_refused() {
    let ns = Cluster::namespace("advise").await;
    let own = ns.sealer_of_new_store("vault").await;
    let other = ns.sealer_of_new_store("other").await;
    let cases = [
        (
            other.strict("stripe", "value", b"v"),
            "was sealed for store `other`, not for store `vault`",
        ),
        (own.strict("paypal", "value", b"v"), "does not open here"),
        (own.strict("stripe", "other", b"v"), "does not open here"),
        (
            own.seal(BindingKind::Store, "stripe", "value", b"v"),
            "does not open here",
        ),
        ("coffer.v1.nonsense".to_owned(), "`spec.data.value.value`: "),
    ];
    for (envelope, told) in cases {
        let said = refused(&ns, &manifest::secret("stripe", &envelope)).await;
        assert!(said.contains(told), "{said}");
    }
}

#[tokio::test]
async fn a_template_that_cannot_be_filled_in_is_refused() {
    let (ns, canary) = (Cluster::namespace("advise").await, Canary::new());
    ns.store("vault", "{}").await;
    let data = json!({ "value": { "value": canary.value() } }).to_string();
    let target = r#"{ template: { out: "{{ vaule }}" } }"#;
    let said = refused(
        &ns,
        &manifest::secret_with("stripe", "vault", &data, target),
    )
    .await;
    assert!(said.contains("`spec.target.template` of `out`"), "{said}");
    canary.assert_absent("the message", &said);
}

#[tokio::test]
async fn a_target_without_the_keys_that_its_type_asks_for_is_refused() {
    let (ns, canary) = (Cluster::namespace("advise").await, Canary::new());
    ns.store("vault", "{}").await;
    let data = |key: &str| json!({ key: { "value": canary.value() } }).to_string();
    for (key, target, told) in [
        ("tls.crt", "kubernetes.io/tls", "needs the key `tls.key`"),
        (
            ".dockerconfigjson",
            "kubernetes.io/dockerconfigjson",
            "needs JSON under `.dockerconfigjson`",
        ),
    ] {
        let target = format!("{{ type: {target} }}");
        let manifest = manifest::secret_with("stripe", "vault", &data(key), &target);
        let said = refused(&ns, &manifest).await;
        assert!(said.contains(told), "{said}");
        canary.assert_absent("the message", &said);
    }
    let manifest = manifest::secret_with(
        "stripe",
        "vault",
        &data("password"),
        "{ type: kubernetes.io/basic-auth }",
    );
    ns.apply(&manifest).await;
    ns.ready("stripe").await;
    let type_ = ns.natives().get("stripe").await.unwrap().type_;
    assert_eq!(type_.as_deref(), Some("kubernetes.io/basic-auth"));
}

/// Also where a value is yet to come, so that it cannot be filled in.
#[tokio::test]
async fn a_template_that_does_not_parse_is_refused_before_there_are_values() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    for data in [
        "{ value: { generate: { kind: Uuid } } }",
        "{ value: { fromSecret: { name: legacy, key: password } } }",
    ] {
        let target = r#"{ template: { out: "{{ value" } }"#;
        let said = refused(&ns, &manifest::secret_with("stripe", "vault", data, target)).await;
        assert!(said.contains("`spec.target.template` of `out`"), "{said}");
    }
}

#[tokio::test]
async fn what_has_no_value_is_a_warning() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    for (data, warning) in [
        (
            "{}",
            "`spec.data` is empty: add a key with a `value`, `fromSecret` or `generate`",
        ),
        (
            "{ token: {} }",
            "`spec.data.token` has no value: give `value`, `fromSecret` or `generate`",
        ),
    ] {
        let manifest = manifest::secret_with("stripe", "vault", data, "{}");
        assert_eq!(warned(&ns, &manifest).await, [warning]);
    }
}

#[tokio::test]
async fn a_source_that_does_not_agree_yet_is_a_warning() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    let data = "{ value: { fromSecret: { name: legacy, key: password } } }";
    let warnings = warned(&ns, &manifest::secret_with("stripe", "vault", data, "{}")).await;
    assert_eq!(
        warnings,
        [
            "`fromSecret`: there is no native secret `legacy` with the label coffer.dev/source=true yet"
        ]
    );
}

#[tokio::test]
async fn a_source_that_coffer_delivers_is_a_warning() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("stripe", "v")).await;
    ns.ready("stripe").await;
    let data = "{ value: { fromSecret: { name: stripe, key: value } } }";
    let warnings = warned(&ns, &manifest::secret_with("copy", "vault", data, "{}")).await;
    assert_eq!(
        warnings,
        [
            "native secret `stripe` is one that Coffer delivers: give the value here as well, or deliver it from \
             this Secret"
        ]
    );
}

#[tokio::test]
async fn a_target_that_another_secret_delivers_is_a_warning() {
    let ns = Cluster::namespace("advise").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("stripe", "v")).await;
    ns.ready("stripe").await;
    let data = "{ value: { value: v } }";
    let second = manifest::secret_with("paypal", "vault", data, "{ name: stripe }");
    assert_eq!(
        warned(&ns, &second).await,
        [
            "native secret `stripe` is the target of Secret `stripe`: choose another `spec.target.name` for one of \
             them"
        ]
    );
    ns.kubectl(&["delete", "csec/stripe"], "").await;
    ns.ready("paypal").await;
}

/// What was admitted once, or comes from before there were webhooks, does not hold up other changes.
#[tokio::test]
async fn a_value_that_is_as_it_was_is_not_judged_again() {
    let ns = Cluster::unadvised_namespace("advise").await;
    let author = ns.sealer_of_new_store("vault").await;
    let wrong = author.strict("elsewhere", "value", b"v");
    ns.apply(&manifest::secret("stripe", &wrong)).await;
    let advised = json!({ "metadata": { "labels": { "coffer.dev/advise": null } } });
    ns.namespaces()
        .patch(
            &ns.name,
            &kube::api::PatchParams::default(),
            &kube::api::Patch::Merge(advised),
        )
        .await
        .unwrap();
    crate::support::eventually("the webhook judges here", async || {
        let other = manifest::secret("other", &wrong);
        let arguments = ["apply", "--dry-run=server", "-f", "-"];
        match ns.try_kubectl(&arguments, &other).await {
            Err(_) => Ok(()),
            Ok(_) => Err("it does not"),
        }
    })
    .await;
    ns.edit("stripe", json!({ "spec": { "comment": "kept" } }))
        .await;
}
