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
                    listed.apply(object);
                    Vec::new()
                }
                Event::InitApply(Err(Unreadable(names))) => {
                    listed.keep(&ObjectKey::of_meta(names), &read(&self.index.natives));
                    Vec::new()
                }
                Event::InitDone => write(&self.index.natives).replace(std::mem::take(&mut listed)),
                Event::Apply(Ok(object)) => write(&self.index.natives).apply(object),
                Event::Apply(Err(_)) => Vec::new(),
                Event::Delete(Ok(object)) => write(&self.index.natives).delete(object),
                Event::Delete(Err(Unreadable(names))) => {
                    write(&self.index.natives).delete(&names.clone().into_response_partial())
                }
            };
            for key in &woken {
                self.triggers.secret(key);
            }
        })
        .await;
    }
}
