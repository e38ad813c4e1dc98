//! What is told of an account whose Role cannot be as it is to be: once, on the account.

use std::time::Duration;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::policy::Problem;

/// As a kind of its own.
const KIND: &str = "access of a ServiceAccount";

/// Tells what is wrong, once, and says when to try again.
pub(super) async fn retry(
    ctx: &Context,
    account: &ObjectKey,
    done: Result<bool, Failure>,
) -> Option<Duration> {
    let Err(failure) = done else {
        ctx.backoff.succeeded(KIND, account);
        ctx.access.all_well(account);
        return None;
    };
    match failure {
        Failure::Problem(problem) => tell(ctx, account, &problem).await,
        Failure::Error(Error::Stale) => tracing::debug!(%account, "the Role changed meanwhile"),
        Failure::Error(error) => {
            tracing::warn!(%account, %error, "cannot write what an account may read: trying again");
        }
    }
    // Nothing that is watched tells when a name becomes free.
    Some(ctx.backoff.failed(KIND, account, Duration::from_secs(1)))
}

async fn tell(ctx: &Context, account: &ObjectKey, problem: &Problem) {
    if !ctx.access.is_news(account, &problem.message) {
        return;
    }
    if let Some((_, asker)) = ctx.index.wish(account) {
        let about = reference(account, &asker.uid);
        ctx.events
            .warn(&about, problem.reason, &problem.message)
            .await;
    }
}

/// What an event about an account needs of it.
pub(in crate::controller) fn reference(account: &ObjectKey, uid: &str) -> core::ServiceAccount {
    core::ServiceAccount {
        metadata: ObjectMeta {
            namespace: Some(account.namespace.to_string()),
            name: Some(account.name.to_string()),
            uid: Some(uid.to_owned()),
            ..ObjectMeta::default()
        },
        ..core::ServiceAccount::default()
    }
}
