//! Wrapping again, when a new root key came. By the replica that leads, after a while in which every other
//! one has taken the new root key up; one that has not keeps the keys that it has in memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use crate::index::ObjectKey;
use crate::keys::{self, Rewrapped};

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
        let failures = rewrap(ctx, purposes).await;
        if failures.is_empty() {
            ctx.backoff.succeeded(KIND, &about);
            purposes = timeout(TICK, news.changed()).await.is_ok();
        } else {
            let wait = ctx.backoff.failed(KIND, &about, Duration::from_secs(1));
            for (what, error) in failures {
                tracing::warn!(
                    what, wait = ?wait,
                    "cannot wrap keys by the new root key: {error}: trying again"
                );
            }
            sleep(wait).await;
        }
    }
}

/// What could not be wrapped again, and why; the rest is.
async fn rewrap(ctx: &Context, purposes: bool) -> Vec<(String, keys::Error)> {
    let Rewrapped {
        written: stores,
        failed,
    } = ctx.keys.rewrap_stores().await;
    let named = |(store, error): (ObjectKey, _)| (format!("store {store}"), error);
    let mut failures: Vec<_> = failed.into_iter().map(named).collect();
    let purposes = if purposes {
        ctx.keys.rewrap_purposes().await.unwrap_or_else(|error| {
            failures.push(("purposes".to_owned(), error));
            0
        })
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
    failures
}
