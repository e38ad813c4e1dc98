//! The keyring that someone deleted is put back from memory, by the replica that leads: once the last replica
//! ends, nothing would open any more what is sealed in the cluster.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use crate::index::{AtRest, ObjectKey};

/// How long whoever deleted it has for putting another in its place: a restore, or `kubectl replace --force`.
const GRACE: Duration = Duration::from_secs(10);

/// As a kind of its own: it is about no object.
const KIND: &str = "deleted keyring";

/// Works until `end`.
pub(super) async fn run(ctx: Arc<Context>, end: CancellationToken) {
    end.run_until_cancelled(follow(&ctx)).await;
}

async fn follow(ctx: &Context) {
    let about = ObjectKey::new("", "");
    let mut at_rest = ctx.keys.follow_keyring_at_rest();
    while at_rest.wait_for(|it| *it == AtRest::Missing).await.is_ok() {
        let returned = at_rest.wait_for(|it| *it != AtRest::Missing);
        if timeout(GRACE, returned).await.is_ok() {
            continue;
        }
        match ctx.keys.put_back_keyring(&ctx.fingerprinter).await {
            Ok(done) => {
                ctx.backoff.succeeded(KIND, &about);
                if done {
                    tracing::warn!("put the deleted keyring back from memory: see who deleted it");
                }
            }
            Err(error) => {
                let wait = ctx.backoff.failed(KIND, &about, Duration::from_secs(1));
                tracing::error!(wait = ?wait, "cannot put the deleted keyring back: {error}: trying again");
                sleep(wait).await;
            }
        }
    }
}
