//! The webhook seals again what an author asks for, by an annotation that is never stored.

use coffer::api::Secret;
use coffer::crypto::{BindingKind, Place};
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{own, rotate, sealed_with};
use crate::support::{Cluster, Namespace, Sealer, manifest};

/// What the API server answers to a manifest with the annotation; nothing is stored.
async fn dry_run(ns: &Namespace, manifest: &str, extent: &str) -> Result<Secret, String> {
    let mut object: serde_json::Value = serde_yaml::from_str(manifest).unwrap();
    object["metadata"]["annotations"] = json!({ "coffer.dev/reseal": extent });
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    let params = PatchParams::apply("author").force().dry_run();
    let (secrets, patch) = (ns.secrets(), Patch::Apply(&object));
    let patched = secrets.patch(&name, &params, &patch).await;
    patched.map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_author_has_a_manifest_for_git_sealed_with_the_new_public_key() {
    let ns = Cluster::namespace("asked").await;
    let author = ns.sealer_of_new_store("vault").await;
    let manifest = manifest::secret("app", &author.strict("app", "value", b"v"));
    ns.apply(&manifest).await;
    let stored = ns.ready("app").await;
    let store = rotate(&ns, "vault", "1").await;
    let public = Sealer::of(&store).key.id().to_string();

    let answer = dry_run(&ns, &manifest, "all").await.unwrap();
    assert_eq!(sealed_with(&answer), public);
    assert_eq!(answer.metadata.annotations, None);
    let same = dry_run(&ns, &manifest, "own").await.unwrap();
    assert_eq!(sealed_with(&same), author.key.id().to_string());
    let after = ns.secrets().get("app").await.unwrap();
    assert_eq!(after.spec, stored.spec);

    let value = answer.spec.data["value"].value.clone().unwrap();
    ns.apply(&manifest::secret("app", value.expose())).await;
    let status = ns.ready("app").await.status.unwrap();
    assert_eq!(status.version, Some(1), "the value is the same");
    assert_eq!(ns.bytes("app", "value").await, b"v");
}

#[tokio::test]
async fn what_is_sealed_with_a_retired_key_is_admitted_with_a_warning_when_it_is_new() {
    let ns = Cluster::namespace("asked").await;
    let author = ns.sealer_of_new_store("vault").await;
    rotate(&ns, "vault", "1").await;
    let manifest = manifest::secret("app", &author.strict("app", "value", b"v"));
    for warnings in [1, 0] {
        let arguments = ["--namespace", &ns.name, "apply", "-f", "-"];
        let output = ns.cluster.kubectl(&arguments, &manifest).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        let told = "`spec.data.value.value` is sealed with a key that was retired";
        assert_eq!(said.matches(told).count(), warnings, "{said}");
    }
    ns.ready("app").await;
}

#[tokio::test]
async fn plaintext_in_the_same_manifest_is_sealed_as_ever() {
    let ns = Cluster::namespace("asked").await;
    ns.store("vault", "{}").await;
    let store = rotate(&ns, "vault", "1").await;
    let answer = dry_run(&ns, &manifest::secret("app", "hunter2"), "all").await;
    assert_eq!(sealed_with(&answer.unwrap()), own(&store));
}

/// Whoever pastes an envelope from elsewhere learns no more than by applying it.
#[tokio::test]
async fn an_envelope_of_another_place_is_not_sealed_again() {
    let ns = Cluster::unadvised_namespace("asked").await;
    let author = ns.sealer_of_new_store("vault").await;
    let elsewhere = author.strict("other", "value", b"v");
    let unknown = {
        let key = coffer::crypto::StoreKey::generate(coffer::crypto::Suite::X25519);
        let place = Place {
            kind: "Secret",
            namespace: &ns.name,
            store: "vault",
            name: "app",
            key: "value",
        };
        let sealed = key.seal(BindingKind::Strict, &place, b"v");
        sealed.unwrap().to_string()
    };
    rotate(&ns, "vault", "1").await;
    for (value, why) in [
        (elsewhere.as_str(), "does not open here"),
        (&unknown, "which store `vault` does not have"),
        ("coffer.v1.broken", "`spec.data.value.value`"),
    ] {
        let refused = dry_run(&ns, &manifest::secret("app", value), "all").await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}

#[tokio::test]
async fn a_word_that_means_nothing_is_refused_with_those_that_do() {
    let ns = Cluster::namespace("asked").await;
    let author = ns.sealer_of_new_store("vault").await;
    let manifest = manifest::secret("app", &author.strict("app", "value", b"v"));
    for word in ["", "true", "ALL"] {
        let refused = dry_run(&ns, &manifest, word).await.unwrap_err();
        assert!(
            refused.contains("is `own`, for what Coffer sealed"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_generated_value_is_left_to_coffer() {
    let ns = Cluster::namespace("asked").await;
    ns.store("vault", "{}").await;
    let data = "{ value: { generate: { kind: Uuid } } }";
    let manifest = manifest::secret_with("app", "vault", data, "{}");
    ns.apply(&manifest).await;
    let before = ns.ready("app").await;
    rotate(&ns, "vault", "1").await;
    let answer = dry_run(&ns, &manifest, "all").await.unwrap();
    // Coffer itself may have been faster.
    let now = ns.secrets().get("app").await.unwrap();
    let is_one_of = [&before, &now].map(sealed_with);
    assert!(is_one_of.contains(&sealed_with(&answer)));
}
