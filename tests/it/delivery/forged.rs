//! Labels and annotations that anyone can write make Coffer touch nothing.

use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::PostParams;
use serde_json::{Value as Json, json};

use super::{copied, copy_of, scoped};
use crate::support::audit::Call;
use crate::support::{Cluster, Namespace, bytes};

async fn make(ns: &Namespace, name: &str, like: &core::Secret, without: &[&str]) -> core::Secret {
    let mut annotations = like.annotations().clone();
    for key in without {
        annotations.remove(*key);
    }
    let object: Json = json!({
        "metadata": { "name": name, "labels": like.labels(), "annotations": annotations },
        "stringData": { "value": "forged" },
    });
    let object = serde_json::from_value(object).unwrap();
    ns.natives()
        .create(&PostParams::default(), &object)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_looks_like_a_copy_elsewhere_is_left_alone() {
    let (team, shop) = copied().await;
    let stranger = Cluster::namespace("stranger").await;
    let copy = shop.natives().get(&copy_of(&team, "stripe")).await.unwrap();
    team.operator_caught_up().await;
    let mut tail = team.cluster.follow_api_calls();
    let mut forged = Vec::new();
    for (ns, name) in [
        (&stranger, copy_of(&team, "stripe")),
        (&shop, "other".to_owned()),
    ] {
        forged.push((ns, make(ns, &name, &copy, &[]).await));
        let bare = format!("{name}-bare");
        forged.push((ns, make(ns, &bare, &copy, &["coffer.dev/mark"]).await));
    }
    team.operator_caught_up().await;
    assert_eq!(Call::about(tail.calls(), &team.name, "stripe"), [""; 0]);
    team.apply(&scoped("stripe", "v2", "[checkout]")).await;
    super::is_copied(&shop, &team, b"v2").await;
    team.delete("stripe").await;
    shop.native_gone(&copy_of(&team, "stripe")).await;
    team.operator_caught_up().await;
    for (ns, object) in forged {
        let after = ns.natives().get(&object.name_any()).await.unwrap();
        assert_eq!(
            after.metadata.resource_version,
            object.metadata.resource_version
        );
        assert_eq!(bytes(&after, "value"), b"forged");
    }
}
