//! What a Secret changes for the accounts that may read what it delivers.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _};

use super::settle::settle;
use super::{AT_ONCE, plan};
use crate::api::{Secret, SecretStore};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::controller::secret::copies::is_as_left;
use crate::index::{Index, ObjectKey};
use crate::policy::delivery;

/// Has every account looked at that may read what a Secret delivers and is not to, or the other way round.
pub(in crate::controller) fn look(ctx: &Context, key: &ObjectKey) {
    let Some(secret) = ctx.index.secrets.get(&key.to_ref::<Secret>()) else {
        return;
    };
    let store = ctx.index.stores.get(&ObjectKey::store_of(&secret).to_ref());
    let store = store.as_deref();
    let readers = readers(&ctx.index, &secret, store);
    if readers.is_empty() && !ctx.index.has_roles() {
        return;
    }
    let mut by_place: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for account in readers {
        let of_place = by_place.entry(account.namespace.clone()).or_default();
        of_place.insert(account);
    }
    let mut to_be_read = BTreeMap::new();
    for (place, readers) in by_place {
        if let Some(native) = plan::native_of(&secret, store, &place) {
            to_be_read.insert(native, readers);
        }
    }
    // Also those that nobody is to read any more: former targets, and copies that are to go.
    let uid = secret.metadata.uid.as_deref().unwrap_or_default();
    for (native, _) in ctx.index.natives_of(uid) {
        to_be_read.entry(native).or_default();
    }
    for (native, readers) in &to_be_read {
        let holders = ctx.index.holders(native);
        for account in holders.difference(readers) {
            ctx.triggers.account(account);
        }
        let is_there = || {
            let live = ctx.index.native(native);
            live.is_some_and(|live| is_as_left(ctx, &secret, native, &live))
                && ctx.index.is_current(&secret, native)
        };
        if readers.is_subset(&holders) || !is_there() {
            continue;
        }
        for account in readers.difference(&holders) {
            ctx.triggers.account(account);
        }
    }
}

/// The accounts that are to be able to read what a Secret delivers to them.
fn readers(index: &Index, secret: &Secret, store: Option<&SecretStore>) -> BTreeSet<ObjectKey> {
    let Some(store) = store.filter(|store| delivery::lets_read(secret, store)) else {
        return BTreeSet::new();
    };
    let asking = index.asking(&ObjectKey::store_of(secret));
    let readers = asking
        .iter()
        .filter(|(account, wish)| delivery::may_read(secret, store, wish.asking(account)));
    readers.map(|(account, _)| account.clone()).collect()
}

/// Nobody may read a native Secret any more that is about to go. Where a Role cannot be written because the API server
/// does not want it so, the values go all the same: that withdraws more.
pub(in crate::controller) async fn revoke(ctx: &Context, native: &ObjectKey) -> Result<(), Error> {
    let holders = ctx.index.holders(native);
    let work = holders.iter().map(|account| settle(ctx, account));
    let work: Vec<_> = work.collect();
    let outcomes: Vec<_> = stream::iter(work).buffered(AT_ONCE).collect().await;
    let mut errors = outcomes.into_iter().filter_map(|outcome| match outcome {
        Err(Failure::Error(error)) => Some(error),
        Ok(_) | Err(Failure::Problem(_)) => None,
    });
    errors.next().map_or(Ok(()), Err)
}
