//! Leadership: of several replicas at most one writes. A `coordination.k8s.io/v1` Lease says which.
//!
//! Guarantees
//! - Every write carries the version that was read; of two candidates the API server lets one win.
//! - Another takes over no sooner than the record's `leaseDurationSeconds` after it saw the last change
//!   of it, by its own monotonic clock. The clocks of two replicas are never compared.
//! - [`Leadership`] ends by itself [`Config::renew_deadline`] after the last renewal was *sent*: before
//!   anyone can take over, also where this process was stopped or is cut off from the API server.
//! - Each request is given up after half of that time, whatever the client would do.
//! - A leader writes once in [`Config::retry`], a standby reads about once and writes nothing.
//!
//! Assumptions
//! - The monotonic clocks of two replicas run equally fast, within a third. That of Linux stops while
//!   the machine is suspended; what a machine that wakes up still writes has preconditions.
//! - Nobody else writes the Lease. Who clears the holder lets another one in at once. A Lease that was
//!   deleted is put back by its leader, and left alone for its duration by those who had seen it; only
//!   a candidate that starts at that very moment cannot know that there was one.
//!
//! Rights needed in the Lease's namespace: `create` on `leases` of `coordination.k8s.io`, `get` and
//! `update` on the one of that name.

mod candidate;
mod leadership;
mod record;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use self::candidate::Candidate;
pub use self::leadership::Leadership;
use self::record::LONGEST;
use crate::crypto::rng::{self, Rng as _};

/// Which Lease, who asks, and how fast leadership moves on.
#[derive(Clone, Debug)]
pub struct Config {
    /// The namespace of the Lease.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who this candidate is. No two processes may ever have the same.
    pub identity: String,
    /// How long the others wait for a leader that says nothing. Whole seconds, at most five minutes.
    pub duration: Duration,
    /// How long a leader that cannot renew still leads. Less than `duration`.
    pub renew_deadline: Duration,
    /// How often a leader renews, and a standby looks. At most half of `renew_deadline`.
    pub retry: Duration,
}

impl Config {
    /// A candidate of the Lease `namespace`/`name` with the periods that Kubernetes' own components
    /// have: 15, 10 and 2 seconds. `replica` is for people to read; the identity is unique without it.
    #[must_use]
    pub fn new(namespace: &str, name: &str, replica: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            identity: format!("{replica}_{:016x}", rng::system().next_u64()),
            duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }

    /// Refuses periods with which a leader could outlive its lease.
    fn check(&self) -> Result<(), Error> {
        let safe = self.duration.subsec_nanos() == 0
            && self.duration <= LONGEST
            && self.renew_deadline < self.duration
            && self.retry <= self.renew_deadline / 2
            && !self.retry.is_zero();
        if safe { Ok(()) } else { Err(Error::Periods) }
    }
}

/// Why there can be no candidate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With these periods two replicas could lead at once.
    #[error(
        "a lease needs a duration of whole seconds, at most 300, a renew deadline below it, and at most half of that deadline between two tries"
    )]
    Periods,
}
