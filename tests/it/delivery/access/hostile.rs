//! What others do with Roles and RoleBindings under Coffer's names.

use k8s_openapi::api::rbac::v1 as rbac;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value as Json, json};

use super::{account, bindings, for_reading, offer, reading, roles, vault};
use crate::delivery::{copy_of, is_copied, namespaces, scoped};
use crate::support::{Namespace, eventually};

async fn role(ns: &Namespace) -> rbac::Role {
    roles(ns).get("coffer:web").await.unwrap()
}

/// Changes the Role, and waits until it is as it was, with its label and mark.
async fn is_put_back(ns: &Namespace, change: Json) {
    let before = role(ns).await;
    let patch = Patch::Merge(change.clone());
    roles(ns)
        .patch("coffer:web", &PatchParams::default(), &patch)
        .await
        .unwrap();
    eventually(&format!("{change} is put back"), async || {
        let now = role(ns).await;
        let is_same = now.rules == before.rules
            && now.labels() == before.labels()
            && now.annotations() == before.annotations();
        is_same.then_some(()).ok_or_else(|| json!(now).to_string())
    })
    .await;
}

#[tokio::test]
async fn a_role_that_is_changed_or_deleted_is_put_back() {
    let (team, shop, web) = reading().await;
    let all = json!([{ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"] }]);
    is_put_back(&shop, json!({ "rules": all })).await;
    is_put_back(&shop, json!({ "rules": [] })).await;
    is_put_back(
        &shop,
        json!({ "metadata": { "labels": { "coffer.dev/access": null } } }),
    )
    .await;
    roles(&shop)
        .delete("coffer:web", &DeleteParams::default())
        .await
        .unwrap();
    web.reads(&copy_of(&team, "stripe"), b"v").await;
}

#[tokio::test]
async fn a_binding_to_others_or_to_another_role_is_put_back() {
    let (team, shop, web) = reading().await;
    let mallory = account(&shop, "mallory", "").await;
    let subject = json!({ "kind": "ServiceAccount", "name": "mallory", "namespace": shop.name });
    let before = bindings(&shop).get("coffer:web").await.unwrap();
    let is_as_before = async || {
        eventually("the binding is as before", async || {
            let now = bindings(&shop).get_opt("coffer:web").await.unwrap();
            let now = now.map(|now| (now.role_ref, now.subjects));
            let before = (before.role_ref.clone(), before.subjects.clone());
            (now == Some(before))
                .then_some(())
                .ok_or_else(|| format!("{now:?}"))
        })
        .await;
    };
    let others = Patch::Merge(json!({ "subjects": [subject] }));
    bindings(&shop)
        .patch("coffer:web", &PatchParams::default(), &others)
        .await
        .unwrap();
    is_as_before().await;
    web.reads(&copy_of(&team, "stripe"), b"v").await;
    mallory.reads_no_more(&copy_of(&team, "stripe")).await;

    // Deleted and made anew, because its role cannot be changed; with all of Coffer's marks.
    bindings(&shop)
        .delete("coffer:web", &DeleteParams::default())
        .await
        .unwrap();
    let mut other = before.clone();
    other.metadata.resource_version = None;
    other.metadata.uid = None;
    other.role_ref.kind = "ClusterRole".to_owned();
    other.role_ref.name = "view".to_owned();
    // Coffer may have been first.
    let _ = bindings(&shop).create(&PostParams::default(), &other).await;
    is_as_before().await;
    web.reads(&copy_of(&team, "stripe"), b"v").await;
}

/// Neither is touched while it is there, and Coffer goes on once the name is free.
#[tokio::test]
async fn a_role_and_a_binding_of_others_are_left_alone_and_told() {
    let (team, shop) = namespaces().await;
    let mallory = account(&shop, "mallory", "").await;
    let meta = json!({ "name": "coffer:web", "labels": { "coffer.dev/access": "true" } });
    let theirs: rbac::Role = serde_json::from_value(json!({
        "metadata": meta,
        "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }],
    }))
    .unwrap();
    let role = roles(&shop).create(&PostParams::default(), &theirs).await;
    let theirs: rbac::RoleBinding = serde_json::from_value(json!({
        "metadata": meta,
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "coffer:web" },
        "subjects": [{ "kind": "ServiceAccount", "name": "mallory", "namespace": shop.name }],
    }))
    .unwrap();
    let binding = bindings(&shop)
        .create(&PostParams::default(), &theirs)
        .await;
    offer(&team, &for_reading(&shop)).await;
    let web = account(&shop, "web", &vault(&team)).await;
    is_copied(&shop, &team, b"v").await;
    let told = shop.event("web", "AccessConflict").await;
    assert!(told.contains("Role `coffer:web` exists"), "{told}");
    let now = roles(&shop).get("coffer:web").await.unwrap();
    assert_eq!(now.resource_version(), role.unwrap().resource_version());
    let now = bindings(&shop).get("coffer:web").await.unwrap();
    assert_eq!(now.resource_version(), binding.unwrap().resource_version());
    web.may_not_read(&copy_of(&team, "stripe")).await;
    team.ready("stripe").await;
    // Another Secret's value goes its way meanwhile.
    team.apply(&scoped("stripe", "v2", "[checkout]")).await;
    is_copied(&shop, &team, b"v2").await;
    bindings(&shop)
        .delete("coffer:web", &DeleteParams::default())
        .await
        .unwrap();
    roles(&shop)
        .delete("coffer:web", &DeleteParams::default())
        .await
        .unwrap();
    web.reads(&copy_of(&team, "stripe"), b"v2").await;
    mallory.may_not_read(&copy_of(&team, "stripe")).await;
}

/// Its labels and annotations, under the name for another account and in another namespace.
#[tokio::test]
async fn marks_that_are_copied_make_coffer_touch_nothing() {
    let (team, shop, web) = reading().await;
    let stranger = crate::support::Cluster::namespace("stranger").await;
    let mut made = Vec::new();
    for (ns, name) in [(&shop, "coffer:other"), (&stranger, "coffer:web")] {
        let mut copied = role(&shop).await;
        copied.metadata.name = Some(name.to_owned());
        copied.metadata.namespace = None;
        copied.metadata.uid = None;
        copied.metadata.resource_version = None;
        let created = roles(ns).create(&PostParams::default(), &copied).await;
        made.push((ns, created.unwrap()));
    }
    team.delete("stripe").await;
    super::has_no_role(&shop, "web").await;
    team.operator_caught_up().await;
    for (ns, object) in made {
        let now = roles(ns).get(&object.name_any()).await.unwrap();
        assert_eq!(now.resource_version(), object.resource_version());
    }
    web.may_not_read(&copy_of(&team, "stripe")).await;
}
