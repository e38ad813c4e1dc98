//! Wrapping again, when a new root key came. By the replica that leads, after a while in which every other
//! one has taken the new root key up; one that has not keeps the keys that it has in memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use crate::index::ObjectKey;
use crate::keys;

/// How long every replica has for taking up a new root key. A watch takes milliseconds.
const GRACE: Duration = Duration::from_secs(10);

/// How often memory is looked at for records that came with a former root key, from a backup or a replica
/// that was late. Costs no request.
const TICK: Duration = Duration::from_hours(1);

/// As a kind of its own: it is about no object.
const KIND: &str = "root keyring";

/// Works until `end`.
pub(super) async fn run(ctx: Arc<Context>, end: CancellationToken) {
    end.run_until_cancelled(follow(&ctx)).await;
}

async fn follow(ctx: &Context) {
    let about = ObjectKey::new("", "");
    let mut news = ctx.keys.follow_keyring();
    // What a leader before this one may have left.
    let mut purposes = true;
    loop {
        news.mark_unchanged();
        if timeout(GRACE, news.changed()).await.is_ok() {
            continue;
        }
        match rewrap(ctx, purposes).await {
            Ok(()) => {
                ctx.backoff.succeeded(KIND, &about);
                purposes = timeout(TICK, news.changed()).await.is_ok();
            }
            Err(error) => {
                let wait = ctx.backoff.failed(KIND, &about, Duration::from_secs(1));
                tracing::warn!(wait = ?wait, "cannot wrap keys by the new root key: {error}: trying again");
                sleep(wait).await;
            }
        }
    }
}

async fn rewrap(ctx: &Context, purposes: bool) -> Result<(), keys::Error> {
    let stores = ctx.keys.rewrap_stores().await?;
    let purposes = if purposes {
        ctx.keys.rewrap_purposes().await?
    } else {
        0
    };
    if stores + purposes > 0 {
        let active = ctx.keys.keyring().active();
        tracing::info!(
            active,
            stores,
            purposes,
            "wrapped keys by the active root key"
        );
    }
    Ok(())
}
