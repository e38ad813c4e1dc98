//! Service accounts: which of them ask for something. The metadata of all of them comes by, and of those that ask for
//! nothing only the UID is kept: no selector finds an annotation.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use kube::{Api, ResourceExt as _};
use uuid::Uuid;

use super::held::{Ask, Held};
use super::{Feeds, Seen};
use crate::index::consumers::{Asker, Turn, Wish};
use crate::index::tenants::Living;
use crate::index::{Link, ObjectKey, read, write};
use crate::policy::requests;
use crate::policy::scopes;

/// Accounts in one page of a list: a cluster has several in each namespace.
const PAGE: u32 = 500;

/// How often is looked whether those that wait have waited long enough.
const LOOK: Duration = Duration::from_secs(1);

impl Feeds {
    /// Watches service accounts.
    pub async fn consumers(self) {
        let held = Held::default();
        tokio::join!(self.accounts_that_ask(&held), self.release(&held));
    }

    /// Takes over what had to wait.
    async fn release(&self, held: &Held) {
        loop {
            held.any().await;
            tokio::time::sleep(LOOK).await;
            for (account, ask) in held.due(Instant::now()) {
                if self.take_over(&account, ask) {
                    self.triggers.asks(&account);
                }
            }
        }
    }

    async fn accounts_that_ask(&self, held: &Held) {
        let mut listed = BTreeSet::new();
        let mut living = Living::default();
        let config = watcher::Config::default().page_size(PAGE);
        self.run("serviceaccounts", Api::all, config, |event| {
            let event: Event<Seen<PartialObjectMeta<core::ServiceAccount>>> = event;
            match &event {
                Event::Init => {
                    listed.clear();
                    held.forget_all();
                    living.clear();
                }
                Event::InitApply(Ok(account)) => {
                    living.extend(uid(&account.metadata));
                    if self.asks(account, held).is_some() {
                        listed.insert(ObjectKey::of(account));
                    }
                }
                Event::InitDone => {
                    self.index.put_accounts(std::mem::take(&mut living));
                    let listed = std::mem::take(&mut listed);
                    let known = read(&self.index.consumers).accounts();
                    for gone in known.iter().filter(|key| !listed.contains(key)) {
                        self.asks_nothing(gone, held);
                    }
                }
                Event::Apply(Ok(account)) => {
                    self.index
                        .note_account(account.metadata.uid.as_deref(), true);
                    if self.asks(account, held) == Some(true) {
                        self.triggers.asks(&ObjectKey::of(account));
                    }
                }
                Event::Delete(Ok(account)) => {
                    self.index
                        .note_account(account.metadata.uid.as_deref(), false);
                    self.asks_nothing(&ObjectKey::of(account), held);
                }
                // What was asked before is as good as what does not read.
                Event::InitApply(Err(unreadable)) => {
                    living.extend(uid(&unreadable.0));
                    listed.insert(ObjectKey::of_meta(&unreadable.0));
                }
                Event::Apply(Err(_)) | Event::Delete(Err(_)) => {}
            }
        })
        .await;
    }

    /// Takes over what an account asks for, as far as it does not have to wait; says whether that is news. `None` where it
    /// asks for nothing.
    fn asks(&self, account: &PartialObjectMeta<core::ServiceAccount>, held: &Held) -> Option<bool> {
        let key = ObjectKey::of(account);
        let Some((requests, wrong)) = requests::read(account.annotations()) else {
            self.asks_nothing(&key, held);
            return None;
        };
        let asker = Asker {
            uid: account.metadata.uid.as_deref().unwrap_or_default().into(),
            wrong: wrong.len(),
        };
        let known = read(&self.index.consumers).requests_of(&key);
        let ask = Some((requests, asker));
        let Some(ask) = held.admit(&key, known.as_deref(), ask, Instant::now()) else {
            self.forget(&key);
            return None;
        };
        Some(self.take_over(&key, ask))
    }

    fn take_over(&self, account: &ObjectKey, (requests, asker): Ask) -> bool {
        let (is_news, turns) = {
            let mut consumers = write(&self.index.consumers);
            let is_other = !consumers.is_asking(account, &requests);
            let is_news = consumers.identify(account, asker) || is_other;
            (is_news, consumers.ask(account, Some(requests)))
        };
        self.asked(account, turns);
        is_news
    }

    fn asks_nothing(&self, account: &ObjectKey, held: &Held) {
        let known = read(&self.index.consumers).requests_of(account);
        held.admit(account, known.as_deref(), None, Instant::now());
        self.forget(account);
    }

    fn forget(&self, account: &ObjectKey) {
        let turns = write(&self.index.consumers).ask(account, None);
        self.asked(account, turns);
    }

    fn asked(&self, account: &ObjectKey, turns: Vec<Turn>) {
        if !turns.is_empty() && self.index.restricts_pods(&account.namespace) {
            self.triggers.pods(&account.namespace);
        }
        self.wake_granted(turns);
    }

    /// Wakes up the Secrets of those scopes that have come to be for someone else than before.
    pub(super) fn wake_granted(&self, turns: Vec<Turn>) {
        for turn in turns {
            self.triggers.account(&turn.account);
            let Some(store) = self.index.stores.get(&turn.store.to_ref()) else {
                continue;
            };
            let asks_otherwise = turn.is_otherwise();
            for scope in &store.spec.scopes {
                let is_for = |wish: &Wish| {
                    let account = wish.asking(&turn.account).account;
                    scopes::grants(&turn.store.namespace, scope, account)
                };
                let [before, now] =
                    [&turn.before, &turn.now].map(|it| it.as_ref().is_some_and(is_for));
                if before != now || now && asks_otherwise {
                    let link = Link::Scope(turn.store.clone(), scope.name.as_str().into());
                    self.wake_dependents(&link);
                }
            }
        }
    }
}

fn uid(account: &ObjectMeta) -> Option<Uuid> {
    account.uid.as_deref()?.parse().ok()
}
