//! The ports that every replica serves: the webhooks', and that of the REST interfaces.

use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use kube::Client;
use tokio_util::sync::CancellationToken;

use super::{Admission, Config, Facade, Tasks};
use crate::admission::{self, Address, Door, Presence};
use crate::facade;
use crate::index::Index;
use crate::index::feed::Progress;
use crate::keys::Provider;
use crate::operations::{Identity, Operations};
use crate::telemetry::metrics::Metrics;

/// What both need.
pub(super) struct Doors<'a> {
    pub(super) cluster: &'a kube::Config,
    pub(super) client: Client,
    pub(super) config: &'a Config,
    pub(super) index: Arc<Index>,
    pub(super) progress: Progress,
    pub(super) keys: Provider,
    pub(super) metrics: Arc<Metrics>,
    pub(super) shutdown: CancellationToken,
}

impl Doors<'_> {
    /// Opens both; `tasks` keep what they need, `serving` ends after what is under way.
    ///
    /// # Errors
    /// A port that cannot be had, or a name that cannot be in a certificate.
    pub(super) async fn open(
        &self,
        tasks: &mut Tasks,
        serving: &mut Tasks,
    ) -> anyhow::Result<Option<(Address, Presence)>> {
        let webhooks = self.webhooks(tasks, serving).await?;
        if let Some(facade) = &self.config.facade {
            let presence = webhooks.as_ref().map(|(_, presence)| presence);
            self.facade(facade, presence, tasks, serving).await?;
        }
        Ok(webhooks)
    }

    async fn webhooks(
        &self,
        tasks: &mut Tasks,
        serving: &mut Tasks,
    ) -> anyhow::Result<Option<(Address, Presence)>> {
        let Admission::Webhook(webhooks) = &self.config.admission else {
            return Ok(None);
        };
        let door = Door::new(
            self.client.clone(),
            self.index.clone(),
            self.keys.clone(),
            self.metrics.clone(),
        );
        let listener = admission::bind(webhooks.listen).await?;
        let presence = self.presence(webhooks.certificate.clone(), tasks)?;
        serving.spawn(admission::serve(
            listener,
            Arc::new(door),
            presence.clone(),
            webhooks.linger(),
            self.shutdown.clone(),
        ));
        Ok(Some((webhooks.address.clone(), presence)))
    }

    async fn facade(
        &self,
        config: &Facade,
        webhooks: Option<&Presence>,
        tasks: &mut Tasks,
        serving: &mut Tasks,
    ) -> anyhow::Result<()> {
        let listener = facade::bind(config.listen).await?;
        let tls = if config.names.is_empty() {
            None
        } else {
            Some(self.certificate(webhooks, tasks)?)
        };
        // Whoever asks waits, and is told at once where something does not go.
        let mut impatient = self.cluster.clone();
        impatient.default_retry = false;
        let client = Client::try_from(impatient)?;
        let (index, progress) = (self.index.clone(), self.progress.clone());
        let audiences = config.audiences.clone();
        let identity = Identity::new(client.clone(), index.clone(), progress.clone(), audiences);
        let operations = Operations::new(client, index, progress, self.keys.clone());
        let facade =
            facade::Facade::new(operations, identity, config.settings, self.shutdown.clone());
        serving.spawn(facade::serve(listener, facade, tls, self.shutdown.clone()));
        Ok(())
    }

    /// The operator's own certificate: the one that the webhooks show, unless they show another.
    fn certificate(
        &self,
        webhooks: Option<&Presence>,
        tasks: &mut Tasks,
    ) -> anyhow::Result<RustlsConfig> {
        let is_own = match &self.config.admission {
            Admission::Webhook(webhooks) => webhooks.certificate.is_none(),
            Admission::Controller => false,
        };
        match webhooks.filter(|_| is_own) {
            Some(presence) => Ok(presence.tls()),
            None => Ok(self.presence(None, tasks)?.tls()),
        }
    }

    fn presence(&self, given: Option<String>, tasks: &mut Tasks) -> anyhow::Result<Presence> {
        let namespace = self.config.namespace.clone();
        let names = self.config.names();
        let (presence, keeper) = Presence::new(self.client.clone(), namespace, names, given)?;
        tasks.spawn(keeper.keep());
        Ok(presence)
    }
}
