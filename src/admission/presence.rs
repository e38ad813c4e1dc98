//! Keeping the server's identity: every replica follows the one native Secret, shows what is in it, and
//! writes the next when it is time. A certificate of the administrator's own takes the place of ours.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use futures::StreamExt as _;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::Client;
use kube::api::Api;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::watch_object;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;

use super::given;
use super::identity::{self, Identity, PathToken, Serving, Storage, advance};
use crate::api::wellknown::WEBHOOK_IDENTITY_NAME;
use crate::telemetry;

/// How often the clock is looked at. Costs no request.
const TICK: Duration = Duration::from_secs(30);

/// What the server shows at the moment.
#[derive(Clone, Debug)]
pub struct Presence {
    /// `namespace/name` of the native Secret that the certificate comes from.
    native: Arc<str>,
    tls: RustlsConfig,
    shown: watch::Receiver<Option<Arc<Shown>>>,
}

/// An identity, and the certificates that the API server has to trust for it.
#[derive(Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) identity: Identity,
    /// PEM.
    pub(super) certificate: String,
    /// PEM; `None` where the administrator tells the API server.
    pub(super) bundle: Option<String>,
}

#[cfg(test)]
impl Shown {
    pub(super) fn for_test(identity: Identity) -> Self {
        Self {
            certificate: identity.serving.certificate.clone(),
            bundle: Some(identity.bundle()),
            identity,
        }
    }
}

impl Presence {
    /// For the acceptor, which asks at each handshake.
    pub(super) fn tls(&self) -> RustlsConfig {
        self.tls.clone()
    }

    /// The paths that are served.
    pub(super) fn paths(&self) -> Vec<PathToken> {
        let shown = self.shown.borrow();
        shown
            .as_ref()
            .map(|shown| shown.identity.paths.clone())
            .unwrap_or_default()
    }

    /// To follow what is shown.
    pub(super) fn follow(&self) -> watch::Receiver<Option<Arc<Shown>>> {
        self.shown.clone()
    }

    /// What is missing as long as there is nothing to show, in one line.
    #[must_use]
    pub fn lacking(&self) -> Option<String> {
        let lacks = self.shown.borrow().is_none();
        lacks.then(|| {
            format!(
                "the webhooks have no certificate yet, native Secret {} has none that can be used: see the log",
                self.native
            )
        })
    }
}

/// Keeps a [`Presence`]: to be run for as long as the server.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Keeper {
    client: Client,
    namespace: String,
    /// The first is the one that the API server calls.
    names: Vec<String>,
    /// A native Secret of type `kubernetes.io/tls`, to be shown in place of our own certificate.
    given: Option<String>,
    tls: RustlsConfig,
    shown: watch::Sender<Option<Arc<Shown>>>,
}

impl Presence {
    /// A presence and its keeper. `names` are what the certificate is valid for.
    ///
    /// # Errors
    /// No certificate can be made.
    pub fn new(
        client: Client,
        namespace: String,
        names: Vec<String>,
        given: Option<String>,
    ) -> anyhow::Result<(Self, Keeper)> {
        // Trusted by nobody, and no path is served with it: until there is a real one.
        let first = advance(None, &names, Timestamp::now())?.context("no identity was made")?;
        let config = server_config(&first.serving.certificate, first.serving.key.expose())?;
        let tls = RustlsConfig::from_config(Arc::new(config));
        let (sender, shown) = watch::channel(None);
        let native = given.as_deref().unwrap_or(WEBHOOK_IDENTITY_NAME);
        let native = format!("{namespace}/{native}").into();
        let keeper = Keeper {
            client,
            namespace,
            names,
            given,
            tls: tls.clone(),
            shown: sender,
        };
        Ok((Self { native, tls, shown }, keeper))
    }
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
        let mut certificate: Option<core::Secret> = None;
        let mut doubted = None;
        loop {
            tokio::select! {
                object = own.next() => stored = Some(object.context("the watch ended")?),
                object = given.next() => certificate = object.context("the watch ended")?,
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
                self.show(present, certificate.as_ref());
            }
            let doubt = self.doubt();
            if doubt != doubted
                && let Some(why) = &doubt
            {
                tracing::warn!(
                    native = self.given,
                    "the API server will not take the webhooks' certificate: {why}"
                );
            }
            doubted = doubt;
        }
    }

    /// Why the API server will not take what is shown. Its own certificate needs no such look.
    fn doubt(&self) -> Option<String> {
        self.given.as_ref()?;
        let shown = self.shown.borrow().clone()?;
        let (bundle, name) = (shown.bundle.as_deref()?, self.names.first()?);
        given::doubt(&shown.certificate, bundle, name, Timestamp::now())
    }

    fn show(&self, identity: Identity, given: Option<&core::Secret>) {
        let (certificate, key, bundle) = match (&self.given, given) {
            (None, _) => (
                identity.serving.certificate.clone(),
                identity.serving.key.clone(),
                Some(identity.bundle()),
            ),
            (Some(name), object) => {
                let entry = |entry: &str| text(object?, entry);
                let (Some(certificate), Some(key)) = (entry("tls.crt"), entry("tls.key")) else {
                    tracing::warn!(
                        native = name,
                        "there is no webhook certificate: it needs tls.crt and tls.key"
                    );
                    return;
                };
                (certificate, key.into(), entry("ca.crt"))
            }
        };
        let shown = Shown {
            identity,
            certificate,
            bundle,
        };
        if self.shown.borrow().as_deref() == Some(&shown) {
            return;
        }
        match server_config(&shown.certificate, key.expose()) {
            Ok(config) => {
                self.tls.reload_from_config(Arc::new(config));
                self.shown.send_replace(Some(Arc::new(shown)));
            }
            Err(error) => {
                tracing::error!(
                    native = self.given.as_deref().unwrap_or(WEBHOOK_IDENTITY_NAME),
                    %error,
                    "the webhooks' certificate cannot be used: the former one stays"
                );
            }
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

fn text(object: &core::Secret, entry: &str) -> Option<String> {
    let ByteString(bytes) = object.data.as_ref()?.get(entry)?;
    String::from_utf8(bytes.clone()).ok()
}

fn server_config(certificate: &str, key: &str) -> anyhow::Result<ServerConfig> {
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .context("the certificate is not PEM")?;
    // Its own error could quote the key.
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| anyhow::anyhow!("the key is not PEM"))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("certificate and key do not fit")?;
    // What the API server speaks with services, so that its requests are spread over all replicas.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
