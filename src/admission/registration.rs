//! Telling the API server where the webhooks are, whom to trust for them, and the path. The chart makes the
//! two webhook configurations; only their `clientConfig` is written here, and only where it differs.

use futures::StreamExt as _;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ServiceReference, ValidatingWebhookConfiguration,
    WebhookClientConfig,
};
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::{WatchStreamExt as _, watcher::watch_object};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::time::Duration;

use super::presence::{Presence, Shown};
use crate::api::wellknown::WEBHOOKS_NAME;
use crate::telemetry;

/// A path is told some time after it was made: how often that is looked at. Costs no request.
const TICK: Duration = Duration::from_secs(30);

/// Where the API server reaches the webhooks.
#[derive(Clone, Debug)]
pub enum Address {
    /// A Service of the operator's namespace.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// `https://host:port`, for an operator that runs outside the cluster.
    Url(String),
}

/// A webhook of a configuration, as far as it matters here.
struct Webhook {
    name: String,
    client_config: WebhookClientConfig,
}

/// A kind of configuration.
trait Configuration:
    Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug + Send
{
    fn webhooks(&self) -> Vec<Webhook>;
}

macro_rules! configuration {
    ($kind:ty) => {
        impl Configuration for $kind {
            fn webhooks(&self) -> Vec<Webhook> {
                let webhooks = self.webhooks.iter().flatten();
                webhooks
                    .map(|webhook| Webhook {
                        name: webhook.name.clone(),
                        client_config: webhook.client_config.clone(),
                    })
                    .collect()
            }
        }
    };
}
configuration!(MutatingWebhookConfiguration);
configuration!(ValidatingWebhookConfiguration);

/// Keeps both configurations right for as long as it runs: by one replica, the one that leads.
pub async fn register(client: Client, address: Address, presence: Presence) {
    tokio::join!(
        keep::<MutatingWebhookConfiguration>(&client, &address, &presence),
        keep::<ValidatingWebhookConfiguration>(&client, &address, &presence),
    );
}

async fn keep<K: Configuration + 'static>(client: &Client, address: &Address, presence: &Presence) {
    let api = Api::<K>::all(client.clone());
    let mut objects = std::pin::pin!(watch_object(api.clone(), WEBHOOKS_NAME).default_backoff());
    let mut shown = presence.follow();
    let mut tick = tokio::time::interval(TICK);
    let mut object = None;
    loop {
        tokio::select! {
            event = objects.next() => match event {
                Some(Ok(found)) => object = found,
                Some(Err(error)) => {
                    let error = telemetry::watch_error(&error);
                    tracing::warn!(kind = %K::kind(&()), error, "watch interrupted: going on by itself");
                }
                None => return,
            },
            changed = shown.changed() => if changed.is_err() { return },
            _ = tick.tick() => {}
        }
        let current = shown.borrow_and_update().clone();
        if let (Some(object), Some(current)) = (&object, current)
            && let Err(error) = write(&api, object, address, &current).await
        {
            let error = telemetry::kube_error(&error);
            tracing::warn!(kind = %K::kind(&()), error, "cannot register the webhooks: trying again");
        }
    }
}

async fn write<K: Configuration>(
    api: &Api<K>,
    object: &K,
    address: &Address,
    shown: &Shown,
) -> kube::Result<()> {
    let token = shown.identity.advertised_path(Timestamp::now());
    let differing: Vec<_> = object
        .webhooks()
        .into_iter()
        .filter_map(
            |Webhook {
                 name,
                 client_config,
             }| {
                let wanted = wanted(&name, &client_config, address, token, shown);
                (wanted != client_config)
                    .then(|| json!({ "name": name, "clientConfig": nulled(&wanted) }))
            },
        )
        .collect();
    if differing.is_empty() {
        return Ok(());
    }
    let patch = Patch::Strategic(json!({ "webhooks": differing }));
    api.patch(WEBHOOKS_NAME, &PatchParams::default(), &patch)
        .await?;
    tracing::info!(kind = %K::kind(&()), webhooks = differing.len(), "registered the webhooks");
    Ok(())
}

/// A webhook is called `<webhook>.<kind>.coffer.dev`; the server has it under `/<token>/<webhook>/<kind>`.
fn wanted(
    name: &str,
    now: &WebhookClientConfig,
    address: &Address,
    token: &str,
    shown: &Shown,
) -> WebhookClientConfig {
    let mut parts = name.split('.');
    let (webhook, kind) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let path = format!("/{token}/{webhook}/{kind}");
    let ca_bundle = match &shown.bundle {
        Some(bundle) => Some(ByteString(bundle.clone().into_bytes())),
        None => now.ca_bundle.clone(),
    };
    match address {
        Address::Service { namespace, name } => WebhookClientConfig {
            ca_bundle,
            service: Some(ServiceReference {
                namespace: namespace.clone(),
                name: name.clone(),
                path: Some(path),
                port: Some(443),
            }),
            url: None,
        },
        Address::Url(url) => WebhookClientConfig {
            ca_bundle,
            service: None,
            url: Some(format!("{url}{path}")),
        },
    }
}

/// With the field that has to go.
fn nulled(config: &WebhookClientConfig) -> serde_json::Value {
    let mut json = json!(config);
    for field in ["service", "url"] {
        if json.get(field).is_none() {
            json[field] = serde_json::Value::Null;
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::identity::advance;

    fn shown() -> Shown {
        let names = ["a.svc".to_owned()];
        let identity = advance(None, &names, Timestamp::now()).unwrap().unwrap();
        Shown::for_test(identity)
    }

    #[test]
    fn the_path_follows_from_the_name_of_the_webhook() {
        let shown = shown();
        let address = Address::Url("https://127.0.0.1:9443".to_owned());
        let before = WebhookClientConfig::default();
        let after = wanted("seal.secrets.coffer.dev", &before, &address, "t", &shown);
        assert_eq!(
            after.url.as_deref(),
            Some("https://127.0.0.1:9443/t/seal/secrets")
        );
        assert_eq!(
            after.ca_bundle.unwrap().0,
            shown.identity.bundle().as_bytes()
        );
    }

    #[test]
    fn a_change_from_service_to_url_removes_the_service() {
        let address = Address::Url("https://127.0.0.1:9443".to_owned());
        let before = WebhookClientConfig {
            service: Some(ServiceReference::default()),
            ..WebhookClientConfig::default()
        };
        let after = wanted("seal.secrets.coffer.dev", &before, &address, "t", &shown());
        assert!(nulled(&after)["service"].is_null());
    }

    #[test]
    fn a_bundle_of_the_administrator_stays() {
        let shown = Shown {
            bundle: None,
            ..shown()
        };
        let before = WebhookClientConfig {
            ca_bundle: Some(ByteString(b"theirs".to_vec())),
            ..WebhookClientConfig::default()
        };
        let address = Address::Service {
            namespace: "n".to_owned(),
            name: "s".to_owned(),
        };
        let after = wanted("advise.secrets.coffer.dev", &before, &address, "t", &shown);
        assert_eq!(after.ca_bundle, before.ca_bundle);
        assert_eq!(
            after.service.unwrap().path.as_deref(),
            Some("/t/advise/secrets")
        );
    }
}
