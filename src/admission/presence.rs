//! What the webhooks' server shows at the moment.

use std::sync::Arc;

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use jiff::Timestamp;
use kube::Client;
use tokio::sync::watch;

use super::identity::{Identity, PathToken, advance};
use super::keeper::Keeper;
use super::pair::server_config;
use super::trouble::Trouble;
use crate::api::wellknown::WEBHOOK_IDENTITY_NAME;

/// What the server shows at the moment.
#[derive(Clone, Debug)]
pub struct Presence {
    /// `namespace/name` of the native Secret that the certificate comes from.
    native: Arc<str>,
    tls: RustlsConfig,
    shown: watch::Receiver<Option<Arc<Shown>>>,
    trouble: watch::Receiver<Option<Trouble>>,
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
    /// A presence and its keeper. `names` are what the certificate is valid for; `given` is a native Secret of type
    /// `kubernetes.io/tls`, to be shown in place of our own certificate.
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
        let (show, shown) = watch::channel(None);
        let (tell, trouble) = watch::channel(None);
        let native = given.as_deref().unwrap_or(WEBHOOK_IDENTITY_NAME);
        let native = format!("{namespace}/{native}").into();
        let keeper = Keeper {
            client,
            namespace,
            names,
            given,
            tls: tls.clone(),
            shown: show,
            trouble: tell,
        };
        let presence = Self {
            native,
            tls,
            shown,
            trouble,
        };
        Ok((presence, keeper))
    }

    /// For an acceptor, which asks at each handshake.
    #[must_use]
    pub fn tls(&self) -> RustlsConfig {
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
        if self.shown.borrow().is_some() {
            return None;
        }
        let native = &self.native;
        let lacking = "the webhooks have no certificate yet";
        Some(match &*self.trouble.borrow() {
            Some(why) => {
                format!("{lacking}, native Secret {native} has none that can be used: {why}")
            }
            None => format!("{lacking}, native Secret {native} is being read"),
        })
    }
}
