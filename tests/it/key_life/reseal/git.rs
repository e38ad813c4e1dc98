//! Envelopes of before that are kept in Git.

use coffer::api::Secret;

use super::{all_settled, rotate, sealed_again};
use crate::support::{Cluster, bytes, manifest};

/// The text of the envelope under `value`.
fn envelope(secret: &Secret) -> String {
    let value = secret.spec.data["value"].value.as_ref().unwrap();
    value.expose().to_owned()
}

/// Someone keeps in Git what `kubectl get` shows, and applies it from there for ever.
#[tokio::test]
async fn an_envelope_from_before_a_rotation_that_is_applied_again_changes_nothing() {
    let ns = Cluster::namespace("git").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("app", "v")).await;
    let in_git = manifest::secret("app", &envelope(&ns.ready("app").await));
    ns.apply(&in_git).await;
    rotate(&ns, "vault", "1").await;
    sealed_again(&ns, "vault").await;
    all_settled(&ns).await;
    let before = ns.secrets().get("app").await.unwrap();
    for way in [
        &["apply", "-f", "-"][..],
        &["apply", "--server-side", "--force-conflicts", "-f", "-"],
        &["replace", "-f", "-"],
    ] {
        ns.kubectl(way, &in_git).await;
        let after = ns.secrets().get("app").await.unwrap();
        assert_eq!(envelope(&after), envelope(&before), "{way:?}");
        assert_eq!(
            after.metadata.generation, before.metadata.generation,
            "{way:?}"
        );
    }
    assert_eq!(ns.bytes("app", "value").await, b"v");
}

/// A revert in Git is no mistake.
#[tokio::test]
async fn an_envelope_from_before_a_rotation_with_another_value_is_stored_and_sealed_again() {
    let ns = Cluster::namespace("revert").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("app", "former")).await;
    let in_git = manifest::secret("app", &envelope(&ns.ready("app").await));
    ns.apply(&manifest::secret("app", "present")).await;
    rotate(&ns, "vault", "1").await;
    sealed_again(&ns, "vault").await;
    ns.apply(&in_git).await;
    ns.native("app", "is the former one", |native| {
        bytes(native, "value") == b"former"
    })
    .await;
    sealed_again(&ns, "vault").await;
}
