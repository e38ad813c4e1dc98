//! After a rotation, what Coffer sealed is sealed again, and nothing else changes.

use std::collections::BTreeMap;

use coffer::api::Secret;
use kube::ResourceExt as _;
use kube::api::ListParams;
use serde_json::json;

use super::{keys, own, rotate, sealed_again, sealed_with};
use crate::support::audit::Call;
use crate::support::refusal::Writes;
use crate::support::{Cluster, Isolated, Namespace, Options, manifest, settled, within};

/// The resourceVersions of the native Secrets, by name.
async fn versions(ns: &Namespace) -> BTreeMap<String, Option<String>> {
    let natives = ns.natives().list(&ListParams::default()).await.unwrap();
    let natives = natives.items.into_iter();
    natives
        .map(|native| (native.name_any(), native.resource_version()))
        .collect()
}

async fn secrets(ns: &Namespace) -> Vec<Secret> {
    ns.secrets()
        .list(&ListParams::default())
        .await
        .unwrap()
        .items
}

/// Waits until every status is about the present generation.
async fn all_settled(ns: &Namespace) {
    let limit = std::time::Duration::from_mins(1);
    within(limit, "every Secret is ready", async || {
        let secrets = secrets(ns).await;
        let pending = secrets.iter().filter(|it| settled(it).is_err()).count();
        if pending == 0 {
            Ok(())
        } else {
            Err(format!("{pending} are not"))
        }
    })
    .await;
}

/// Secrets whose values came in clear.
async fn plain_crowd(ns: &Namespace, count: usize) {
    let manifests: Vec<_> = (0..count)
        .map(|number| manifest::secret(&format!("s{number}"), "v"))
        .collect();
    ns.kubectl(&["create", "-f", "-"], &manifests.join("---\n"))
        .await;
    all_settled(ns).await;
}

async fn only_envelopes_change(ns: &Namespace) {
    let store = ns.store("vault", "{}").await;
    let author = crate::support::Sealer::of(&store);
    plain_crowd(ns, 20).await;
    let generating = "{ value: { generate: { kind: Password, rotate: 1h } } }";
    ns.apply(&manifest::secret_with("made", "vault", generating, "{}"))
        .await;
    ns.apply(&manifest::secret(
        "author",
        &author.strict("author", "value", b"v"),
    ))
    .await;
    ns.ready("made").await;
    ns.ready("author").await;
    let (before, natives) = (secrets(ns).await, versions(ns).await);

    rotate(ns, "vault", "1").await;
    let store = sealed_again(ns, "vault").await;
    all_settled(ns).await;
    assert_eq!(versions(ns).await, natives);
    let by_key: BTreeMap<_, _> = keys(&store)
        .iter()
        .map(|key| (key.id.clone(), key.secrets.unwrap()))
        .collect();
    let public = author.key.id().to_string();
    assert_eq!((by_key[&own(&store)], by_key[&public]), (21, 1));
    for (before, after) in before.iter().zip(secrets(ns).await) {
        let name = after.name_any();
        let expected = if name == "author" {
            public.clone()
        } else {
            own(&store)
        };
        assert_eq!(sealed_with(&after), expected, "{name}");
        assert_eq!(after.annotations().get("coffer.dev/reseal"), None, "{name}");
        let of = |secret: &Secret| {
            let status = secret.status.clone().unwrap();
            (status.version, status.modified, status.fingerprint)
        };
        assert_eq!(of(before), of(&after), "{name}");
        assert_eq!(owners(before), owners(&after), "{name}");
    }
}

/// Who owns what, but for the status.
fn owners(secret: &Secret) -> Vec<serde_json::Value> {
    let entries = secret.managed_fields().iter();
    let of_spec = entries.filter(|entry| entry.subresource.is_none());
    of_spec
        .map(|entry| json!([entry.manager, entry.operation, entry.fields_v1]))
        .collect()
}

#[tokio::test]
async fn with_webhooks_only_envelopes_change() {
    only_envelopes_change(&Cluster::namespace("reseal").await).await;
}

#[tokio::test]
async fn without_webhooks_only_envelopes_change() {
    only_envelopes_change(&Cluster::namespace_in_controller_mode("reseal").await).await;
}

#[tokio::test]
async fn a_generated_value_and_the_one_before_it_are_sealed_again() {
    let ns = Cluster::namespace("reseal").await;
    ns.store("vault", "{}").await;
    let data = "{ value: { generate: { kind: Password, rotate: 1h, overlap: 1h } } }";
    ns.apply(&manifest::secret_with("app", "vault", data, "{}"))
        .await;
    ns.ready("app").await;
    let old = json!({ "at": "2026-01-01T00:00:00Z" });
    ns.edit(
        "app",
        json!({ "spec": { "data": { "value": { "generated": old } } } }),
    )
    .await;
    let native = ns
        .native("app", "has the former value", |native| {
            native
                .data
                .iter()
                .flatten()
                .any(|(key, _)| key == "value.previous")
        })
        .await;
    ns.ready("app").await;
    rotate(&ns, "vault", "1").await;
    let store = sealed_again(&ns, "vault").await;
    let secret = ns.ready("app").await;
    let previous = secret.spec.data["value"].generated.clone().unwrap();
    let previous = previous.previous.unwrap().value;
    let prefix = format!("coffer.v1.{}.", own(&store));
    assert!(previous.expose().starts_with(&prefix));
    let after = ns.natives().get("app").await.unwrap();
    assert_eq!(after.resource_version(), native.resource_version());
}

#[tokio::test]
async fn sealing_one_again_costs_a_patch_and_a_status() {
    let ns = Cluster::namespace("reseal").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("app", "v")).await;
    ns.ready("app").await;
    // A request shows in the log after its answer.
    ns.operator_caught_up().await;
    let mut tail = ns.cluster.follow_api_calls();
    rotate(&ns, "vault", "1").await;
    sealed_again(&ns, "vault").await;
    ns.ready("app").await;
    ns.operator_caught_up().await;
    assert_eq!(
        Call::about(tail.calls(), &ns.name, "app"),
        [
            "patch secrets.coffer.dev",
            "patch secrets.coffer.dev/status"
        ]
    );
}

/// The operator's lists of the Secrets of a namespace.
fn lists(calls: &[Call], ns: &Namespace) -> usize {
    let calls = calls.iter().filter(|call| call.namespace == ns.name);
    calls
        .filter(|call| call.verb == "list" && call.resource == "secrets.coffer.dev")
        .count()
}

#[tokio::test]
async fn many_are_listed_and_each_costs_two_writes_of_which_none_is_in_vain() {
    for ns in [
        Cluster::namespace("reseal").await,
        Cluster::namespace_in_controller_mode("reseal").await,
    ] {
        ns.store("vault", "{}").await;
        plain_crowd(&ns, 40).await;
        ns.operator_caught_up().await;
        let mut tail = ns.cluster.follow_api_calls();
        rotate(&ns, "vault", "1").await;
        sealed_again(&ns, "vault").await;
        all_settled(&ns).await;
        ns.operator_caught_up().await;
        let calls = tail.calls();
        assert!(lists(calls, &ns) > 0);
        for number in 0..40 {
            assert_eq!(
                Call::about(calls, &ns.name, &format!("s{number}")),
                [
                    "patch secrets.coffer.dev",
                    "patch secrets.coffer.dev/status"
                ],
                "s{number}"
            );
        }
    }
}

#[tokio::test]
async fn for_a_few_of_many_the_store_is_not_listed() {
    let ns = Cluster::namespace("reseal").await;
    let author = ns.sealer_of_new_store("vault").await;
    ns.crowd(&author, 0..9, str::to_owned).await;
    ns.apply(&manifest::secret("app", "v")).await;
    ns.ready("app").await;
    // A request shows in the log after its answer.
    ns.operator_caught_up().await;
    let mut tail = ns.cluster.follow_api_calls();
    rotate(&ns, "vault", "1").await;
    sealed_again(&ns, "vault").await;
    ns.ready("app").await;
    ns.operator_caught_up().await;
    let calls = tail.calls();
    assert_eq!(lists(calls, &ns), 0);
    assert_eq!(
        Call::about(calls, &ns.name, "app"),
        [
            "patch secrets.coffer.dev",
            "patch secrets.coffer.dev/status"
        ]
    );
}

#[tokio::test]
async fn one_that_is_refused_does_not_keep_the_others_from_it() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("reseal").await;
    ns.store("vault", "{}").await;
    plain_crowd(&ns, 60).await;
    let updates = Writes {
        group: "coffer.dev",
        resource: "secrets",
        operation: "UPDATE",
    };
    let cluster = &isolated.cluster;
    cluster
        .refuse(&[updates], "object.metadata.name == 's0'")
        .await;
    rotate(&ns, "vault", "1").await;
    super::until_store(&ns, "vault", "has one left", |store| {
        keys(store)[0].secrets == Some(1)
    })
    .await;
    cluster.allow().await;
    sealed_again(&ns, "vault").await;
    all_settled(&ns).await;
}

#[tokio::test]
async fn killed_in_the_middle_it_goes_on_after_the_restart() {
    let mut isolated = Isolated::start(Options {
        arguments: vec!["--reseal-rate", "20"],
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("reseal").await;
    ns.store("vault", "{}").await;
    plain_crowd(&ns, 200).await;
    let natives = versions(&ns).await;
    let store = rotate(&ns, "vault", "1").await;
    let own = own(&store);
    let done = async |ns: &Namespace| {
        let secrets = secrets(ns).await;
        secrets.iter().filter(|it| sealed_with(it) == own).count()
    };
    let limit = std::time::Duration::from_secs(30);
    within(limit, "some are sealed again", async || {
        let done = done(&ns).await;
        if done > 10 {
            Ok(())
        } else {
            Err(done.to_string())
        }
    })
    .await;
    isolated.kill9();
    let before = done(&ns).await;
    assert!(before < 200, "{before}");
    isolated.start_operator().await;
    sealed_again(&ns, "vault").await;
    all_settled(&ns).await;
    assert_eq!(done(&ns).await, 200);
    assert_eq!(versions(&ns).await, natives);
}

/// It belongs elsewhere, and Coffer does not ask for it again and again.
#[tokio::test]
async fn an_envelope_that_does_not_open_is_left_as_it_is() {
    let ns = Cluster::unadvised_namespace("reseal").await;
    ns.store("vault", "{}").await;
    for name in ["one", "two"] {
        ns.apply(&manifest::secret(name, "v")).await;
    }
    let stolen = ns.ready("one").await.spec.data["value"].value.clone();
    let stolen = stolen.unwrap().expose().to_owned();
    ns.apply(&manifest::secret("thief", &stolen)).await;
    ns.problem("thief", coffer::api::Reason::EnvelopeMismatch)
        .await;
    rotate(&ns, "vault", "1").await;
    let mut tail = ns.cluster.follow_api_calls();
    super::until_store(&ns, "vault", "has one left", |store| {
        keys(store)[0].secrets == Some(1)
    })
    .await;
    for name in ["three", "four"] {
        ns.apply(&manifest::secret(name, "v")).await;
        ns.ready(name).await;
    }
    ns.operator_caught_up().await;
    let value = ns.secrets().get("thief").await.unwrap();
    let value = value.spec.data["value"].value.clone().unwrap();
    assert_eq!(value.expose(), stolen);
    let calls = Call::about(tail.calls(), &ns.name, "thief");
    let patches = calls.iter().filter(|call| call.starts_with("patch"));
    assert!(patches.count() <= 1, "{calls:?}");
}

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
        crate::support::bytes(native, "value") == b"former"
    })
    .await;
    sealed_again(&ns, "vault").await;
}
