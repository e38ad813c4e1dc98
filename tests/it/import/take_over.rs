//! Taking over from another tool, with the garbage collector of Kubernetes at work.
//!
//! A definition of the old tool's kind stands in for the tool: what matters is who owns what.

use std::time::Duration;

use coffer::api::Reason;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};

use super::CANARY;
use super::cluster::import;
use crate::support::{Cluster, Namespace, manifest, within};

const OLD_KIND: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: sealedsecrets.bitnami.com }
spec:
  group: bitnami.com
  names: { kind: SealedSecret, plural: sealedsecrets, singular: sealedsecret }
  scope: Namespaced
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
";

/// The collector learns of a new kind within half a minute, and then has to look at it.
const COLLECTED: Duration = Duration::from_mins(3);

/// A store, and the old tool's kind.
async fn namespace() -> Namespace {
    let ns = Cluster::unadvised_namespace("take-over").await;
    ns.kubectl(&["apply", "--server-side", "-f", "-"], OLD_KIND)
        .await;
    let wait = [
        "wait",
        "--for=condition=Established",
        "crd/sealedsecrets.bitnami.com",
    ];
    ns.kubectl(&wait, "").await;
    ns.store("vault", "{}").await;
    ns
}

/// An object of the old tool, and the native Secret that it would have made of it.
async fn sealed_secret(ns: &Namespace, name: &str, change: Json) -> core::Secret {
    let object = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": { "name": name },
    });
    let owner = ns.try_create(object).await.unwrap();
    let mut native = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": name, "ownerReferences": [{
            "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": name,
            "uid": owner.uid(), "controller": true,
        }] },
        "stringData": { "token": CANARY },
    });
    json_patch::merge(&mut native, &change);
    ns.try_create(native).await.unwrap();
    ns.natives().get(name).await.unwrap()
}

/// Imports native Secrets, and applies what comes out.
pub(super) async fn import_and_apply(ns: &Namespace, names: &[&str]) {
    let ran = import(ns, &[&["secret"], names, &["--store", "vault"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    ns.kubectl(&["apply", "-f", "-"], &ran.out).await;
}

/// Deletes objects of the old tool, and waits until the collector has removed what belonged to them:
/// `bait`, which nobody took over.
async fn delete_old(ns: &Namespace, names: &[&str], bait: &str) {
    let kind = "sealedsecrets.bitnami.com";
    let delete = ["delete", kind, "--cascade=background"];
    ns.kubectl(&[&delete[..], names, &[bait]].concat(), "")
        .await;
    let natives = ns.natives();
    within(COLLECTED, "the bait is collected", async || {
        match natives.get_metadata_opt(bait).await.unwrap() {
            None => Ok(()),
            Some(_) => Err("it is there"),
        }
    })
    .await;
    ns.operator_caught_up().await;
}

async fn is_as_it_was(ns: &Namespace, before: &core::Secret) {
    let after = ns.natives().get(&before.name_any()).await.unwrap();
    assert_eq!(after.uid(), before.uid());
    assert_eq!(after.data, before.data);
    assert_eq!(after.metadata.deletion_timestamp, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_object_can_go_and_the_native_secret_stays() {
    let ns = namespace().await;
    let kept = sealed_secret(&ns, "kept", json!({})).await;
    let retained = sealed_secret(&ns, "retained", json!({})).await;
    sealed_secret(&ns, "bait", json!({})).await;
    import_and_apply(&ns, &["kept", "retained"]).await;
    let retain = json!({ "spec": { "target": { "deletionPolicy": "Retain" } } });
    ns.edit("retained", retain).await;

    let ran = import(&ns, &["take-over", "kept", "retained"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let space = &ns.name;
    assert_eq!(
        ran.out.lines().take(4).collect::<Vec<_>>(),
        [
            format!("{space}/kept: takes away the owner reference to SealedSecret kept"),
            format!(
                "{space}/kept: lets Coffer Secret kept take it over, if it has the same content"
            ),
            format!("{space}/kept: taken over: the same object with the same content"),
            format!(
                "{space}/kept: now delete the old object: kubectl delete sealedsecret.bitnami.com kept -n {space} --cascade=orphan"
            ),
        ]
    );
    assert_eq!(ran.err, "coffer: took over 2 native Secrets\n");

    // Worse than it says: with everything that belongs to them.
    delete_old(&ns, &["kept", "retained"], "bait").await;
    for native in [&kept, &retained] {
        is_as_it_was(&ns, native).await;
        ns.ready(&native.name_any()).await;
    }
    let owners = ns
        .natives()
        .get("kept")
        .await
        .unwrap()
        .metadata
        .owner_references
        .unwrap();
    assert_eq!(owners.len(), 1);
    assert!(owners[0].api_version.starts_with("coffer.dev/"));
}

/// Who follows the message of `TargetConflict` by hand loses nothing either.
#[tokio::test(flavor = "multi_thread")]
async fn after_consent_alone_the_native_secret_stays_as_well() {
    let ns = namespace().await;
    let kept = sealed_secret(&ns, "kept", json!({})).await;
    sealed_secret(&ns, "bait", json!({})).await;
    import_and_apply(&ns, &["kept"]).await;
    ns.problem("kept", Reason::TargetConflict).await;
    ns.kubectl(&["label", "secret", "kept", "coffer.dev/adopt=kept"], "")
        .await;
    ns.ready("kept").await;
    delete_old(&ns, &["kept"], "bait").await;
    is_as_it_was(&ns, &kept).await;
}

/// The very command that it names deletes the old object and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_is_printed_works() {
    let ns = namespace().await;
    let kept = sealed_secret(&ns, "kept", json!({})).await;
    import_and_apply(&ns, &["kept"]).await;
    let ran = import(&ns, &["take-over", "kept"]);
    let (_, command) = ran.out.split_once("the old object: kubectl ").unwrap();
    ns.kubectl(&command.split_whitespace().collect::<Vec<_>>(), "")
        .await;
    let left = ns
        .kubectl(&["get", "sealedsecrets.bitnami.com", "-o", "name"], "")
        .await;
    assert_eq!(left, "");
    is_as_it_was(&ns, &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_a_second_run_neither() {
    let ns = namespace().await;
    let before = sealed_secret(&ns, "kept", json!({})).await;
    import_and_apply(&ns, &["kept"]).await;
    ns.problem("kept", Reason::TargetConflict).await;
    let ran = import(&ns, &["take-over", "kept", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out
            .contains("/kept (dry run): takes away the owner reference"),
        "{}",
        ran.out
    );
    assert_eq!(ns.natives().get("kept").await.unwrap(), before);

    assert_eq!(import(&ns, &["take-over", "kept"]).code, 0);
    ns.operator_caught_up().await;
    let taken = ns.natives().get("kept").await.unwrap();
    let ran = import(&ns, &["take-over", "kept"]);
    let said = format!(
        "{}/kept: taken over: the same object with the same content\n",
        ns.name
    );
    assert_eq!((ran.code, ran.out), (0, said), "{}", ran.err);
    assert_eq!(ns.natives().get("kept").await.unwrap(), taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ready_to_be_taken_over_is_left_to_the_old_tool() {
    let ns = namespace().await;
    let immutable = json!({ "immutable": true });
    let mut natives = vec![
        sealed_secret(&ns, "unapplied", json!({})).await,
        sealed_secret(&ns, "broken", json!({})).await,
        sealed_secret(&ns, "immutable", immutable).await,
    ];
    let plain = "{ value: { value: coffer.v1.0123456789abcdef.AAAA } }";
    ns.apply(&manifest::secret_with("broken", "vault", plain, "{}"))
        .await;
    import_and_apply(&ns, &["immutable"]).await;
    let names = ["unapplied", "broken", "immutable", "missing"];
    ns.apply(&manifest::secret("missing", "x")).await;
    ns.ready("missing").await;
    let ran = import(&ns, &[&["take-over"], &names[..]].concat());
    assert_eq!(ran.code, 1);
    for words in [
        "unapplied: not taken over: no Coffer Secret has it as its target",
        "broken: not taken over: Coffer cannot deliver Coffer Secret `broken` yet (",
        "immutable: not taken over: it is immutable",
        "coffer: took over 1 native Secret; 3 refused",
    ] {
        assert!(ran.err.contains(words), "{words}\n{}", ran.err);
    }
    for before in natives.drain(..) {
        assert_eq!(ns.natives().get(&before.name_any()).await.unwrap(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_was_imported_is_left_as_it_is_until_it_is_imported_again() {
    let ns = namespace().await;
    sealed_secret(&ns, "kept", json!({})).await;
    import_and_apply(&ns, &["kept"]).await;
    let rotated = json!({ "data": { "token": ByteString(b"rotated".to_vec()) } });
    let natives = ns.natives();
    natives
        .patch("kept", &PatchParams::default(), &Patch::Merge(rotated))
        .await
        .unwrap();
    let before = natives.get("kept").await.unwrap();

    let ran = import(&ns, &["take-over", "kept"]);
    assert_eq!(ran.code, 1);
    for words in [
        "kept: not taken over: nothing deletes it now, and Coffer waits",
        "the Secret has another in `token`",
        "kubectl annotate secret kept coffer.dev/adopt-if-",
        "coffer: took over 0 native Secrets; 1 refused",
    ] {
        assert!(ran.err.contains(words), "{words}\n{}", ran.err);
    }
    ns.problem("kept", Reason::TargetDiffers).await;
    is_as_it_was(&ns, &before).await;
    let ran = import(&ns, &["take-over", "kept"]);
    assert!(ran.err.contains("(TargetDiffers)"), "{}", ran.err);

    import_and_apply(&ns, &["kept"]).await;
    ns.ready("kept").await;
    assert_eq!(import(&ns, &["take-over", "kept"]).code, 0);
    is_as_it_was(&ns, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_is_written_over_where_that_is_asked_for() {
    let ns = namespace().await;
    sealed_secret(&ns, "kept", json!({})).await;
    let author = ns.sealer("vault").await;
    let data = json!({ "token": { "value": author.strict("kept", "token", b"other") } });
    let manifest = manifest::secret_with("kept", "vault", &data.to_string(), "{}");
    ns.apply(&manifest).await;
    assert_eq!(import(&ns, &["take-over", "kept"]).code, 1);
    ns.problem("kept", Reason::TargetDiffers).await;
    let annotate = ["annotate", "secret", "kept", "coffer.dev/adopt-if-"];
    ns.kubectl(&annotate, "").await;
    ns.ready("kept").await;
    let native = ns.natives().get("kept").await.unwrap();
    assert_eq!(crate::support::bytes(&native, "token"), b"other");
}
