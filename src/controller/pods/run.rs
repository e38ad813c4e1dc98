//! What a change of labels, scopes or Secrets makes of the PodPolicies, each namespace by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::time::DelayQueue;

use super::settle;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::ObjectKey;

/// Namespaces that are worked on at once. Most of the time they wait.
const AT_ONCE: usize = 64;

/// As a kind of its own.
const POD_POLICY: &str = "PodPolicy";

/// Until `end`.
pub(in crate::controller) async fn run(
    mut woken: mpsc::UnboundedReceiver<Box<str>>,
    ctx: Arc<Context>,
    end: CancellationToken,
) {
    let mut dirty = BTreeSet::<Box<str>>::new();
    let mut busy = BTreeSet::<Box<str>>::new();
    let mut running = FuturesUnordered::new();
    let mut waiting = DelayQueue::<Box<str>>::new();
    loop {
        while busy.len() < AT_ONCE
            && let Some(namespace) = dirty.difference(&busy).next().cloned()
        {
            dirty.remove(&namespace);
            busy.insert(namespace.clone());
            let ctx = &ctx;
            running.push(async move {
                let settled = settle(ctx, &namespace).await;
                (namespace, settled)
            });
        }
        tokio::select! {
            () = end.cancelled() => return,
            namespace = woken.recv() => match namespace {
                Some(namespace) => { dirty.insert(namespace); }
                None => return,
            },
            Some(due) = waiting.next(), if !waiting.is_empty() => { dirty.insert(due.into_inner()); }
            Some((namespace, settled)) = running.next(), if !running.is_empty() => {
                busy.remove(&namespace);
                if let Some(wait) = again(&ctx, &namespace, settled) {
                    waiting.insert(namespace, wait);
                }
            }
        }
    }
}

/// When to try again.
fn again(ctx: &Context, namespace: &str, settled: Result<(), Error>) -> Option<Duration> {
    let key = ObjectKey::new(namespace, "");
    let Err(error) = settled else {
        ctx.backoff.succeeded(POD_POLICY, &key);
        return None;
    };
    let wait = ctx
        .backoff
        .failed(POD_POLICY, &key, Duration::from_millis(200));
    if !matches!(error, Error::Stale) {
        tracing::warn!(
            namespace, reason = error.reason(), wait = ?wait,
            "{error}: trying again"
        );
    }
    Some(wait)
}
