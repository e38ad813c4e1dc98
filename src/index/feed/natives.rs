//! The metadata of the native Secrets that carry Coffer's label.

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};

use super::Feeds;
use crate::api::wellknown::ORIGIN_LABEL;
use crate::index::{natives::Natives, write};

impl Feeds {
    /// Watches delivered native Secrets.
    pub async fn natives(self) {
        let api = Api::all(self.client.clone());
        let config = watcher::Config::default().labels(ORIGIN_LABEL);
        let mut listed = Natives::default();
        self.run("delivered secrets", api, config, |event| {
            let event: Event<PartialObjectMeta<core::Secret>> = event;
            let woken = match &event {
                Event::Init => {
                    listed = Natives::default();
                    Vec::new()
                }
                Event::InitApply(object) => {
                    listed.apply(object);
                    Vec::new()
                }
                Event::InitDone => write(&self.index.natives).replace(std::mem::take(&mut listed)),
                Event::Apply(object) => write(&self.index.natives).apply(object),
                Event::Delete(object) => write(&self.index.natives).delete(object),
            };
            for key in &woken {
                self.triggers.secret(key);
            }
        })
        .await;
    }
}
