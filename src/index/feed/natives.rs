//! The metadata of the native Secrets that carry Coffer's label.

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::core::{PartialObjectMeta, PartialObjectMetaExt as _};
use kube::runtime::watcher::{self, Event};

use super::{Feeds, Seen};
use crate::api::wellknown::ORIGIN_LABEL;
use crate::index::{ObjectKey, Unreadable, natives::Natives, read, write};

impl Feeds {
    /// Watches delivered native Secrets.
    pub async fn natives(self) {
        let config = watcher::Config::default().labels(ORIGIN_LABEL);
        let mut listed = Natives::default();
        self.run("delivered secrets", Api::all, config, |event| {
            let event: Event<Seen<PartialObjectMeta<core::Secret>>> = event;
            let woken = match &event {
                Event::Init => {
                    listed = Natives::default();
                    Vec::new()
                }
                Event::InitApply(Ok(object)) => {
                    listed.apply(object, &self.fingerprinter);
                    Vec::new()
                }
                Event::InitApply(Err(Unreadable(names))) => {
                    listed.keep(&ObjectKey::of_meta(names), &read(&self.index.natives));
                    Vec::new()
                }
                Event::InitDone => {
                    let woken = write(&self.index.natives).replace(std::mem::take(&mut listed));
                    self.index.settle_claims();
                    self.wake_gone_origins();
                    self.wake_all_pods();
                    woken
                }
                Event::Apply(Ok(object)) => {
                    let woken = write(&self.index.natives).apply(object, &self.fingerprinter);
                    self.index.settle_claim(&ObjectKey::of(object));
                    self.look_for_origin(&ObjectKey::of(object));
                    self.wake_pods_with(&ObjectKey::of(object), true);
                    woken
                }
                Event::Apply(Err(_)) => Vec::new(),
                Event::Delete(Ok(object)) => {
                    let woken = write(&self.index.natives).delete(object, &self.fingerprinter);
                    self.index.settle_claim(&ObjectKey::of(object));
                    self.wake_pods_with(&ObjectKey::of(object), false);
                    woken
                }
                Event::Delete(Err(Unreadable(names))) => {
                    let names = names.clone().into_response_partial();
                    let woken = write(&self.index.natives).delete(&names, &self.fingerprinter);
                    self.index.settle_claim(&ObjectKey::of(&names));
                    self.wake_pods_with(&ObjectKey::of(&names), false);
                    woken
                }
            };
            for key in &woken {
                self.triggers.secret(key);
            }
        })
        .await;
    }

    /// A copy may come when its origin is gone already: from a replica that was frozen in the middle of making it.
    fn look_for_origin(&self, key: &ObjectKey) {
        let origin = self.index.native(key).and_then(|it| it.copied_from(key));
        if let Some(origin) = origin.filter(|origin| self.index.is_gone(origin)) {
            self.triggers.origin_gone(origin);
        }
    }

    /// After a new list, of copies or of those that they came from.
    pub(super) fn wake_gone_origins(&self) {
        for origin in self.index.gone_origins() {
            self.triggers.origin_gone(origin);
        }
    }
}
