//! What service accounts may read through the Kubernetes API: exactly the native Secrets that they are given, where the
//! store lets them. Which Roles there are to be follows from memory at each look, so a look that finds nothing else than
//! before costs no request.

mod look;
mod objects;
mod plan;
mod queue;
mod settle;
mod told;

pub(super) use look::{look, revoke};
pub(super) use told::reference;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::repairs::INTERVAL;
use crate::index::ObjectKey;
use crate::index::feed::Look;
use queue::Queue;
use settle::settle;
use told::retry;

/// Accounts that are worked on at once.
const AT_ONCE: usize = 8;

/// Whose turn it is to write the Role of an account, and what was told of it.
#[derive(Debug, Default)]
pub(super) struct Access {
    turns: Mutex<HashMap<ObjectKey, Arc<tokio::sync::Mutex<()>>>>,
    told: Mutex<HashMap<ObjectKey, String>>,
}

impl Access {
    fn turn(&self, account: &ObjectKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() % 1024 == 1023 {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        turns.entry(account.clone()).or_default().clone()
    }

    fn is_news(&self, account: &ObjectKey, message: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.insert(account.clone(), message.to_owned());
        before.as_deref() != Some(message)
    }

    fn all_well(&self, account: &ObjectKey) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.remove(account);
    }
}

/// Looks at accounts as they are named.
pub(super) async fn run(
    mut looks: mpsc::UnboundedReceiver<Look>,
    ctx: Arc<Context>,
    end: CancellationToken,
) {
    let mut queue = Queue::default();
    let mut by_others = BTreeSet::new();
    let mut working = FuturesUnordered::new();
    loop {
        let next = queue.next().filter(|_| working.len() < AT_ONCE);
        let due = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = end.cancelled() => return,
            look = looks.recv() => match look {
                None => return,
                Some(Look::Given(account)) => queue.put(&account, Duration::ZERO, Instant::now()),
                Some(Look::Rights(account)) => {
                    queue.put(&account, until_repair(&ctx, &account), Instant::now());
                    by_others.insert(account);
                }
            },
            () = due => if let Some(account) = queue.take(Instant::now()) {
                let ctx = ctx.clone();
                let is_repair = by_others.remove(&account);
                working.push(async move {
                    let done = settle(&ctx, &account).await;
                    (account, is_repair, done)
                });
            },
            Some((account, is_repair, done)) = working.next() => {
                if is_repair && matches!(done, Ok(true)) {
                    ctx.repairs.made(&budget(&account), std::time::Instant::now());
                }
                if matches!(done, Ok(false)) {
                    queue.wrote_nothing(&account);
                }
                if let Some(wait) = retry(&ctx, &account, done).await {
                    queue.put(&account, wait, Instant::now());
                }
            }
        }
    }
}

/// How long a change by someone else waits to be put back, where that happens again and again.
fn until_repair(ctx: &Context, account: &ObjectKey) -> Duration {
    let may_be = ctx
        .repairs
        .may_be_made(&budget(account), std::time::Instant::now());
    if may_be { Duration::ZERO } else { INTERVAL }
}

fn budget(account: &ObjectKey) -> String {
    format!("access {account}")
}
