//! What is in the way of one copy is told, and in the way of no other.

use coffer::api::Reason;
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use super::{
    ask, copied, copy_of, has_nothing_else, is_copied, namespaces, not_copied, offer, scoped,
};
use crate::support::{Cluster, bytes};

#[tokio::test]
async fn what_someone_else_has_under_the_name_is_left_alone() {
    let team = Cluster::namespace("team").await;
    let [taken, free] = [
        Cluster::namespace("shop-a").await,
        Cluster::namespace("shop-b").await,
    ];
    let theirs: core::Secret = serde_json::from_value(json!({
        "metadata": { "name": copy_of(&team, "stripe") }, "stringData": { "value": "theirs" },
    }))
    .unwrap();
    taken
        .natives()
        .create(&PostParams::default(), &theirs)
        .await
        .unwrap();
    let consumers = format!(
        "{{ namespaces: {{ names: [{}, {}] }} }}",
        taken.name, free.name
    );
    for shop in [&taken, &free] {
        ask(shop, &team).await;
    }
    team.store(
        "vault",
        &format!("{{ scopes: [{{ name: checkout, consumers: [{consumers}] }}] }}"),
    )
    .await;
    team.apply(&scoped("stripe", "v", "[checkout]")).await;
    is_copied(&free, &team, b"v").await;
    let told = not_copied(&team, Reason::TargetConflict).await;
    let words = format!(
        "native secret `{}` in namespace `{}` exists",
        copy_of(&team, "stripe"),
        taken.name
    );
    assert!(told.contains(&words), "{told}");
    is_copied(&taken, &team, b"theirs").await;
    let name = copy_of(&team, "stripe");
    taken
        .natives()
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
    is_copied(&taken, &team, b"v").await;
    team.ready("stripe").await;
}

#[tokio::test]
async fn a_copy_that_is_changed_or_deleted_is_put_back() {
    let (team, shop) = copied().await;
    let name = copy_of(&team, "stripe");
    shop.edit_native(
        &name,
        json!({ "data": { "value": "AAAA", "more": "AAAA" } }),
    )
    .await;
    shop.native(&name, "is as it was", |native| {
        bytes(native, "value") == b"v" && native.data.as_ref().unwrap().len() == 1
    })
    .await;
    shop.natives()
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
    is_copied(&shop, &team, b"v").await;
    let events = team.events("stripe").await;
    let told = format!("{events:?}");
    assert!(
        told.contains(&format!("in namespace `{}` was changed", shop.name)),
        "{told}"
    );
}

#[tokio::test]
async fn a_scope_that_the_store_does_not_have_is_told_and_the_others_are_served() {
    let (team, shop) = copied().await;
    team.apply(&scoped("stripe", "v2", "[checkout, chekout]"))
        .await;
    let told = team.problem("stripe", Reason::ScopeUnknown).await;
    assert_eq!(
        told,
        "`spec.scopes`: SecretStore `vault` has no scope `chekout`: add it there, or correct it here"
    );
    is_copied(&shop, &team, b"v2").await;
    assert_eq!(team.bytes("stripe", "value").await, b"v2");
    team.store(
        "vault",
        &format!(
            "{{ scopes: [{{ name: chekout }}, {{ name: checkout, consumers: [{}] }}] }}",
            super::for_namespace(&shop)
        ),
    )
    .await;
    team.ready("stripe").await;
}

#[tokio::test]
async fn a_store_and_a_secret_that_are_not_offered_say_nothing_to_who_asks() {
    let (team, shop) = namespaces().await;
    offer(&team, "{ serviceAccounts: [nobody] }").await;
    super::ask_for(
        &shop,
        &format!(
            "{0}/vault, {0}/no-such-store, no-such-namespace/vault",
            team.name
        ),
    )
    .await;
    team.apply(&scoped("second", "v", "[checkout]")).await;
    team.ready("second").await;
    has_nothing_else(&shop, &team).await;
}

/// A Secret's own name, and what another one calls its target.
#[tokio::test]
async fn of_two_secrets_that_want_one_copy_the_second_is_told_of_the_first() {
    let (team, shop) = copied().await;
    let second = scoped("stripe", "second", "[checkout]")
        .replace("metadata: { name: stripe }", "metadata: { name: second }")
        .replace("target: {}", "target: { name: stripe }");
    let without = second.replace("  target: { name: stripe }\n", "");
    assert_ne!(second, without);
    // The first gives up its target, and keeps its copy.
    team.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    team.native_gone("stripe").await;
    team.apply(&second).await;
    team.native("stripe", "is the second's", |native| {
        bytes(native, "value") == b"second"
    })
    .await;
    let told = crate::support::eventually("the second is told", async || {
        let second = team.secrets().get("second").await.unwrap();
        let copied = crate::support::condition(&second, coffer::api::ConditionType::Copied);
        copied.map(|it| it.message.clone()).ok_or("nothing")
    })
    .await;
    assert!(told.contains("is the target of Secret `stripe`"), "{told}");
    is_copied(&shop, &team, b"v").await;
}
