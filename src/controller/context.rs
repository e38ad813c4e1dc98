//! What the reconcilers share.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;

use super::access::Access;
use super::backoff::Backoff;
use super::in_flight::InFlight;
use super::patience::Patience;
use super::pods::Turns;
use super::repairs::Repairs;
use super::reseal::Reseals;
use super::usage_writes::UsageWrites;
use crate::crypto::Fingerprinter;
use crate::index::Index;
use crate::index::feed::Triggers;
use crate::keys::Storage;
use crate::telemetry::events::Events;

/// What an administrator decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many Secrets are worked on at once.
    pub concurrency: u16,
    /// Who seals what comes in plaintext.
    pub plaintext: SealedBy,
    /// How many Secrets are sealed again in a second after a rotation, at most.
    pub reseal_rate: NonZeroU16,
    /// How long keys outlive their store where it does not say.
    pub key_retention: Duration,
}

/// Who seals what comes in plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedBy {
    /// The webhook, before it is stored.
    Admission,
    /// The controller, after it was stored.
    Controller,
}

/// Shared by all reconciles.
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) config: Config,
    pub(super) index: Arc<Index>,
    pub(super) triggers: Triggers,
    pub(super) keys: Storage,
    pub(super) fingerprinter: Arc<Fingerprinter>,
    pub(super) events: Events,
    pub(super) in_flight: InFlight,
    pub(super) patience: Patience,
    pub(super) repairs: Repairs,
    pub(super) usage_writes: UsageWrites,
    pub(super) backoff: Backoff,
    pub(super) reseals: Reseals,
    pub(super) access: Access,
    pub(super) pods: Turns,
}
