//! The order in which things arrive does not matter.

use coffer::api::Reason;

use crate::support::{Cluster, manifest};

#[tokio::test]
async fn a_secret_may_stand_before_its_store_in_one_file() {
    let ns = Cluster::namespace("order").await;
    let yaml = format!(
        "{}---\n{}",
        manifest::secret("early", "v"),
        manifest::store("vault", "{}")
    );
    ns.kubectl(&["apply", "-f", "-"], &yaml).await;
    ns.ready("early").await;
    assert_eq!(ns.bytes("early", "value").await, b"v");
    // What mends itself within a moment is no news.
    assert_eq!(ns.events("early").await, []);
}

#[tokio::test]
async fn a_store_may_stand_before_its_secret_in_one_file() {
    let ns = Cluster::namespace("order").await;
    let yaml = format!(
        "{}---\n{}",
        manifest::store("vault", "{}"),
        manifest::secret("late", "v")
    );
    ns.kubectl(&["apply", "-f", "-"], &yaml).await;
    ns.ready("late").await;
    assert_eq!(ns.events("late").await, []);
}

#[tokio::test]
async fn a_secret_without_its_store_says_so_and_is_served_when_it_comes() {
    let ns = Cluster::namespace("order").await;
    ns.apply(&manifest::secret("early", "v")).await;
    let message = ns.problem("early", Reason::StoreNotFound).await;
    assert_eq!(
        message,
        "SecretStore `vault` does not exist in this namespace: create it, or correct `spec.storeRef.name`"
    );
    ns.store("vault", "{}").await;
    ns.ready("early").await;
    assert_eq!(ns.event("early", "StoreNotFound").await, message);
    ns.event("early", "Delivered").await;
}

#[tokio::test]
async fn a_store_of_another_namespace_does_not_serve() {
    let other = Cluster::namespace("order").await;
    other.store("vault", "{}").await;
    let ns = Cluster::namespace("order").await;
    ns.apply(&manifest::secret("early", "v")).await;
    ns.problem("early", Reason::StoreNotFound).await;
}

#[tokio::test]
async fn a_secret_moved_to_another_store_has_to_be_sealed_again() {
    let ns = Cluster::unadvised_namespace("order").await;
    ns.delivered("stripe", b"old").await;
    let other = ns.store("other", "{}").await;
    let edit = serde_json::json!({ "spec": { "storeRef": { "name": "other" } } });
    ns.edit("stripe", edit).await;
    let message = ns.problem("stripe", Reason::EnvelopeMismatch).await;
    assert_eq!(
        message,
        "`spec.data.value.value` was sealed for store `vault`, not for store `other`: seal it again with \
         `coffer seal`"
    );
    // What is delivered stays until there is something else to deliver.
    assert_eq!(ns.bytes("stripe", "value").await, b"old");
    let author = crate::support::Sealer::of(&other);
    let sealed = author.strict("stripe", "value", b"new");
    let edit = serde_json::json!({ "spec": { "data": { "value": { "value": sealed } } } });
    ns.edit("stripe", edit).await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"new");
    ns.usage("vault", 0).await;
    ns.usage("other", 1).await;
}
