//! Coffer Secrets: into the reflector, without their values once they are in sync; and their links.

use std::collections::HashSet;

use kube::Api;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{self, Event};

use super::unreadable::or_former;
use super::{Feeds, Seen};
use crate::api::Secret;
use crate::index::{Link, ObjectKey, links, view, write};

/// Secrets in one page of a list. A page is in memory whole, values and all, before what is not needed
/// of it is dropped: at half a megabyte each that is 25 MB, and as much again to decode it.
const PAGE: u32 = 50;

impl Feeds {
    /// Watches Coffer Secrets.
    pub async fn secrets(self, mut writer: Writer<Secret>) {
        let mut listed = HashSet::new();
        self.run(
            "secrets.coffer.dev",
            Api::all,
            watcher::Config::default().page_size(PAGE),
            |event: Event<Seen<Secret>>| {
                // Before the values go: they say which keys sealed them. One that does not read keeps its links.
                let links = match &event {
                    Event::Apply(Ok(secret)) | Event::InitApply(Ok(secret)) => {
                        Some(links::of(secret))
                    }
                    _ => None,
                };
                let Some(event) = or_former(event, &self.index.secrets) else {
                    return;
                };
                let event = event.modify(view::slim);
                let former = match &event {
                    Event::Apply(secret) => self.index.secrets.get(&ObjectKey::of(secret).to_ref()),
                    _ => None,
                };
                writer.apply_watcher_event(&event);
                match &event {
                    Event::Init => listed.clear(),
                    Event::InitApply(secret) => {
                        let key = ObjectKey::of(secret);
                        self.link(&key, links);
                        listed.insert(key);
                    }
                    Event::InitDone => {
                        let listed = std::mem::take(&mut listed);
                        let changed = write(&self.index.links).retain(&listed);
                        self.wake_stores(changed);
                        self.index.note_all_places();
                        self.index.note_all_names::<Secret>();
                        self.index.list_all::<Secret>();
                        for key in &listed {
                            self.triggers.secret(key);
                        }
                        self.wake_gone_origins();
                        for account in self.index.readers() {
                            self.triggers.account(&account);
                        }
                        self.wake_all_pods();
                    }
                    Event::Apply(secret) => {
                        let key = ObjectKey::of(secret);
                        self.link(&key, links);
                        self.name(former.as_deref(), Some(secret));
                        self.wake_pods_of(former.as_deref(), Some(secret));
                        if let Some(former) = former
                            && former.spec.store_ref != secret.spec.store_ref
                        {
                            self.leave(&former);
                        }
                        self.index.note_place(secret);
                        self.index.list(secret, false);
                        self.triggers.secret(&key);
                    }
                    Event::Delete(secret) => {
                        let changed = write(&self.index.links).remove(&ObjectKey::of(secret));
                        self.wake_stores(changed);
                        self.name(Some(secret), None);
                        self.leave(secret);
                        self.index.list(secret, true);
                        self.orphaned(secret);
                        self.wake_pods_of(Some(secret), None);
                    }
                }
            },
        )
        .await;
    }

    fn link(&self, secret: &ObjectKey, links: Option<Vec<Link>>) {
        if let Some(links) = links {
            let changed = write(&self.index.links).set(secret, links);
            self.wake_stores(changed);
        }
    }

    /// Others may get or lose their name.
    fn name(&self, former: Option<&Secret>, now: Option<&Secret>) {
        for other in self.index.note_name(former, now) {
            self.triggers.secret(&other);
        }
    }

    /// Nothing else takes its copies away.
    fn orphaned(&self, secret: &Secret) {
        let uid = secret.metadata.uid.as_deref().unwrap_or_default();
        let natives = self.index.natives_of(uid);
        for (key, _) in &natives {
            for account in self.index.holders(key) {
                self.triggers.account(&account);
            }
        }
        let mut origins = natives.iter().filter_map(|(key, it)| it.copied_from(key));
        if let Some(origin) = origins.next() {
            self.triggers.origin_gone(origin);
        }
    }

    /// Whoever is next in line has its place.
    fn leave(&self, secret: &Secret) {
        for next in self.index.forget_place(secret) {
            self.triggers.secret(&next);
        }
    }

    /// Their usage changed. A store that is gone may have been waited for by its keys: once, when its last
    /// Secret goes. The links must not be locked.
    fn wake_stores(&self, links: Vec<Link>) {
        for link in links {
            let Link::Store(store) = link else { continue };
            if self.index.stores.get(&store.to_ref()).is_some() {
                self.triggers.store(&store);
            } else if self.index.usage(&store) == 0 {
                self.triggers.vanished(&store);
            }
        }
    }
}
