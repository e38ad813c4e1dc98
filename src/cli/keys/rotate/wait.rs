//! Looks again and again until the operator has done it.

use std::time::{Duration, Instant};

use crate::cli::cluster::Cluster;
use crate::cli::keys::progress::Progress;

/// Between the first looks; each is a little later than the one before, as far as [`LONGEST`].
const FIRST: Duration = Duration::from_millis(250);
/// A look may read every Secret of a namespace.
const LONGEST: Duration = Duration::from_secs(5);

/// A wait, with an end that holds for all its parts.
pub(super) struct Wait<'c> {
    cluster: &'c Cluster,
    end: Instant,
}

impl<'c> Wait<'c> {
    /// From now on.
    pub(super) fn new(cluster: &'c Cluster, timeout: Duration) -> Self {
        let end = Instant::now() + timeout;
        Self { cluster, end }
    }

    /// Until `look` finds nothing left; what is left when the time is over.
    pub(super) fn until_nothing_left(
        &self,
        what: &'static str,
        mut look: impl FnMut() -> anyhow::Result<usize>,
    ) -> anyhow::Result<usize> {
        let mut progress = Progress::new(what);
        let (mut most, mut pause) = (0, FIRST);
        loop {
            let left = look()?;
            most = most.max(left);
            if left == 0 && most == 0 {
                return Ok(0);
            }
            progress.left(left, most);
            let rest = self.end.saturating_duration_since(Instant::now());
            if left == 0 || rest.is_zero() {
                return Ok(left);
            }
            self.cluster.pause(pause.min(rest));
            pause = (pause * 3 / 2).min(LONGEST);
        }
    }
}
