//! Immutable targets: each content has a native Secret of its own.

mod by_default;
mod crash;
mod hands;

use coffer::api::{Reason, SecretStatus};
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::json;

use crate::support::audit::Call;
use crate::support::{Cluster, Namespace, bytes, manifest};

/// The Secret `stripe` with an immutable target, and this value under `value`.
async fn delivered(ns: &Namespace, target: &str, value: &str) -> SecretStatus {
    ns.store("vault", "{}").await;
    let data = format!("{{ value: {{ value: {value} }} }}");
    ns.apply(&manifest::secret_with("stripe", "vault", &data, target))
        .await;
    ns.ready("stripe").await.status.unwrap()
}

async fn change(ns: &Namespace, value: &str) -> SecretStatus {
    let data = json!({ "value": { "value": value } });
    ns.edit("stripe", json!({ "spec": { "data": data } })).await;
    ns.ready("stripe").await.status.unwrap()
}

async fn retarget(ns: &Namespace, target: serde_json::Value) -> SecretStatus {
    ns.edit("stripe", json!({ "spec": { "target": target } }))
        .await;
    ns.ready("stripe").await.status.unwrap()
}

fn current(status: &SecretStatus) -> String {
    status.target_name.clone().unwrap()
}

fn former(status: &SecretStatus) -> Vec<String> {
    let former = status.former_targets.iter();
    former.map(|it| it.name.clone()).collect()
}

/// The names of the native Secrets there are, but for those of probes, which the garbage collector takes in its time.
async fn natives(ns: &Namespace) -> Vec<String> {
    let natives = ns.natives().list(&ListParams::default()).await.unwrap();
    let names = natives.iter().map(ResourceExt::name_any);
    names.filter(|name| !name.starts_with("probe-")).collect()
}

async fn are_there(ns: &Namespace, names: &[&String]) {
    let mut wanted: Vec<_> = names.iter().map(|it| (*it).clone()).collect();
    wanted.sort();
    assert_eq!(natives(ns).await, wanted);
}

#[tokio::test]
async fn each_content_has_a_native_secret_that_nobody_can_change() {
    let ns = Cluster::namespace("immutable").await;
    let first = delivered(&ns, "{ immutable: true }", "one").await;
    let second = change(&ns, "two").await;
    let (one, two) = (current(&first), current(&second));
    for (name, value) in [(&one, b"one"), (&two, b"two")] {
        let native = ns.natives().get(name).await.unwrap();
        assert_eq!(
            (native.immutable, bytes(&native, "value")),
            (Some(true), value.to_vec())
        );
        let digits = name.strip_prefix("stripe-").unwrap();
        assert!(digits.len() == 10 && digits.bytes().all(|it| it.is_ascii_hexdigit()));
    }
    are_there(&ns, &[&one, &two]).await;
    assert_eq!((former(&first), former(&second)), (vec![], vec![one]));
    let deliveries: Vec<_> = second.deliveries.iter().map(|it| &it.name).collect();
    assert_eq!(deliveries, [&two]);
    assert_eq!(ns.events("stripe").await, []);
}

#[tokio::test]
async fn the_last_former_ones_are_kept_and_the_oldest_goes() {
    let ns = Cluster::namespace("immutable").await;
    let mut names = vec![current(&delivered(&ns, "{ immutable: true }", "v0").await)];
    for value in ["v1", "v2", "v3"] {
        names.insert(0, current(&change(&ns, value).await));
    }
    let status = ns.ready("stripe").await.status.unwrap();
    assert_eq!(former(&status), names[1..3]);
    are_there(&ns, &[&names[0], &names[1], &names[2]]).await;
    let status = retarget(&ns, json!({ "history": 1 })).await;
    assert_eq!(former(&status), names[1..2]);
    are_there(&ns, &[&names[0], &names[1]]).await;
}

#[tokio::test]
async fn a_former_content_is_its_native_secret_again() {
    let ns = Cluster::namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true }", "one").await);
    let before = ns.natives().get(&one).await.unwrap();
    let two = current(&change(&ns, "two").await);
    let status = change(&ns, "one").await;
    assert_eq!(
        (current(&status), former(&status)),
        (one.clone(), vec![two])
    );
    assert_eq!(ns.natives().get(&one).await.unwrap(), before);
    assert_eq!(status.version, Some(3));
}

#[tokio::test]
async fn what_is_not_content_makes_no_new_one() {
    let ns = Cluster::namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true }", "one").await);
    let uid = ns.natives().get(&one).await.unwrap().uid();
    let status = retarget(&ns, json!({ "labels": { "team": "a" }, "history": 5 })).await;
    assert_eq!(current(&status), one);
    let native = ns.natives().get(&one).await.unwrap();
    assert_eq!((native.labels()["team"].as_str(), native.uid()), ("a", uid));
    ns.edit("stripe", json!({ "spec": { "comment": "live" } }))
        .await;
    assert_eq!(current(&ns.ready("stripe").await.status.unwrap()), one);
    are_there(&ns, &[&one]).await;
}

#[tokio::test]
async fn to_become_immutable_or_not_is_to_have_another_name() {
    let ns = Cluster::namespace("immutable").await;
    let status = delivered(&ns, "{}", "v").await;
    assert_eq!(status.target_name, None);
    let one = current(&retarget(&ns, json!({ "immutable": true })).await);
    are_there(&ns, &[&one]).await;
    let two = current(&change(&ns, "w").await);
    are_there(&ns, &[&one, &two]).await;
    let other = current(&retarget(&ns, json!({ "name": "other" })).await);
    are_there(&ns, &[&other]).await;
    let status = retarget(&ns, json!({ "name": null, "immutable": false })).await;
    assert_eq!((status.target_name, status.former_targets), (None, vec![]));
    are_there(&ns, &[&"stripe".to_owned()]).await;
    let native = ns.natives().get("stripe").await.unwrap();
    assert_eq!(native.immutable, None);
}

#[tokio::test]
async fn all_versions_go_with_the_secret_and_with_its_target() {
    let ns = Cluster::namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true }", "one").await);
    let two = current(&change(&ns, "two").await);
    let status = retarget(&ns, json!(null)).await;
    assert_eq!((status.target_name, status.former_targets), (None, vec![]));
    are_there(&ns, &[]).await;
    retarget(&ns, json!({ "immutable": true })).await;
    assert_eq!(current(&change(&ns, "one").await), one);
    are_there(&ns, &[&one, &two]).await;
    ns.delete("stripe").await;
    ns.native_gone(&one).await;
    ns.native_gone(&two).await;
}

#[tokio::test]
async fn what_is_retained_stays_and_still_the_oldest_goes() {
    let ns = Cluster::namespace("immutable").await;
    let target = "{ immutable: true, history: 1, deletionPolicy: Retain }";
    let one = current(&delivered(&ns, target, "one").await);
    let two = current(&change(&ns, "two").await);
    let three = current(&change(&ns, "three").await);
    ns.native_gone(&one).await;
    ns.delete("stripe").await;
    ns.gone("stripe").await;
    ns.operator_caught_up().await;
    for name in [two, three] {
        assert!(ns.natives().get_opt(&name).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_value_that_does_not_open_keeps_all_versions() {
    let ns = Cluster::unadvised_namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true }", "one").await);
    let two = current(&change(&ns, "two").await);
    ns.edit("stripe", json!({ "spec": { "data": { "bad": {} } } }))
        .await;
    ns.problem("stripe", Reason::ValueMissing).await;
    let status = ns.secrets().get("stripe").await.unwrap().status.unwrap();
    assert_eq!(
        (current(&status), former(&status)),
        (two.clone(), vec![one.clone()])
    );
    are_there(&ns, &[&one, &two]).await;
}

#[tokio::test]
async fn a_changed_content_costs_one_create_one_status_and_one_delete_of_what_is_too_old() {
    let ns = Cluster::namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true, history: 1 }", "one").await);
    let two = current(&change(&ns, "two").await);
    ns.operator_caught_up().await;
    // Of one in clear the webhook looks at what is stored.
    let sealed = ns.sealer("vault").await.strict("stripe", "value", b"three");
    let mut tail = ns.cluster.follow_api_calls();
    let three = current(&change(&ns, &sealed).await);
    ns.operator_caught_up().await;
    for (name, calls) in [
        (&one, &["delete secrets"][..]),
        (&two, &[]),
        (&three, &["create secrets"]),
        (&"stripe".to_owned(), &["patch secrets.coffer.dev/status"]),
    ] {
        assert_eq!(Call::about(tail.calls(), &ns.name, name), calls, "{name}");
    }
}

#[tokio::test]
async fn a_copy_keeps_its_one_name_and_is_changed() {
    let ns = Cluster::namespace("immutable").await;
    let shop = Cluster::namespace("shop").await;
    let grant = format!("{{ namespaces: {{ names: [{}] }} }}", shop.name);
    ns.store(
        "vault",
        &format!("{{ scopes: [{{ name: shops, consumers: [{grant}] }}] }}"),
    )
    .await;
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": "web", "annotations": { "coffer.dev/consume": format!("{}/vault", ns.name) } },
    });
    shop.apply(&account.to_string()).await;
    let secret = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "metadata": { "name": "stripe" },
        "spec": {
            "storeRef": { "name": "vault" }, "scopes": ["shops"],
            "data": { "value": { "value": "one" } }, "target": { "immutable": true },
        },
    });
    ns.apply(&secret.to_string()).await;
    let copy = format!("{}.stripe", ns.name);
    let has = |value: &'static [u8]| move |native: &core::Secret| bytes(native, "value") == value;
    let first = shop.native(&copy, "is there", has(b"one")).await;
    let status = change(&ns, "two").await;
    let second = shop.native(&copy, "is changed", has(b"two")).await;
    assert_eq!((first.uid(), second.immutable), (second.uid(), None));
    assert_eq!(former(&status).len(), 1);
}
