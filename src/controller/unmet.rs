//! What a service account asks for and is not given: told once, on the account, a moment after it asks. Whether a store is
//! there, or only does not let the account have anything, makes no difference to what is told, nor to when.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::time::DelayQueue;

use super::access::reference;
use super::context::Context;
use crate::api::{Reason, Secret, SecretStore};
use crate::index::consumers::Wish;
use crate::index::{Index, Link, ObjectKey};
use crate::policy::delivery;
use crate::policy::requests::{self, Request};
use crate::policy::scopes;

/// The order of arrival does not matter: what is applied together with the account counts.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the accounts that ask for something else than before.
pub(super) async fn run(
    mut asks: mpsc::UnboundedReceiver<ObjectKey>,
    ctx: Arc<Context>,
    end: CancellationToken,
) {
    let (mut waiting, mut due) = (HashSet::new(), DelayQueue::new());
    loop {
        let account: ObjectKey = tokio::select! {
            () = end.cancelled() => return,
            Some(next) = due.next(), if !due.is_empty() => next.into_inner(),
            account = asks.recv() => match account {
                None => return,
                Some(account) => {
                    if waiting.insert(account.clone()) {
                        due.insert(account, PATIENCE);
                    }
                    continue;
                }
            }
        };
        waiting.remove(&account);
        tell(&ctx, &account).await;
    }
}

async fn tell(ctx: &Context, account: &ObjectKey) {
    let Some((wish, asker)) = ctx.index.wish(account) else {
        return;
    };
    // Of each namespace, because its tenant can have as many accounts as he likes.
    let budget = format!("requests {}", account.namespace);
    if !ctx.repairs.may_be_made(&budget, Instant::now()) {
        tracing::debug!(%account, "too many events about requests in one namespace: left out");
        return;
    }
    let Some(note) = requests::unmet(&unmet(&ctx.index, account, &wish), asker.wrong) else {
        return;
    };
    ctx.repairs.made(&budget, Instant::now());
    let about = reference(account, &asker.uid);
    ctx.events.warn(&about, Reason::RequestUnmet, &note).await;
}

/// The requests for which store, Secret and account do not agree on anything.
fn unmet<'a>(index: &Index, account: &ObjectKey, wish: &'a Wish) -> Vec<&'a Request> {
    let requests = wish.requests().iter();
    requests
        .filter(|request| !is_met(index, account, wish, request))
        .collect()
}

fn is_met(index: &Index, account: &ObjectKey, wish: &Wish, request: &Request) -> bool {
    let key = ObjectKey::new(&request.namespace, &request.store);
    let Some(store) = index.stores.get(&key.to_ref::<SecretStore>()) else {
        return false;
    };
    let asking = wish.asking(account).account;
    let granted = store
        .spec
        .scopes
        .iter()
        .filter(|scope| scopes::grants(&key.namespace, scope, asking));
    let is_given =
        |secret: &Secret| delivery::is_given(request, secret, &store, &account.namespace);
    if let Some(name) = &request.secret {
        let named = ObjectKey::new(&key.namespace, name).to_ref();
        let named = index
            .secrets
            .get(&named)
            .filter(|it| ObjectKey::store_of(it) == key);
        let granted: Vec<_> = granted.map(|scope| &scope.name).collect();
        return named.is_some_and(|secret| {
            is_given(&secret) && secret.spec.scopes.iter().any(|it| granted.contains(&it))
        });
    }
    let links = granted.map(|scope| Link::Scope(key.clone(), scope.name.as_str().into()));
    let mut offered = links.flat_map(|link| index.dependents(&link));
    offered.any(|secret| {
        let secret = index.secrets.get(&secret.to_ref::<Secret>());
        secret.is_some_and(|secret| is_given(&secret))
    })
}
