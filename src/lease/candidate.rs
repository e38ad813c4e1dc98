//! A candidate: looks, takes, renews, gives back.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::leadership::{self, Leadership};
use super::record::{self, Seen};
use super::{Config, Error};
use crate::crypto::rng::{self, Rng as _};
use crate::telemetry::kube_error;

/// What the log has of a request that was given up.
const SILENT: &str = "the API server does not answer";

/// One that leads whenever it can.
#[derive(Debug)]
pub struct Candidate {
    config: Config,
    until: watch::Sender<Option<Instant>>,
    seen: Seen,
    /// Whether the log has it that this candidate leads, and that the last try failed.
    logged: (bool, bool),
}

impl Candidate {
    /// A candidate, and the value that tells whether it leads.
    ///
    /// # Errors
    /// Periods that are not safe.
    pub fn new(config: Config) -> Result<(Self, Leadership), Error> {
        config.check()?;
        let (until, leadership) = Leadership::new();
        let candidate = Self {
            config,
            until,
            seen: Seen::Never,
            logged: (false, false),
        };
        Ok((candidate, leadership))
    }

    /// Takes the Lease whenever it is free, and keeps it, until `release`. Then hands it over: so cancel
    /// `release` only after all work that needs leadership has ended. Failures are logged and tried
    /// again. Dropped, it leaves the Lease to run out.
    pub async fn hold(mut self, client: Client, release: CancellationToken) {
        let leases: Api<Lease> = Api::namespaced(client, &self.config.namespace);
        while !release.is_cancelled() {
            let begun = Instant::now();
            self.turn(&leases).await;
            tokio::select! {
                () = release.cancelled() => {}
                () = sleep_until(begun + self.pause()) => {}
            }
        }
        self.release(&leases).await;
    }

    /// One try, and a line in the log where something changed.
    async fn turn(&mut self, leases: &Api<Lease>) {
        let failure = match timeout(self.limit(), self.take(leases)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(kube_error(&error)),
            Err(_) => Some(SILENT.to_owned()),
        };
        let now = (self.leads(), failure.is_some());
        let Config { identity, name, .. } = &self.config;
        match &failure {
            Some(error) if !self.logged.1 => {
                tracing::warn!(name, error, "cannot ask for leadership: trying again");
            }
            Some(error) => tracing::debug!(name, error, "still cannot ask for leadership"),
            None => {}
        }
        match (self.logged.0, now.0) {
            (false, true) => tracing::info!(name, identity, "leading"),
            (true, false) => tracing::warn!(name, identity, "lost leadership"),
            _ => {}
        }
        self.logged = now;
    }

    /// Renews, takes what is free, or only looks.
    async fn take(&mut self, leases: &Api<Lease>) -> Result<(), kube::Error> {
        // Who holds it wrote it last, and knows its version.
        if !self.holds() {
            self.look(leases).await?;
        }
        // Twice: what came in between may be an earlier write of this candidate that seemed lost.
        for _ in 0..2 {
            let sent = Instant::now();
            if !self.may_take(sent) {
                return Ok(());
            }
            match self.claim(leases).await {
                Ok(lease) => {
                    self.note(Some(lease));
                    let until = sent + self.config.renew_deadline;
                    self.until.send_replace(Some(until));
                    return Ok(());
                }
                Err(error) if self.came_too_late(&error) => self.look(leases).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads the Lease. Who sees another's name in it does not lead.
    async fn look(&mut self, leases: &Api<Lease>) -> Result<(), kube::Error> {
        let found = leases.get_opt(&self.config.name).await?;
        self.note(found);
        if self.seen.holder().is_some() && !self.holds() {
            self.until.send_replace(None);
        }
        Ok(())
    }

    /// To be called with an answer, not before: the record may change while it is asked for.
    fn note(&mut self, found: Option<Lease>) {
        let now = Instant::now();
        self.seen.update(found, self.config.duration, now);
    }

    async fn claim(&self, leases: &Api<Lease>) -> Result<Lease, kube::Error> {
        let Config { name, identity, .. } = &self.config;
        let now = Timestamp::now();
        let claimed = |lease| record::claimed(lease, identity, self.config.duration, now);
        if let Some(lease) = self.seen.lease() {
            let lease = claimed(lease.clone());
            return leases.replace(name, &writer(), &lease).await;
        }
        let mut lease = Lease::default();
        lease.metadata.name = Some(name.clone());
        leases.create(&writer(), &claimed(lease)).await
    }

    /// Gives the Lease back, if it is held. Those who ask [`Leadership`] know before the others do.
    async fn release(&mut self, leases: &Api<Lease>) {
        self.until.send_replace(None);
        let Some(lease) = self.seen.lease().filter(|_| self.holds()) else {
            return;
        };
        let Config { name, identity, .. } = &self.config;
        let released = record::released(lease.clone(), Timestamp::now());
        let params = writer();
        let write = leases.replace(name, &params, &released);
        let error = match timeout(self.limit(), write).await {
            Ok(Ok(_)) => return tracing::info!(name, identity, "released leadership"),
            Ok(Err(error)) => kube_error(&error),
            Err(_) => SILENT.to_owned(),
        };
        tracing::warn!(name, error, "cannot release leadership: the Lease runs out");
    }

    /// Whether someone else wrote, or deleted, what a write was meant for.
    fn came_too_late(&self, error: &kube::Error) -> bool {
        let kube::Error::Api(status) = error else {
            return false;
        };
        let deleted = status.is_not_found() && self.seen.lease().is_some();
        status.is_conflict() || status.is_already_exists() || deleted
    }

    /// Whether the record, as last seen, names this candidate.
    fn holds(&self) -> bool {
        self.seen.holder() == Some(&self.config.identity)
    }

    fn may_take(&self, now: Instant) -> bool {
        let Config {
            identity, duration, ..
        } = &self.config;
        self.seen
            .is_free_for(identity, self.leads(), *duration, now)
    }

    fn leads(&self) -> bool {
        leadership::is_ahead(*self.until.borrow())
    }

    /// How long to wait for the API server.
    fn limit(&self) -> Duration {
        self.config.renew_deadline / 2
    }

    /// The time from one try to the next. Standbys do not all look at the same moment.
    fn pause(&self) -> Duration {
        if self.leads() {
            return self.config.retry;
        }
        let share = f64::from(rng::system().next_u32()) / f64::from(u32::MAX);
        self.config.retry.mul_f64(0.8 + 0.2 * share)
    }
}

fn writer() -> PostParams {
    PostParams {
        field_manager: Some("coffer/lease".to_owned()),
        ..PostParams::default()
    }
}
