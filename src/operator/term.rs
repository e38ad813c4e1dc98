//! What only the leader does, from the moment it leads until it does not.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::admission::{Address, Presence, register};
use crate::controller::{self, Parts};
use crate::lease::Leadership;

/// How long reconciles that run at a shutdown may take to end. The Lease is kept meanwhile.
const GRACE: Duration = Duration::from_secs(20);

/// How long they may take once leadership is lost. Others take over five seconds after that at the
/// earliest ([`crate::lease::Config::new`]).
const LOST_GRACE: Duration = Duration::from_secs(3);

/// Leads whenever it can, until `shutdown`.
///
/// # Errors
/// A controller that ended by itself.
pub(super) async fn lead(
    parts: Parts,
    webhooks: Option<(Address, Presence)>,
    mut leadership: Leadership,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = leadership.gained() => {}
        }
        parts.metrics.leading.set(1);
        let ended = term(&parts, webhooks.as_ref(), &mut leadership, &shutdown).await;
        parts.metrics.leading.set(0);
        ended?;
        if shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

/// One term: what is still running at its end is dropped, so that nothing is written after it.
async fn term(
    parts: &Parts,
    webhooks: Option<&(Address, Presence)>,
    leadership: &mut Leadership,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let end = shutdown.child_token();
    let registering = async {
        if let Some((address, presence)) = webhooks {
            register(parts.client.clone(), address.clone(), presence.clone()).await;
        }
        std::future::pending::<()>().await;
    };
    let mut working = std::pin::pin!(controller::run(parts.clone(), end.clone(), GRACE));
    tokio::select! {
        ended = &mut working => return ended,
        () = registering => {}
        () = leadership.lost() => {}
    }
    tracing::warn!("leadership is lost: the controllers stop");
    end.cancel();
    tokio::time::timeout(LOST_GRACE, working)
        .await
        .unwrap_or(Ok(()))
}
