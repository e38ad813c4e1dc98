//! A value that was sealed again, or on first sight, is still its author's: no apply meets a conflict.

use super::{rotate, sealed_again};
use crate::support::{Cluster, Namespace, bytes, manifest};

const WAYS: [&[&str]; 2] = [
    &["apply", "-f", "-"],
    &["apply", "--server-side", "-f", "-"],
];

async fn is_delivered(ns: &Namespace, name: &str, value: &[u8]) {
    ns.native(name, "has the value", |native| {
        bytes(native, "value") == value
    })
    .await;
    ns.ready(name).await;
}

/// With each way of applying: the same manifest again, and one with a new value.
async fn applies_go_on(ns: &Namespace, again: impl AsyncFn(&Namespace)) {
    ns.store("vault", "{}").await;
    for (way, name) in WAYS.iter().zip(["client", "server"]) {
        ns.kubectl(way, &manifest::secret(name, "first")).await;
        ns.ready(name).await;
    }
    again(ns).await;
    for (way, name) in WAYS.iter().zip(["client", "server"]) {
        ns.kubectl(way, &manifest::secret(name, "first")).await;
        is_delivered(ns, name, b"first").await;
        ns.kubectl(way, &manifest::secret(name, "second")).await;
        is_delivered(ns, name, b"second").await;
    }
    for (way, name) in WAYS.iter().zip(["client", "server"]) {
        let status = ns.secrets().get(name).await.unwrap().status.unwrap();
        assert_eq!(status.version, Some(2), "{way:?}");
    }
}

async fn seal_again(ns: &Namespace) {
    rotate(ns, "vault", "1").await;
    sealed_again(ns, "vault").await;
}

#[tokio::test]
async fn with_webhooks_after_a_rotation() {
    applies_go_on(&Cluster::namespace("owners").await, seal_again).await;
}

#[tokio::test]
async fn without_webhooks_after_a_rotation() {
    let ns = Cluster::namespace_in_controller_mode("owners").await;
    applies_go_on(&ns, seal_again).await;
}

#[tokio::test]
async fn without_webhooks_after_the_first_sight() {
    let ns = Cluster::namespace_in_controller_mode("owners").await;
    applies_go_on(&ns, async |_| {}).await;
}
