//! Roles and RoleBindings by which service accounts may read what they are given. Whole: whether one is as Coffer made it
//! shows in its content, after a restart as well, and nothing in it is secret.

use std::collections::BTreeSet;
use std::sync::RwLock;

use kube::runtime::watcher::{self, Event};
use kube::{Api, Client};

use super::{Feeds, Seen};
use crate::api::wellknown::ACCESS_LABEL;
use crate::crypto::Fingerprinter;
use crate::index::rights::{self, Marked, Rights};
use crate::index::{Index, Observed, read, write};

/// Where those of one kind are kept.
type Of<T> = fn(&Index) -> &RwLock<Rights<T>>;

impl Feeds {
    /// Watches Roles.
    pub async fn roles(self) {
        self.rights("roles", Api::all, rights::role, |index| &index.roles)
            .await;
    }

    /// Watches RoleBindings.
    pub async fn bindings(self) {
        let of: Of<()> = |index| &index.bindings;
        self.rights("rolebindings", Api::all, rights::binding, of)
            .await;
    }

    async fn rights<K, T>(
        self,
        what: &'static str,
        api: impl FnOnce(Client) -> Api<Observed<K>>,
        reads: fn(&K, &Fingerprinter) -> Marked<T>,
        of: Of<T>,
    ) where
        K: kube::Resource<DynamicType = ()>
            + Clone
            + serde::de::DeserializeOwned
            + std::fmt::Debug
            + Send
            + 'static,
        T: PartialEq,
    {
        let mut listed = BTreeSet::new();
        let mut began = 0;
        let config = watcher::Config::default().labels(ACCESS_LABEL);
        let all = of(&self.index);
        let uid = |object: &K| Box::<str>::from(object.meta().uid.as_deref().unwrap_or_default());
        let forget = |object: &K| {
            let namespace = object.meta().namespace.as_deref().unwrap_or_default();
            write(all).forget(namespace, &uid(object))
        };
        self.run(what, api, config, |event: Event<Seen<K>>| match &event {
            Event::Init => {
                listed.clear();
                began = read(all).latest();
            }
            Event::InitApply(Ok(object)) | Event::Apply(Ok(object)) => {
                if let Some((account, right)) = reads(object, &self.fingerprinter) {
                    listed.insert(uid(object));
                    if write(all).put(account.clone(), right) {
                        self.triggers.rights_changed(&account);
                    }
                } else if let Some(account) = forget(object) {
                    self.triggers.rights_changed(&account);
                }
            }
            Event::InitDone => {
                let gone = write(all).retain(&std::mem::take(&mut listed), began);
                for account in &gone {
                    self.triggers.rights_changed(account);
                }
            }
            Event::Delete(Ok(object)) => {
                if let Some(account) = forget(object) {
                    self.triggers.rights_changed(&account);
                }
            }
            // What was known of it is as good.
            Event::InitApply(Err(unreadable)) => {
                listed.extend(unreadable.0.uid.as_deref().map(Box::<str>::from));
            }
            Event::Apply(Err(_)) | Event::Delete(Err(_)) => {}
        })
        .await;
    }
}
