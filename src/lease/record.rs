//! What a candidate knows of the Lease, and what it may conclude from that. No client.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use tokio::time::Instant;

/// A record that asks for more is a mistake, and must not keep everyone out for ever.
pub(super) const LONGEST: Duration = Duration::from_mins(5);

/// The last look at the Lease.
///
/// How old a record is tells the local clock alone: `since` is when this candidate first saw it as it
/// is. The times in the record are for people to read.
#[derive(Debug)]
pub(super) enum Seen {
    /// No Lease, at no look. None was made yet.
    Never,
    /// A Lease.
    Lease { lease: Box<Lease>, since: Instant },
    /// There was one, and someone deleted it. Its holder may not know that yet.
    Deleted { since: Instant, lasts: Duration },
}

impl Seen {
    /// Takes in what a look found at `now`. `own` is the duration of a record that has none.
    pub(super) fn update(&mut self, found: Option<Lease>, own: Duration, now: Instant) {
        let since = match (&*self, &found) {
            (Self::Lease { lease, since }, Some(found)) if lease.spec == found.spec => *since,
            (Self::Deleted { .. } | Self::Never, None) => return,
            _ => now,
        };
        *self = match found {
            Some(lease) => Self::Lease {
                lease: Box::new(lease),
                since,
            },
            None => Self::Deleted {
                since,
                lasts: self.lasts(own),
            },
        };
    }

    /// The Lease, if there is one.
    pub(super) fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Lease { lease, .. } => Some(lease),
            Self::Never | Self::Deleted { .. } => None,
        }
    }

    /// Who holds the Lease, by the record.
    pub(super) fn holder(&self) -> Option<&str> {
        let spec = self.lease()?.spec.as_ref()?;
        spec.holder_identity.as_deref().filter(|it| !it.is_empty())
    }

    /// Whether `me` may write itself in at `now`, `leads` if it leads at that time.
    pub(super) fn is_free_for(&self, me: &str, leads: bool, own: Duration, now: Instant) -> bool {
        match self {
            Self::Never => true,
            Self::Lease { since, .. } => match self.holder() {
                None => true,
                Some(holder) => holder == me || now >= *since + self.lasts(own),
            },
            Self::Deleted { since, lasts } => leads || now >= *since + *lasts,
        }
    }

    /// How long the record is good for. Another version of Coffer may have written another duration.
    fn lasts(&self, own: Duration) -> Duration {
        match self {
            Self::Never => own,
            Self::Deleted { lasts, .. } => *lasts,
            Self::Lease { lease, .. } => {
                let seconds = lease.spec.as_ref().and_then(|it| it.lease_duration_seconds);
                seconds
                    .and_then(|seconds| u64::try_from(seconds).ok())
                    .filter(|seconds| *seconds > 0)
                    .map_or(own, Duration::from_secs)
                    .min(LONGEST)
            }
        }
    }
}

/// `lease` with `me` as its holder from `now` on. All else in it stays, its version above all: whoever
/// wrote in between wins.
pub(super) fn claimed(mut lease: Lease, me: &str, duration: Duration, now: Timestamp) -> Lease {
    let spec = lease.spec.get_or_insert_default();
    if spec.holder_identity.as_deref() != Some(me) {
        // The first holder of all is no transition.
        spec.lease_transitions = Some(match spec.acquire_time {
            Some(_) => spec.lease_transitions.unwrap_or(0).max(0).saturating_add(1),
            None => spec.lease_transitions.unwrap_or(0).max(0),
        });
        spec.holder_identity = Some(me.to_owned());
        spec.acquire_time = Some(MicroTime(now));
    }
    spec.lease_duration_seconds = i32::try_from(duration.as_secs()).ok();
    spec.renew_time = Some(MicroTime(now));
    lease
}

/// `lease` without a holder, so that another takes it at its next look.
pub(super) fn released(mut lease: Lease, now: Timestamp) -> Lease {
    let spec: &mut LeaseSpec = lease.spec.get_or_insert_default();
    spec.holder_identity = None;
    spec.renew_time = Some(MicroTime(now));
    lease
}
