//! Stores with a quota: the oldest Secrets are served, whatever comes first.

use std::collections::BTreeSet;
use std::time::Duration;

use coffer::api::{Reason, Secret, SecretState};
use futures::future::join_all;
use kube::ResourceExt;
use kube::api::{ListParams, PostParams};
use serde_json::json;

use crate::admission::replicas::another;
use crate::support::{Cluster, Isolated, Namespace, Options, eventually, manifest, within};

const CLIENTS: usize = 20;
const EACH: usize = 10;
const QUOTA: usize = 50;

/// Enough for two hundred on a machine that is busy with something else.
const DEADLINE: Duration = Duration::from_secs(90);

/// By which a test tells that the operator caught up. They have a store of their own.
fn is_probe(name: &str) -> bool {
    name.starts_with("probe-")
}

/// All Secrets, from old to young: by creation, then by UID.
async fn by_age(ns: &Namespace) -> Vec<Secret> {
    let all = ns.secrets().list(&ListParams::default()).await;
    let mut secrets = all.unwrap().items;
    secrets.retain(|secret| !is_probe(&secret.name_any()));
    secrets.sort_by_key(|secret| (secret.creation_timestamp(), secret.uid()));
    secrets
}

fn state(secret: &Secret) -> Option<SecretState> {
    secret.status.as_ref()?.state
}

/// Waits until the oldest `count` are active, and all others told that there is no place; and then for it to stay so.
async fn the_oldest_are_active(ns: &Namespace, count: usize) {
    let is_so = async || {
        let secrets = by_age(ns).await;
        for (number, secret) in secrets.iter().enumerate() {
            let wanted = if number < count {
                SecretState::Active
            } else {
                SecretState::Pending
            };
            if state(secret) != Some(wanted) {
                let (name, state) = (secret.name_any(), state(secret));
                return Err(format!("number {number}, {name}, is {state:?}"));
            }
        }
        let natives = ns.natives().list_metadata(&ListParams::default()).await;
        let natives = natives.unwrap();
        let natives = natives.iter().map(ResourceExt::name_any);
        let natives: BTreeSet<_> = natives.filter(|name| !is_probe(name)).collect();
        let active: BTreeSet<_> = secrets
            .iter()
            .take(count)
            .map(ResourceExt::name_any)
            .collect();
        if natives == active {
            Ok(())
        } else {
            Err("not just those have native Secrets".to_owned())
        }
    };
    within(DEADLINE, "the oldest are active", is_so).await;
    ns.operator_caught_up().await;
    is_so().await.unwrap();
}

#[tokio::test]
async fn of_many_at_once_the_oldest_are_served_and_the_next_when_places_come() {
    let isolated = Isolated::start(Options::default()).await;
    let mut second = another(&isolated, "second").await;
    let ns = isolated.namespace("quota").await;
    ns.store("vault", &format!("{{ quota: {{ secrets: {QUOTA} }} }}"))
        .await;
    let clients = (0..CLIENTS).map(|client| {
        let secrets = ns.secrets();
        async move {
            for number in 0..EACH {
                let object = json!({
                    "metadata": { "name": format!("s{client}-{number}") },
                    "spec": {
                        "storeRef": { "name": "vault" },
                        "data": { "value": { "value": "v" } },
                        "target": {},
                    },
                });
                let object = serde_json::from_value(object).unwrap();
                secrets
                    .create(&PostParams::default(), &object)
                    .await
                    .unwrap();
            }
        }
    });
    join_all(clients).await;
    the_oldest_are_active(&ns, QUOTA).await;

    let all = by_age(&ns).await;
    let gone = all.iter().take(QUOTA).step_by(5);
    join_all(gone.map(|secret| async { ns.delete(&secret.name_any()).await })).await;
    the_oldest_are_active(&ns, QUOTA).await;
    second.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_quota_that_is_lowered_withdraws_nothing_and_one_that_is_raised_serves_the_next() {
    let ns = Cluster::namespace("quota").await;
    ns.store("vault", "{ quota: { secrets: 2 } }").await;
    for name in ["a", "b"] {
        ns.apply(&manifest::secret(name, "v")).await;
        ns.ready(name).await;
    }
    ns.store("vault", "{ quota: { secrets: 1 } }").await;
    ns.apply(&manifest::secret("c", "v")).await;
    let message = ns.problem("c", Reason::QuotaExceeded).await;
    assert_eq!(
        message,
        "SecretStore `vault` has a quota of 1 Secrets, and older ones have all places: delete one of them, or raise \
         `spec.quota.secrets`"
    );
    ns.operator_caught_up().await;
    for name in ["a", "b"] {
        ns.ready(name).await;
    }
    // One too many is one place fewer to become free.
    ns.delete("a").await;
    ns.operator_caught_up().await;
    ns.problem("c", Reason::QuotaExceeded).await;
    ns.store("vault", "{ quota: { secrets: 2 } }").await;
    ns.ready("c").await;
    ns.store("vault", "{ description: open to all }").await;
    ns.apply(&manifest::secret("d", "v")).await;
    ns.ready("d").await;
}

/// It has no place in the other store before it is served there.
#[tokio::test]
async fn a_secret_that_moves_to_a_full_store_waits_and_what_it_delivered_stays() {
    let ns = Cluster::namespace("quota").await;
    ns.store("full", "{ quota: { secrets: 1 } }").await;
    ns.store("vault", "{}").await;
    let data = "{ value: { value: v } }";
    ns.apply(&manifest::secret_with("first", "full", data, "{}"))
        .await;
    ns.ready("first").await;
    ns.apply(&manifest::secret("moved", "v")).await;
    ns.ready("moved").await;
    ns.apply(&manifest::secret_with("moved", "full", data, "{}"))
        .await;
    ns.problem("moved", Reason::QuotaExceeded).await;
    assert_eq!(ns.bytes("moved", "value").await, b"v");
    ns.delete("first").await;
    ns.ready("moved").await;
}

#[tokio::test]
async fn who_waits_for_a_place_costs_nothing_and_is_told_when_the_quota_changes() {
    let ns = Cluster::namespace("quota").await;
    ns.store("vault", "{ quota: { secrets: 0 } }").await;
    ns.apply(&manifest::secret("a", "v")).await;
    ns.problem("a", Reason::QuotaExceeded).await;
    ns.operator_caught_up().await;
    let before = ns.api_calls().len();
    // Wakes it up.
    ns.store("vault", "{ quota: { secrets: 0 }, description: closed }")
        .await;
    ns.operator_caught_up().await;
    let calls = ns.api_calls().split_off(before);
    let of_secrets = calls.iter().filter(|call| call.resource == "secrets");
    assert_eq!(of_secrets.count(), 0, "{calls:?}");
    for name in ["b", "c"] {
        ns.apply(&manifest::secret(name, "v")).await;
    }
    ns.store("vault", "{ quota: { secrets: 1 } }").await;
    the_oldest_are_active(&ns, 1).await;
    let secrets = by_age(&ns).await;
    for secret in secrets.iter().skip(1) {
        let message = ns.problem(&secret.name_any(), Reason::QuotaExceeded).await;
        assert!(message.contains("a quota of 1 Secrets"), "{message}");
    }
}

#[tokio::test]
async fn a_store_shows_its_quota_and_what_is_none_is_refused() {
    let ns = Cluster::namespace("quota").await;
    ns.store("vault", "{ quota: { secrets: 7 } }").await;
    eventually("the status shows it", async || {
        let table = ns.kubectl(&["get", "cstore", "vault"], "").await;
        let shown = table.lines().last().unwrap().split_whitespace().nth(2) == Some("7");
        shown.then_some(()).ok_or(table)
    })
    .await;
    for quota in ["-1", "1.5", "many", "1000001"] {
        let manifest = manifest::store("wrong", &format!("{{ quota: {{ secrets: {quota} }} }}"));
        let said = ns.try_apply(&manifest).await.unwrap_err();
        assert!(said.contains("spec.quota.secrets"), "{said}");
    }
}

/// Sets or removes the quota of the whole namespace.
async fn account(ns: &Namespace, quota: &str) {
    let annotation = format!("coffer.dev/secrets-quota{quota}");
    ns.kubectl(
        &[
            "annotate",
            "--overwrite",
            "namespace",
            &ns.name,
            &annotation,
        ],
        "",
    )
    .await;
}

#[tokio::test]
async fn a_namespace_has_a_quota_for_all_its_stores() {
    let ns = Cluster::namespace("account").await;
    for store in ["vault", "other"] {
        ns.store(store, "{}").await;
    }
    account(&ns, "=2").await;
    ns.apply(&manifest::secret("a", "v")).await;
    ns.ready("a").await;
    let data = "{ value: { value: v } }";
    let other = |name: &str| manifest::secret_with(name, "other", data, "{}");
    ns.apply(&other("b")).await;
    ns.ready("b").await;
    ns.apply(&other("c")).await;
    let message = ns.problem("c", Reason::QuotaExceeded).await;
    assert_eq!(
        message,
        format!(
            "namespace `{}` has a quota of 2 Secrets, and older ones have all places: delete one of them, or have an \
             administrator raise it (annotation coffer.dev/secrets-quota of the namespace)",
            ns.name
        )
    );
    let (arguments, manifest) = (
        ["apply", "--dry-run=server", "-f", "-"],
        manifest::secret("d", "v"),
    );
    let arguments: Vec<_> = ["--namespace", &ns.name]
        .into_iter()
        .chain(arguments)
        .collect();
    let said = ns.cluster.kubectl(&arguments, &manifest).await.stderr;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains(&message), "{said}");
    ns.delete("a").await;
    ns.ready("c").await;
    ns.apply(&manifest::secret("d", "v")).await;
    ns.problem("d", Reason::QuotaExceeded).await;
    account(&ns, "=unlimited").await;
    ns.ready("d").await;
    account(&ns, "=1").await;
    ns.apply(&other("e")).await;
    ns.problem("e", Reason::QuotaExceeded).await;
    for name in ["b", "c", "d"] {
        ns.ready(name).await;
    }
    account(&ns, "-").await;
    ns.ready("e").await;
}

#[tokio::test]
async fn who_waits_for_a_store_is_not_in_the_way_of_others() {
    let ns = Cluster::namespace("account").await;
    account(&ns, "=1").await;
    let data = "{ value: { value: v } }";
    ns.apply(&manifest::secret_with("lost", "typo", data, "{}"))
        .await;
    ns.problem("lost", Reason::StoreNotFound).await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("second", "v")).await;
    ns.ready("second").await;
    ns.store("typo", "{}").await;
    ns.problem("lost", Reason::QuotaExceeded).await;
}

/// A tenant could otherwise have any number delivered, by moving them to a store that has no place for them.
#[tokio::test]
async fn what_is_delivered_counts_also_when_it_moves_to_a_full_store() {
    let ns = Cluster::namespace("account").await;
    ns.store("vault", "{}").await;
    ns.store("full", "{ quota: { secrets: 0 } }").await;
    account(&ns, "=1").await;
    ns.apply(&manifest::secret("moved", "v")).await;
    ns.ready("moved").await;
    let data = "{ value: { value: v } }";
    ns.apply(&manifest::secret_with("moved", "full", data, "{}"))
        .await;
    ns.problem("moved", Reason::QuotaExceeded).await;
    ns.apply(&manifest::secret("second", "v")).await;
    ns.problem("second", Reason::QuotaExceeded).await;
    ns.delete("moved").await;
    ns.ready("second").await;
}

#[tokio::test]
async fn the_operator_has_a_quota_for_namespaces_without_one() {
    let isolated = Isolated::start(Options {
        arguments: vec!["--account-quota", "1"],
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("account").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("a", "v")).await;
    ns.ready("a").await;
    ns.apply(&manifest::secret("b", "v")).await;
    ns.problem("b", Reason::QuotaExceeded).await;
    account(&ns, "=2").await;
    ns.ready("b").await;
}

/// Who may do everything in their namespace, and edit it, sets no quota for it.
#[tokio::test]
async fn only_who_may_set_quotas_everywhere_writes_the_annotation() {
    const REFUSED: &str = "needs the verb set-quota on secrets.coffer.dev";
    let ns = Cluster::namespace("account").await;
    ns.apply(
        r#"
apiVersion: v1
kind: ServiceAccount
metadata: { name: tenant }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: tenant }
rules:
  - { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: tenant }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant }
subjects: [{ kind: ServiceAccount, name: tenant }]
"#,
    )
    .await;
    let user = format!("--as=system:serviceaccount:{}:tenant", ns.name);
    let patch = json!({ "metadata": { "annotations": { "coffer.dev/secrets-quota": "5" } } });
    let patch = patch.to_string();
    let way = |subresource| {
        let patch = ["patch", "namespace", &ns.name, "--patch", &patch];
        let user = [user.as_str()].into_iter();
        let arguments: Vec<_> = user.chain(patch).chain(subresource).collect();
        let ns = &ns;
        async move { ns.try_kubectl(&arguments, "").await }
    };
    for subresource in [None, Some("--subresource=status")] {
        eventually("the tenant may edit the namespace", async || {
            let said = way(subresource).await.unwrap_err();
            let refused = said.contains(REFUSED);
            refused.then_some(()).ok_or(said)
        })
        .await;
    }
    let mut whole = json!(ns.namespaces().get(&ns.name).await.unwrap());
    whole["metadata"]["annotations"] = json!({ "coffer.dev/secrets-quota": "5" });
    let finalize = format!("/api/v1/namespaces/{}/finalize", ns.name);
    let arguments = [&user, "replace", "--raw", &finalize, "-f", "-"];
    let said = ns.try_kubectl(&arguments, &whole.to_string()).await;
    let said = said.unwrap_err();
    assert!(said.contains(REFUSED), "{said}");
    let group = "rbac.authorization.k8s.io";
    let role = json!({
        "apiVersion": format!("{group}/v1"), "kind": "ClusterRole", "metadata": { "name": ns.name },
        "rules": [{ "apiGroups": ["coffer.dev"], "resources": ["secrets"], "verbs": ["set-quota"] }],
    });
    let binding = json!({
        "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": { "name": ns.name },
        "roleRef": { "apiGroup": group, "kind": "ClusterRole", "name": ns.name },
        "subjects": [{ "kind": "ServiceAccount", "name": "tenant", "namespace": ns.name }],
    });
    let both = json!({ "apiVersion": "v1", "kind": "List", "items": [role, binding] });
    ns.kubectl(&["apply", "-f", "-"], &both.to_string()).await;
    eventually("the tenant may set it", async || way(None).await).await;
    for wrong in ["=", "=many", "=-1", "=12345678"] {
        let annotation = format!("coffer.dev/secrets-quota{wrong}");
        let arguments = [
            "annotate",
            "--overwrite",
            "namespace",
            &ns.name,
            &annotation,
        ];
        let said = ns.try_kubectl(&arguments, "").await.unwrap_err();
        assert!(
            said.contains("is a number of at most seven digits, or unlimited"),
            "{said}"
        );
    }
    ns.kubectl(&["delete", "clusterrole,clusterrolebinding", &ns.name], "")
        .await;
}
