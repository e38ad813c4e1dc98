//! The REST interfaces: thin handlers over the [operations](crate::operations). Each parses, calls one operation, and
//! answers in the words of its interface, also where something goes wrong.
//!
//! | file | what it is for |
//! |---|---|
//! | `router` | all of it on one screen |
//! | `server` | the port, with limits |
//! | `guard` | around every request: its identifier, the log, the limits |
//! | `trouble` | what any request can run into, which each interface says in its own words |
//! | `signed` | whose a request is |
//! | `query` | the query of a URL |
//! | `cloudflare` | Cloudflare Secrets Store |

mod cloudflare;
mod guard;
mod query;
mod router;
mod server;
mod signed;
mod trouble;

pub use server::{Limits, bind, serve};

use std::sync::Arc;

use crate::operations::{Identity, Operations};
use signed::Rates;

/// What the handlers share.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Facade {
    operations: Arc<Operations>,
    identity: Arc<Identity>,
    rates: Arc<Rates>,
    settings: Settings,
}

/// What an administrator decides about the interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many secrets an account of the Cloudflare interface may have, where nobody set a quota for it.
    pub cloudflare_quota: usize,
    /// How many stores an account of the Cloudflare interface may have; `None`: any number.
    pub cloudflare_stores: Option<usize>,
    /// What is allowed at once, and in a second.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cloudflare_quota: 100,
            cloudflare_stores: None,
            limits: Limits::default(),
        }
    }
}

impl Facade {
    /// Over the operations.
    #[must_use]
    pub fn new(operations: Operations, identity: Identity, settings: Settings) -> Self {
        Self {
            operations: Arc::new(operations),
            identity: Arc::new(identity),
            rates: Arc::new(Rates::new(settings.limits)),
            settings,
        }
    }
}
