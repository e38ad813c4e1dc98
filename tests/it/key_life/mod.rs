//! The life of keys: rotated, sealed with again, wrapped again, kept and destroyed.

mod asked;
mod ownership;
mod reseal;
mod retention;
mod root;
mod rotation;

use std::time::Duration;

use coffer::api::{KeyState, SealingKeyStatus, Secret, SecretStore};
use coffer::crypto::Envelope;
use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};

use crate::support::{Namespace, bytes, within};

const SYMMETRIC: &str = "XChaCha20Poly1305";

/// The keys in a store's status.
fn keys(store: &SecretStore) -> &[SealingKeyStatus] {
    store
        .status
        .as_ref()
        .map_or(&[], |status| &status.sealing_keys)
}

/// The id of the key that Coffer seals with.
fn own(store: &SecretStore) -> String {
    let mut keys = keys(store).iter();
    let own = keys.find(|key| key.suite == SYMMETRIC && key.state == KeyState::Active);
    own.unwrap().id.clone()
}

/// The id of the key that sealed the value `value`.
fn sealed_with(secret: &Secret) -> String {
    let value = secret.spec.data["value"].value.as_ref().unwrap();
    let envelope = Envelope::parse(value.expose()).unwrap();
    envelope.key_id().to_string()
}

/// Asks for new keys, and waits until the store has them.
async fn rotate(ns: &Namespace, store: &str, request: &str) -> SecretStore {
    let before = own(&ns.store_ready(store).await);
    request_rotation(ns, store, request).await;
    new_keys(ns, store, &before).await
}

async fn request_rotation(ns: &Namespace, store: &str, request: &str) {
    let patch = json!({ "metadata": { "annotations": { "coffer.dev/rotate-keys": request } } });
    ns.stores()
        .patch(store, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
}

/// Waits until the store seals with another key than this.
async fn new_keys(ns: &Namespace, store: &str, before: &str) -> SecretStore {
    until_store(ns, store, "has new keys", |store| own(store) != before).await
}

/// Waits until nothing is sealed with a former key of Coffer's own.
async fn sealed_again(ns: &Namespace, store: &str) -> SecretStore {
    until_store(ns, store, "is sealed again", |store| {
        keys(store)
            .iter()
            .filter(|key| key.suite == SYMMETRIC && key.state == KeyState::Retired)
            .all(|key| key.secrets == Some(0))
    })
    .await
}

async fn until_store(
    ns: &Namespace,
    name: &str,
    what: &str,
    is_so: impl Fn(&SecretStore) -> bool,
) -> SecretStore {
    let stores = ns.stores();
    let limit = Duration::from_mins(1);
    within(limit, &format!("store {name} {what}"), async || {
        let store = stores.get(name).await.unwrap();
        if is_so(&store) {
            Ok(store)
        } else {
            Err(json!(store.status).to_string())
        }
    })
    .await
}

/// The native Secrets of the operator's namespace.
fn operator_natives(ns: &Namespace) -> Api<core::Secret> {
    Api::namespaced(ns.cluster.client.clone(), "coffer-system")
}

/// What is written down about a store's keys.
async fn record(ns: &Namespace, store: &str) -> Option<Json> {
    let name = native_name(&ns.name, store);
    let native = operator_natives(ns).get_opt(&name).await.unwrap()?;
    Some(serde_json::from_slice(&bytes(&native, "record.json")).unwrap())
}

/// Changes what is written down about a store's keys.
async fn edit_record(ns: &Namespace, store: &str, edit: impl Fn(&mut Json)) {
    let mut record = record(ns, store).await.unwrap();
    edit(&mut record);
    let patch = json!({ "stringData": { "record.json": record.to_string() } });
    operator_natives(ns)
        .patch(
            &native_name(&ns.name, store),
            &PatchParams::default(),
            &Patch::Merge(patch),
        )
        .await
        .unwrap();
}
