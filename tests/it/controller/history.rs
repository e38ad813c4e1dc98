//! What changes a Secret's `state`, `version` and `modified`, row by row, as docs/secrets.md has it.

mod values;

use coffer::api::{SecretState, SecretStatus};
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value as Json, json};

use crate::support::{Cluster, Isolated, Namespace, Options, eventually};

use SecretState::{Active, Pending};

/// One change of `spec`, and what follows: the state, and by how much the version rises.
type Row = (&'static str, Json, SecretState, i64);

fn of_values(sealed_again: &str) -> Vec<Row> {
    let value = |value: &str| json!({ "data": { "value": { "value": value } } });
    vec![
        ("another value", value("two"), Active, 1),
        ("the former value", value("one"), Active, 1),
        ("the same value in clear", value("one"), Active, 0),
        (
            "the same value sealed again",
            value(sealed_again),
            Active,
            0,
        ),
        (
            "another key",
            json!({ "data": { "more": { "value": "x" } } }),
            Active,
            1,
        ),
        ("a key less", json!({ "data": { "more": null } }), Active, 1),
        (
            "a generated value",
            json!({ "data": { "made": { "generate": { "kind": "Uuid" } } } }),
            Active,
            1,
        ),
        (
            "a recipe for the next value",
            json!({ "data": { "made": { "generate": { "kind": "Uuid", "rotate": "1h" } } } }),
            Active,
            0,
        ),
    ]
}

fn of_the_target() -> Vec<Row> {
    vec![
        (
            "labels of the target",
            json!({ "target": { "labels": { "a": "b" } } }),
            Active,
            0,
        ),
        (
            "another name of the target",
            json!({ "target": { "name": "other" } }),
            Active,
            0,
        ),
        (
            "a template",
            json!({ "target": { "template": { "t": "{{ value }}" } } }),
            Active,
            0,
        ),
        (
            "a template that fails",
            json!({ "target": { "template": { "t": "{{ nope }}" } } }),
            Pending,
            0,
        ),
        (
            "no template",
            json!({ "target": { "template": null } }),
            Active,
            0,
        ),
        (
            "an immutable target",
            json!({ "target": { "immutable": true } }),
            Active,
            0,
        ),
        (
            "a type that the values do not fit",
            json!({ "target": { "type": "kubernetes.io/tls" } }),
            Pending,
            0,
        ),
        ("no target", json!({ "target": null }), Active, 0),
        ("a target", json!({ "target": {} }), Active, 0),
        (
            "a name that is taken",
            json!({ "target": { "name": "taken" } }),
            Pending,
            0,
        ),
        (
            "its own name",
            json!({ "target": { "name": null } }),
            Active,
            0,
        ),
    ]
}

fn of_what_it_needs() -> Vec<Row> {
    vec![
        ("a comment", json!({ "comment": "live" }), Active, 0),
        ("a scope", json!({ "scopes": ["shops"] }), Active, 0),
        (
            "a scope that is not there",
            json!({ "scopes": ["shop"] }),
            Pending,
            0,
        ),
        ("no scope", json!({ "scopes": null }), Active, 0),
        (
            "a key without a value",
            json!({ "data": { "bad": {} } }),
            Pending,
            0,
        ),
        (
            "that key with one",
            json!({ "data": { "bad": { "value": "x" } } }),
            Active,
            1,
        ),
        (
            "a source that is not there",
            json!({ "data": { "bad": { "value": null, "fromSecret": { "name": "n", "key": "k" } } } }),
            Pending,
            0,
        ),
        ("neither", json!({ "data": { "bad": null } }), Active, 1),
        (
            "a store that is not there",
            json!({ "storeRef": { "name": "nowhere" } }),
            Pending,
            0,
        ),
        (
            "its own store",
            json!({ "storeRef": { "name": "vault" } }),
            Active,
            0,
        ),
        (
            "a store that is full",
            json!({ "storeRef": { "name": "full" } }),
            Pending,
            0,
        ),
        (
            "its own store again",
            json!({ "storeRef": { "name": "vault" } }),
            Active,
            0,
        ),
    ]
}

/// The status once it is about the present spec, and in this state.
async fn reaches(ns: &Namespace, what: &str, state: SecretState) -> SecretStatus {
    let secrets = ns.secrets();
    eventually(what, async || {
        let secret = secrets.get("stripe").await.unwrap();
        let status = secret.status.unwrap_or_default();
        let is_so =
            status.observed_generation == secret.metadata.generation && status.state == Some(state);
        is_so
            .then(|| status.clone())
            .ok_or_else(|| json!(status).to_string())
    })
    .await
}

fn assert_follows(what: &str, before: &SecretStatus, after: &SecretStatus, counted: i64) {
    assert_eq!(
        after.version,
        before.version.map(|it| it + counted),
        "{what}"
    );
    assert_eq!(
        (&after.created, &after.id),
        (&before.created, &before.id),
        "{what}"
    );
    if counted == 0 {
        assert_eq!(after.modified, before.modified, "{what}");
        assert_eq!(after.fingerprint, before.fingerprint, "{what}");
    } else {
        let at = |status: &SecretStatus| status.modified.as_ref().unwrap().0;
        assert!(at(after) >= at(before), "{what}");
        assert_ne!(after.fingerprint, before.fingerprint, "{what}");
    }
}

/// A Secret `stripe` whose value is `one`.
async fn created(ns: &Namespace) -> SecretStatus {
    ns.store("vault", "{ scopes: [{ name: shops }] }").await;
    create(ns).await;
    let status = reaches(ns, "created", Active).await;
    assert_eq!(status.version, Some(1));
    assert!(status.modified.is_some());
    status
}

async fn create(ns: &Namespace) {
    let secret = json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
        "metadata": { "name": "stripe", "finalizers": ["example.com/hold"] },
        "spec": {
            "storeRef": { "name": "vault" },
            "data": { "value": { "value": "one" } }, "target": {},
        },
    });
    ns.try_create(secret).await.unwrap();
}

#[tokio::test]
async fn each_change_of_the_spec_counts_as_the_table_says() {
    let ns = Cluster::unadvised_namespace("history").await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: taken }\n")
        .await;
    ns.store("full", "{ quota: { secrets: 0 } }").await;
    let mut before = created(&ns).await;
    let sealed = ns.sealer("vault").await.strict("stripe", "value", b"one");
    let rows = [of_values(&sealed), of_the_target(), of_what_it_needs()].concat();
    for (what, change, state, counted) in rows {
        ns.edit("stripe", json!({ "spec": change })).await;
        let after = reaches(&ns, what, state).await;
        assert_follows(what, &before, &after, counted);
        before = after;
    }
}

/// What happens around a Secret counts no more, and its end is told for as long as it is there.
#[tokio::test]
async fn what_happens_around_it_does_not_count_and_its_end_is_a_state() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("history").await;
    let before = created(&ns).await;

    ns.edit("stripe", json!({ "metadata": { "labels": { "a": "b" } } }))
        .await;
    ns.edit_native("stripe", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.event("stripe", "TargetRepaired").await;
    let params = DeleteParams::default();
    ns.natives().delete("stripe", &params).await.unwrap();
    ns.native("stripe", "is there again", |_| true).await;
    ns.operator_caught_up().await;
    assert_follows(
        "repairs",
        &before,
        &reaches(&ns, "repaired", Active).await,
        0,
    );

    let rotate = json!({ "metadata": { "annotations": { "coffer.dev/rotate-keys": "1" } } });
    let former = ns.secrets().get("stripe").await.unwrap().spec;
    ns.stores()
        .patch("vault", &PatchParams::default(), &Patch::Merge(rotate))
        .await
        .unwrap();
    eventually("the value is sealed with the new key", async || {
        let spec = ns.secrets().get("stripe").await.unwrap().spec;
        (spec != former).then_some(()).ok_or("it is not")
    })
    .await;
    assert_follows(
        "rotated keys",
        &before,
        &reaches(&ns, "sealed again", Active).await,
        0,
    );

    isolated.restart().await;
    ns.operator_caught_up().await;
    assert_follows(
        "a restart",
        &before,
        &reaches(&ns, "restarted", Active).await,
        0,
    );

    ns.delete("stripe").await;
    let deleted = reaches(&ns, "deleted", SecretState::Deleted).await;
    assert_follows("deletion", &before, &deleted, 0);
    let held = json!({ "metadata": { "finalizers": null } });
    ns.edit("stripe", held).await;
    ns.gone("stripe").await;
}
