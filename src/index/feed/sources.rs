//! The metadata of the native Secrets whose owner lets them be followed.

use std::collections::{BTreeSet, HashMap};

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};

use super::{Feeds, Seen};
use crate::api::wellknown::SOURCE_LABEL;
use crate::index::{Link, ObjectKey, Unreadable, write};

/// Name and version, all that is needed: so one that does not read is followed as well.
fn names(object: &Seen<PartialObjectMeta<core::Secret>>) -> (ObjectKey, Box<str>) {
    let meta = match object {
        Ok(object) => &object.metadata,
        Err(Unreadable(names)) => names,
    };
    let version = meta.resource_version.as_deref().unwrap_or_default();
    (ObjectKey::of_meta(meta), version.into())
}

impl Feeds {
    /// Watches native Secrets that consent to be followed.
    pub async fn sources(self) {
        let config = watcher::Config::default().labels(&format!("{SOURCE_LABEL}=true"));
        let mut listed = HashMap::new();
        self.run("source secrets", Api::all, config, |event| {
            let event: Event<Seen<PartialObjectMeta<core::Secret>>> = event;
            match &event {
                Event::Init => listed.clear(),
                Event::InitApply(object) => {
                    let (key, version) = names(object);
                    listed.insert(key, version);
                }
                Event::InitDone => {
                    let listed = std::mem::take(&mut listed);
                    let before =
                        std::mem::replace(&mut *write(&self.index.sources), listed.clone());
                    let both: BTreeSet<_> = before.keys().chain(listed.keys()).collect();
                    for key in both {
                        if before.get(key) != listed.get(key) {
                            self.wake_dependents(&Link::Source(key.clone()));
                        }
                    }
                }
                Event::Apply(object) => {
                    let (key, version) = names(object);
                    write(&self.index.sources).insert(key.clone(), version);
                    self.wake_dependents(&Link::Source(key));
                }
                Event::Delete(object) => {
                    let (key, _) = names(object);
                    write(&self.index.sources).remove(&key);
                    self.wake_dependents(&Link::Source(key));
                }
            }
        })
        .await;
    }
}
