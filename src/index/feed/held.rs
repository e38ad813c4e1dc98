//! What service accounts newly ask for, where those of their namespace take back and ask again without end: each time the
//! copies of all that is for them would be taken away and made anew, at the cost of those who keep it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::index::ObjectKey;
use crate::index::consumers::Asker;
use crate::policy::requests::Requests;

/// So often in a row something is taken back, and asked for anew without a wait.
const AT_ONCE: u32 = 10;

/// After that, once in this time.
const INTERVAL: Duration = Duration::from_secs(30);

/// What an account asks for, and who it is.
pub(super) type Ask = (Requests, Asker);

/// Namespaces that took something back lately, and the accounts whose new requests wait.
#[derive(Debug, Default)]
pub(super) struct Held {
    inner: Mutex<Inner>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// When all that was taken back is paid for, at one [`INTERVAL`] each.
    paid: HashMap<Box<str>, Instant>,
    /// Since when the first of them waits, or when some of them last waited no longer: so that one who takes back
    /// without end keeps no other from what they ask for.
    since: HashMap<Box<str>, Instant>,
    waiting: BTreeMap<ObjectKey, Ask>,
}

impl Held {
    /// What counts of what an account asks for: what it takes back is taken back at once, what it adds may have to wait.
    pub(super) fn admit(
        &self,
        account: &ObjectKey,
        known: Option<&Requests>,
        wanted: Option<Ask>,
        now: Instant,
    ) -> Option<Ask> {
        let mut inner = self.lock();
        inner.waiting.remove(account);
        let adds = wanted
            .as_ref()
            .is_some_and(|(wanted, _)| has_more(wanted, known));
        let counts = if adds && !inner.is_free(&account.namespace, now) {
            let stays = wanted.as_ref().and_then(|it| common(known, it));
            let since = inner.since.entry(account.namespace.clone());
            since.or_insert(now);
            inner.waiting.extend(wanted.map(|it| (account.clone(), it)));
            self.came.notify_one();
            stays
        } else {
            wanted
        };
        let stays = counts.as_ref().map(|(requests, _)| requests);
        if known.is_some_and(|known| has_more(known, stays)) {
            inner.count(&account.namespace, now);
        }
        counts
    }

    /// Returns once there is one that waits.
    pub(super) async fn any(&self) {
        while self.lock().waiting.is_empty() {
            self.came.notified().await;
        }
    }

    /// Those that wait no longer, all of a namespace together.
    pub(super) fn due(&self, now: Instant) -> BTreeMap<ObjectKey, Ask> {
        let mut inner = self.lock();
        let waiting = std::mem::take(&mut inner.waiting);
        let (due, waiting) = waiting
            .into_iter()
            .partition(|(account, _)| inner.is_due(&account.namespace, now));
        inner.waiting = waiting;
        inner.forget_long_ago(now);
        let due: BTreeMap<ObjectKey, Ask> = due;
        let namespaces: BTreeSet<_> = due.keys().map(|it| &it.namespace).collect();
        for namespace in namespaces {
            inner.count(namespace, now);
            inner.since.insert(namespace.clone(), now);
        }
        due
    }

    /// Forgets those that wait, as before a new list.
    pub(super) fn forget_all(&self) {
        self.lock().waiting.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_free(&self, namespace: &str, now: Instant) -> bool {
        let paid = self.paid.get(namespace);
        paid.is_none_or(|at| at.duration_since(now) <= INTERVAL * (AT_ONCE - 1))
    }

    /// Whatever is taken back in the meantime, in each [`INTERVAL`] what waits comes once.
    fn is_due(&self, namespace: &str, now: Instant) -> bool {
        let since = self.since.get(namespace);
        self.is_free(namespace, now) || since.is_none_or(|at| now.duration_since(*at) >= INTERVAL)
    }

    fn forget_long_ago(&mut self, now: Instant) {
        let waiting: BTreeSet<_> = self.waiting.keys().map(|it| &it.namespace).collect();
        self.since.retain(|namespace, at| {
            waiting.contains(namespace) || now.duration_since(*at) < INTERVAL
        });
    }

    /// However much is taken back together, what comes after it waits for one [`INTERVAL`].
    fn count(&mut self, namespace: &str, now: Instant) {
        self.paid.retain(|_, paid| *paid > now);
        let paid = self.paid.entry(namespace.into()).or_insert(now);
        *paid = (*paid + INTERVAL).min(now + INTERVAL * AT_ONCE);
    }
}

/// Whether one asks for something that the other does not. Other types are other copies.
fn has_more(one: &Requests, other: Option<&Requests>) -> bool {
    other.is_none_or(|other| one.types != other.types || !one.of.is_subset(&other.of))
}

/// What is asked for as before.
fn common(known: Option<&Requests>, (wanted, asker): &Ask) -> Option<Ask> {
    let known = known?;
    let of: BTreeSet<_> = known.of.intersection(&wanted.of).cloned().collect();
    let types = known.types.clone();
    (!of.is_empty()).then(|| (Requests { of, types }, asker.clone()))
}

#[cfg(test)]
mod tests;
