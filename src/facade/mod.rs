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
//! | `query`, `body` | the query of a URL, and the body |
//! | `docs` | the OpenAPI document |
//! | `cloudflare` | Cloudflare Secrets Store |
//! | `own` | Coffer's own: reading values |

mod body;
mod cloudflare;
mod docs;
mod guard;
mod own;
mod query;
mod router;
mod server;
mod signed;
mod trouble;

pub use router::document;
pub use server::{Limits, bind, serve};

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

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
    ending: CancellationToken,
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
    /// Over the operations. What goes on and on, as a watch does, ends with `ending`.
    #[must_use]
    pub fn new(
        operations: Operations,
        identity: Identity,
        settings: Settings,
        ending: CancellationToken,
    ) -> Self {
        Self {
            operations: Arc::new(operations),
            identity: Arc::new(identity),
            rates: Arc::new(Rates::new(settings.limits)),
            settings,
            ending,
        }
    }
}
