//! After a rotation, what Coffer sealed is sealed again, and nothing else changes.

mod cost;
mod git;
mod trouble;

use std::collections::BTreeMap;

use coffer::api::Secret;
use kube::ResourceExt as _;
use kube::api::ListParams;
use serde_json::json;

use super::{keys, own, rotate, sealed_again, sealed_with};
use crate::support::{Cluster, Namespace, manifest, settled, within};

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
