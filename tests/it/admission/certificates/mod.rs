//! The webhooks' certificates: made, shared, renewed, or given.

mod agree;
mod given;
mod issued;
mod own;
mod stream;
mod wire;

use coffer::admission::identity::{Identity, advance};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::support::Isolated;

const NAME: &str = "coffer-webhook-identity";

fn natives(isolated: &Isolated) -> Api<core::Secret> {
    Api::namespaced(isolated.cluster.client.clone(), "coffer-system")
}

async fn identity(isolated: &Isolated) -> Identity {
    let native = natives(isolated).get(NAME).await.unwrap();
    serde_json::from_slice(&crate::support::bytes(&native, "identity.json")).unwrap()
}

async fn put(isolated: &Isolated, identity: &Identity) {
    let json = ByteString(serde_json::to_vec(identity).unwrap());
    let patch = json!({ "data": { "identity.json": json } });
    natives(isolated)
        .patch(NAME, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
}

/// What the API server is told of the webhook that seals: address and trusted certificates.
async fn told(isolated: &Isolated) -> (String, String) {
    let api: Api<MutatingWebhookConfiguration> = Api::all(isolated.cluster.client.clone());
    let webhooks = api.get("coffer").await.unwrap().webhooks.unwrap();
    let config = webhooks[0].client_config.clone();
    let bundle = String::from_utf8(config.ca_bundle.unwrap().0).unwrap();
    (config.url.unwrap(), bundle)
}

/// An identity as it would be by now, had it been made so long ago and not looked after since.
fn aged(names: &[String], days: i64) -> Identity {
    let made = Timestamp::now() - SignedDuration::from_hours(24 * days);
    advance(None, names, made).unwrap().unwrap()
}

/// Lets time pass for the identity: all that is stored of it is older by so much.
async fn pass(isolated: &Isolated, time: SignedDuration) {
    let mut identity = identity(isolated).await;
    for authority in &mut identity.authorities {
        authority.made -= time;
        authority.ends -= time;
    }
    identity.serving.made -= time;
    identity.serving.ends -= time;
    for path in &mut identity.paths {
        path.made -= time;
    }
    put(isolated, &identity).await;
}
