//! New keys for a store: on request, each once, or after a time.

use coffer::api::{KeyState, Reason};
use coffer::crypto::{Keyring, StoreKey, Suite};
use kube::api::DeleteParams;
use serde_json::json;

use super::{
    edit_record, keys, new_keys, operator_natives, own, record, request_rotation, rotate,
    sealed_with,
};
use crate::support::{Cluster, Isolated, Options, Sealer, manifest};

#[tokio::test]
async fn a_request_makes_new_keys_and_the_former_still_open() {
    let ns = Cluster::namespace("rotation").await;
    let before = ns.store("vault", "{}").await;
    let author = Sealer::of(&before);
    let store = rotate(&ns, "vault", "1").await;
    let states: Vec<_> = keys(&store)
        .iter()
        .map(|key| (key.suite.as_str(), key.state))
        .collect();
    assert_eq!(
        states,
        [
            ("XChaCha20Poly1305", KeyState::Retired),
            ("XWing", KeyState::Retired),
            ("XChaCha20Poly1305", KeyState::Active),
            ("XWing", KeyState::Active),
        ]
    );
    let ids = |keys: &[coffer::api::SealingKeyStatus]| -> Vec<_> {
        keys.iter().map(|key| key.id.clone()).collect()
    };
    assert_eq!(ids(&keys(&store)[..2]), ids(keys(&before)));
    assert_ne!(Sealer::of(&store).key.id(), author.key.id());

    ns.apply(&manifest::secret(
        "old",
        &author.strict("old", "value", b"v"),
    ))
    .await;
    let old = ns.ready("old").await;
    assert_eq!(sealed_with(&old), author.key.id().to_string());
    assert_eq!(ns.bytes("old", "value").await, b"v");
    ns.apply(&manifest::secret("plain", "v")).await;
    assert_eq!(sealed_with(&ns.ready("plain").await), own(&store));
}

#[tokio::test]
async fn a_manifest_that_is_applied_again_asks_for_nothing() {
    let ns = Cluster::namespace("rotation").await;
    let manifest = |request: &str| {
        let annotated = format!(
            "metadata: {{ name: vault, annotations: {{ coffer.dev/rotate-keys: '{request}' }} }}"
        );
        manifest::store("vault", "{}").replace("metadata: { name: vault }", &annotated)
    };
    ns.apply(&manifest("1")).await;
    let first = ns.store_ready("vault").await;
    assert_eq!(keys(&first).len(), 2, "the first keys are new");
    ns.apply(&manifest("2")).await;
    let second = new_keys(&ns, "vault", &own(&first)).await;
    // Taken away, and back.
    ns.apply(&manifest::store("vault", "{}")).await;
    ns.apply(&manifest("2")).await;
    // Deleted, and back.
    ns.stores()
        .delete("vault", &DeleteParams::default())
        .await
        .unwrap();
    ns.apply(&manifest("2")).await;
    ns.operator_caught_up().await;
    let store = ns.store_ready("vault").await;
    let ids = |store| -> Vec<_> { keys(store).iter().map(|key| key.id.clone()).collect() };
    assert_eq!(ids(&store), ids(&second));
    assert_eq!(record(&ns, "vault").await.unwrap()["rotation"], "2");
}

#[tokio::test]
async fn keys_of_an_age_are_replaced_when_they_reach_it() {
    let ns = Cluster::namespace("rotation").await;
    let before = ns.store("vault", "{ keyRotation: { interval: 1d } }").await;
    let day_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(86_400 - 4);
    let day_ago = day_ago.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    edit_record(&ns, "vault", |record| {
        record["keys"][0]["created"] = json!(day_ago);
    })
    .await;
    ns.operator_caught_up().await;
    let after = new_keys(&ns, "vault", &own(&before)).await;
    assert_eq!(keys(&after).len(), 4);
    let record = record(&ns, "vault").await.unwrap();
    assert!(record["keys"][0]["retired"].as_str() > Some(day_ago.as_str()));
    assert_eq!(record.get("rotation"), None);
}

#[tokio::test]
async fn keys_that_come_of_age_while_no_operator_runs_are_replaced_once() {
    let mut isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("rotation").await;
    let before = ns.store("vault", "{ keyRotation: { interval: 1d } }").await;
    isolated.kill9();
    edit_record(&ns, "vault", |record| {
        record["keys"][0]["created"] = json!("2026-01-01T00:00:00Z");
    })
    .await;
    request_rotation(&ns, "vault", "1").await;
    isolated.start_operator().await;
    let after = new_keys(&ns, "vault", &own(&before)).await;
    isolated.restart().await;
    ns.operator_caught_up().await;
    let still = ns.store_ready("vault").await;
    assert_eq!(own(&still), own(&after));
    assert_eq!(keys(&still).len(), 4);
}

#[tokio::test]
async fn a_store_with_as_many_keys_as_can_be_says_so_and_goes_on_sealing() {
    let ns = Cluster::namespace("rotation").await;
    let before = ns.store("vault", "{}").await;
    let keyring = operator_natives(&ns).get("coffer-keyring").await.unwrap();
    let entries = keyring.data.as_ref().unwrap().iter();
    let roots = entries
        .filter(|(name, _)| name.starts_with("root-"))
        .map(|(name, bytes)| (name.as_str(), bytes.0.as_slice()));
    let keyring = Keyring::from_entries(roots).unwrap();
    let another = || {
        let key = StoreKey::generate(Suite::XChaCha20Poly1305);
        json!({
            "id": key.id(), "suite": key.suite(), "state": "Retired",
            "created": "2026-01-01T00:00:00Z",
            "wrapped": keyring.wrap_store_key(&ns.name, "vault", &key),
        })
    };
    edit_record(&ns, "vault", |record| {
        let keys = record["keys"].as_array_mut().unwrap();
        keys.splice(0..0, (0..125).map(|_| another()));
    })
    .await;
    request_rotation(&ns, "vault", "1").await;
    let told = ns.store_problem("vault", Reason::TooManyKeys).await;
    assert!(told.contains("coffer keys prune"), "{told}");
    ns.apply(&manifest::secret("plain", "v")).await;
    assert_eq!(sealed_with(&ns.ready("plain").await), own(&before));

    edit_record(&ns, "vault", |record| {
        let keys = record["keys"].as_array_mut().unwrap();
        keys.drain(..125);
    })
    .await;
    let after = new_keys(&ns, "vault", &own(&before)).await;
    assert_eq!(keys(&after).len(), 4);
}
