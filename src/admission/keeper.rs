//! Keeping the server's identity: every replica follows the one native Secret, shows what is in it, and
//! writes the next when it is time. A certificate of the administrator's own takes the place of ours.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use futures::StreamExt as _;
use jiff::Timestamp;
use k8s_openapi::api::core::v1 as core;
use kube::Client;
use kube::api::Api;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::watch_object;
use tokio::sync::watch;

use super::given::{self, Doubt};
use super::identity::{self, Identity, Serving, Storage, advance};
use super::pair::{self, Pair, Unusable, server_config};
use super::presence::Shown;
use super::trouble::{self, Trouble};
use crate::api::wellknown::WEBHOOK_IDENTITY_NAME;
use crate::telemetry;

#[cfg(test)]
mod tests;

/// How often the clock is looked at. Costs no request.
const TICK: Duration = Duration::from_secs(30);

/// Keeps a [`Presence`](super::Presence): to be run for as long as the server.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Keeper {
    pub(super) client: Client,
    pub(super) namespace: String,
    /// The first is the one that the API server calls.
    pub(super) names: Vec<String>,
    /// A native Secret of type `kubernetes.io/tls`, to be shown in place of our own certificate.
    pub(super) given: Option<String>,
    pub(super) tls: RustlsConfig,
    pub(super) shown: watch::Sender<Option<Arc<Shown>>>,
    pub(super) trouble: watch::Sender<Option<Trouble>>,
}

impl Keeper {
    /// Follows the native Secrets for as long as the process runs.
    ///
    /// # Errors
    /// A name that cannot be in a certificate.
    pub async fn keep(self) -> anyhow::Result<()> {
        let storage = Storage::new(self.client.clone(), self.namespace.clone());
        let mut own = self.watch(WEBHOOK_IDENTITY_NAME);
        let mut given = match &self.given {
            Some(name) => self.watch(name).boxed(),
            None => futures::stream::pending().boxed(),
        };
        let mut tick = tokio::time::interval(TICK);
        let mut stored: Option<Option<core::Secret>> = None;
        let mut pair = None;
        loop {
            tokio::select! {
                object = own.next() => stored = Some(object.context("the watch ended")?),
                object = given.next() => {
                    pair = Some(pair::read(object.context("the watch ended")?.as_ref()));
                }
                _ = tick.tick() => {}
            }
            // Nothing is made before it is known what is there.
            let Some(object) = &stored else { continue };
            let present = object.as_ref().and_then(identity::read).filter(is_usable);
            if let Some(next) = advance(present.as_ref(), &self.names, Timestamp::now())? {
                let version = object
                    .as_ref()
                    .and_then(|o| o.metadata.resource_version.as_deref());
                match storage.write(&next, version).await {
                    Ok(Some(object)) => {
                        tracing::info!(until = %next.serving.ends, "renewed the webhooks' certificate or path");
                        stored = Some(Some(object));
                    }
                    // The watch brings what someone else wrote.
                    Ok(None) => continue,
                    Err(error) => {
                        let error = telemetry::kube_error(&error);
                        tracing::warn!(
                            error,
                            "cannot store the webhooks' certificate: trying again"
                        );
                    }
                }
            }
            let present = stored
                .as_ref()
                .and_then(|object| identity::read(object.as_ref()?));
            if let Some(present) = present {
                self.present(present, pair.clone());
            }
        }
    }

    /// Shows this identity with our own certificate, or with the one that is given: as soon as that was read.
    fn present(&self, identity: Identity, given: Option<Result<Pair, Unusable>>) {
        let pair = match (&self.given, given) {
            (None, _) => Ok(Pair {
                certificate: identity.serving.certificate.clone(),
                key: identity.serving.key.clone(),
                bundle: Some(identity.bundle()),
            }),
            (Some(_), Some(pair)) => pair,
            (Some(_), None) => return,
        };
        let shown = pair.and_then(|pair| self.show(identity, pair));
        self.tell(match shown {
            Ok(()) => self.doubt().map(Trouble::from),
            Err(unusable) => Some(unusable.into()),
        });
    }

    fn show(&self, identity: Identity, pair: Pair) -> Result<(), Unusable> {
        let Pair {
            certificate,
            key,
            bundle,
        } = pair;
        let config = server_config(&certificate, key.expose())?;
        let shown = Shown {
            identity,
            certificate,
            bundle,
        };
        if self.shown.borrow().as_deref() != Some(&shown) {
            self.tls.reload_from_config(Arc::new(config));
            self.shown.send_replace(Some(Arc::new(shown)));
        }
        Ok(())
    }

    /// Why the API server will not take what is shown. Its own certificate needs no such look.
    fn doubt(&self) -> Option<Doubt> {
        self.given.as_ref()?;
        let shown = self.shown.borrow().clone()?;
        let (bundle, name) = (shown.bundle.as_deref(), self.names.first()?);
        given::doubt(&shown.certificate, bundle, name, Timestamp::now())
    }

    /// Logs what is wrong when it changes, and no more until then.
    fn tell(&self, trouble: Option<Trouble>) {
        if *self.trouble.borrow() != trouble {
            let native = self.given.as_deref().unwrap_or(WEBHOOK_IDENTITY_NAME);
            trouble::log(trouble.as_ref(), native, self.shown.borrow().is_some());
            self.trouble.send_replace(trouble);
        }
    }

    fn watch(
        &self,
        name: &str,
    ) -> impl futures::Stream<Item = Option<core::Secret>> + Send + Unpin + use<> {
        let api = Api::<core::Secret>::namespaced(self.client.clone(), &self.namespace);
        let name = name.to_owned();
        let events = watch_object(api, &name).default_backoff();
        Box::pin(events.filter_map(move |event| {
            let name = name.clone();
            async move {
                match event {
                    Ok(object) => Some(object),
                    Err(error) => {
                        let error = telemetry::watch_error(&error);
                        tracing::warn!(
                            native = name,
                            error,
                            "watch interrupted: going on by itself"
                        );
                        None
                    }
                }
            }
        }))
    }
}

/// Whether a server can show it. One that cannot be shown is no loss: a new one is made.
fn is_usable(identity: &Identity) -> bool {
    let Serving {
        certificate, key, ..
    } = &identity.serving;
    server_config(certificate, key.expose()).is_ok()
}
