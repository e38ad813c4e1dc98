//! What others do to the versions, and under their names.

use kube::api::DeleteParams;

use super::*;

async fn two_versions(ns: &Namespace) -> (String, String) {
    let one = current(&delivered(ns, "{ immutable: true }", "one").await);
    (one, current(&change(ns, "two").await))
}

async fn remove(ns: &Namespace, name: &str) {
    let params = DeleteParams::default();
    ns.natives().delete(name, &params).await.unwrap();
}

#[tokio::test]
async fn a_deleted_current_one_is_made_again_under_its_name() {
    let ns = Cluster::namespace("immutable").await;
    let (one, two) = two_versions(&ns).await;
    remove(&ns, &two).await;
    let native = ns.native(&two, "is there again", |_| true).await;
    assert_eq!(
        (native.immutable, bytes(&native, "value")),
        (Some(true), b"two".to_vec())
    );
    ns.event("stripe", "TargetRepaired").await;
    assert_eq!(former(&ns.ready("stripe").await.status.unwrap()), [one]);
}

#[tokio::test]
async fn a_deleted_former_one_stays_away_until_its_content_comes_back() {
    let ns = Cluster::namespace("immutable").await;
    let (one, two) = two_versions(&ns).await;
    remove(&ns, &one).await;
    ns.operator_caught_up().await;
    are_there(&ns, &[&two]).await;
    assert_eq!(former(&change(&ns, "three").await), [two]);
    assert_eq!(current(&change(&ns, "one").await), one);
    assert_eq!(ns.bytes(&one, "value").await, b"one");
}

#[tokio::test]
async fn what_was_written_on_a_former_one_goes_when_it_is_current_again() {
    let ns = Cluster::namespace("immutable").await;
    let (one, _) = two_versions(&ns).await;
    let before = ns.natives().get(&one).await.unwrap();
    let labels = json!({ "metadata": { "labels": { "mine": "x", "example.com/theirs": "y" } } });
    let edited = ns.edit_native(&one, labels).await;
    ns.operator_caught_up().await;
    assert_eq!(
        ns.natives().get(&one).await.unwrap(),
        edited,
        "nobody looks at it"
    );
    assert_eq!(current(&change(&ns, "one").await), one);
    let native = ns.natives().get(&one).await.unwrap();
    assert_eq!((native.uid(), native.data), (before.uid(), before.data));
    assert_eq!(native.metadata.labels.as_ref().unwrap().get("mine"), None);
    assert_eq!(native.metadata.labels.unwrap()["example.com/theirs"], "y");
}

/// Also with all that can be read of Coffer's own written on it.
#[tokio::test]
async fn what_someone_else_made_under_the_name_is_left_alone() {
    let ns = Cluster::namespace("immutable").await;
    let (one, two) = two_versions(&ns).await;
    let coffers = ns.natives().get(&one).await.unwrap().metadata;
    remove(&ns, &one).await;
    let foreign = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": one, "labels": coffers.labels, "annotations": coffers.annotations,
            "ownerReferences": coffers.owner_references,
        },
        "stringData": { "value": "theirs" }, "immutable": true,
    });
    ns.try_create(foreign).await.unwrap();
    let foreign = ns.natives().get(&one).await.unwrap();
    let data = json!({ "value": { "value": "one" } });
    ns.edit("stripe", json!({ "spec": { "data": data } })).await;
    let message = ns.problem("stripe", Reason::TargetConflict).await;
    assert!(
        message.starts_with(&format!("native secret `{one}` exists and is not Coffer's")),
        "{message}"
    );
    assert_eq!(ns.natives().get(&one).await.unwrap(), foreign);
    let status = ns.secrets().get("stripe").await.unwrap().status.unwrap();
    assert_eq!(current(&status), two);
    // Another content has another name.
    let three = current(&change(&ns, "three").await);
    assert_eq!(ns.natives().get(&one).await.unwrap(), foreign);
    are_there(&ns, &[&one, &two, &three]).await;
}

/// The name cannot be changed by what a tenant may write.
#[tokio::test]
async fn a_status_that_names_a_foreign_one_as_former_deletes_it_by_no_other_uid() {
    let ns = Cluster::namespace("immutable").await;
    let (_, two) = two_versions(&ns).await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: stripe-0123456789 }\n")
        .await;
    let foreign = ns.natives().get("stripe-0123456789").await.unwrap();
    let forged = json!({ "status": { "formerTargets": [
        { "name": "stripe-0123456789", "uid": "11111111-2222-3333-4444-555555555555" },
    ] } });
    let merge = kube::api::Patch::Merge(forged);
    ns.secrets()
        .patch_status("stripe", &kube::api::PatchParams::default(), &merge)
        .await
        .unwrap();
    let status = change(&ns, "three").await;
    assert_eq!(former(&status), [two]);
    assert_eq!(
        ns.natives().get("stripe-0123456789").await.unwrap(),
        foreign
    );
}

/// Nor with its own UID, whatever becomes of the Secret.
#[tokio::test]
async fn a_status_that_names_native_secrets_of_others_deletes_none_of_them() {
    let ns = Cluster::namespace("immutable").await;
    let others = Cluster::namespace("others").await;
    let (one, two) = two_versions(&ns).await;
    let mut foreign = Vec::new();
    for (ns, name) in [
        (&ns, "stripe-0123456789"),
        (&ns, "theirs"),
        (&others, "theirs"),
    ] {
        let object = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": { "value": "theirs" },
        });
        ns.try_create(object).await.unwrap();
        foreign.push((ns, ns.natives().get(name).await.unwrap()));
    }
    let forge = async || {
        let named = foreign.iter().map(|(ns, native)| {
            let meta = &native.metadata;
            let (uid, version) = (&meta.uid, &meta.resource_version);
            json!({ "namespace": ns.name, "name": meta.name, "uid": uid, "resourceVersion": version })
        });
        let named: Vec<_> = named.collect();
        let former = named
            .iter()
            .map(|it| json!({ "name": it["name"], "uid": it["uid"] }));
        let elsewhere = named
            .iter()
            .filter(|it| it["namespace"] == others.name.as_str());
        let forged = json!({ "status": {
            "formerTargets": former.collect::<Vec<_>>(), "deliveries": elsewhere.collect::<Vec<_>>(),
        } });
        let merge = kube::api::Patch::Merge(forged);
        let params = kube::api::PatchParams::default();
        ns.secrets()
            .patch_status("stripe", &params, &merge)
            .await
            .unwrap();
    };
    let are_left = async || {
        ns.operator_caught_up().await;
        for (ns, native) in &foreign {
            let name = native.metadata.name.as_deref().unwrap();
            assert_eq!(ns.natives().get(name).await.unwrap(), *native, "{name}");
        }
    };
    forge().await;
    are_left().await;
    change(&ns, "three").await;
    are_left().await;
    forge().await;
    ns.edit("stripe", json!({ "spec": { "target": null } }))
        .await;
    for version in [&one, &two] {
        ns.native_gone(version).await;
    }
    forge().await;
    ns.delete("stripe").await;
    are_left().await;
}
