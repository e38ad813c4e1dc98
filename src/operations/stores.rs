//! Stores.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::{Api, DeleteParams, ObjectMeta, Patch, PatchParams, PostParams, Preconditions};
use serde_json::json;

use super::listing::page;
use super::{
    Account, Caller, Error, Field, MANAGER, Missing, Operations, Page, Query, Resource, StoreShown,
    Verb, Wrong, naming,
};
use crate::api::wellknown::{ID_LABEL, REQUESTER_ANNOTATION};
use crate::api::{KeyState, SealingKeyStatus, SecretStore, SecretStoreSpec, new_id};
use crate::index::ObjectKey;
use crate::index::names::Called;
use crate::policy::names::is_rest_name;

/// How many other names are tried, where objects have the first one that are called otherwise.
pub(super) const ATTEMPTS: u8 = 3;

impl Operations {
    /// The stores of an account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_stores(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        query: &Query,
    ) -> Result<Page<StoreShown>, Error> {
        self.check_store_access(caller, Verb::List, account, "")
            .await?;
        let within = ObjectKey::new(&account.namespace, "");
        let total = self.index.listed::<SecretStore>(&within);
        Ok(page(query, total, |range| {
            self.index.part::<SecretStore>(&within, range)
        }))
    }

    /// One store.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get_store(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        id: &str,
    ) -> Result<StoreShown, Error> {
        let store = self.store(caller, Verb::Get, account, id).await?;
        Ok(StoreShown::from(&*store))
    }

    /// Whether the caller may make a store, and one more fits in.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn check_create_store(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        limit: Option<usize>,
    ) -> Result<(), Error> {
        self.check_store_access(caller, Verb::Create, account, "")
            .await?;
        let within = ObjectKey::new(&account.namespace, "");
        match limit {
            Some(limit) if self.index.listed::<SecretStore>(&within) >= limit => {
                Err(Error::TooManyStores(limit))
            }
            _ => Ok(()),
        }
    }

    /// Whether the caller may look into an account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn check_account(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
    ) -> Result<(), Error> {
        self.check_store_access(caller, Verb::List, account, "")
            .await
    }

    /// Makes a store; at most `limit` of an account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_store(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        name: &str,
        limit: Option<usize>,
    ) -> Result<StoreShown, Error> {
        self.check_create_store(caller, account, limit).await?;
        check_name(name)?;
        let wanted = Called::new(&account.namespace, "", name);
        if self.index.holder::<SecretStore>(&wanted).is_some() {
            return Err(Error::NameTaken(name.to_owned()));
        }
        let mut object = naming::of_store(name);
        for attempt in 1..=ATTEMPTS {
            let store = new_store(account, caller, name, &object);
            let created = self.stores(account).create(&post(), &store).await;
            match created {
                Ok(store) => {
                    let seen = self.until_seen(&store).await?;
                    return Ok(StoreShown::from(&*seen));
                }
                Err(kube::Error::Api(status)) if status.is_already_exists() => {
                    let there = self.stores(account).get_opt(&object).await;
                    let there = there.map_err(Error::api("read a store"))?;
                    if there.is_some_and(|there| StoreShown::from(&there).name == name) {
                        return Err(Error::NameTaken(name.to_owned()));
                    }
                    object = naming::another(&object, attempt);
                }
                Err(error) => return Err(Error::api("create a store")(error)),
            }
        }
        Err(Error::NameTaken(name.to_owned()))
    }

    /// Deletes a store; with `force` also one that has secrets, which go with it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete_store(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        id: &str,
        force: bool,
    ) -> Result<(), Error> {
        let store = self.store(caller, Verb::Delete, account, id).await?;
        let key = ObjectKey::of(&*store);
        if self.index.usage(&key) > 0 {
            if !force {
                return Err(Error::NotEmpty);
            }
            let namespace = &account.namespace;
            for (verb, resource) in [
                (Verb::Patch, Resource::Stores),
                (Verb::Delete, Resource::Secrets),
            ] {
                self.access
                    .check(caller, verb, resource, namespace, "")
                    .await?;
            }
            let cascade = json!({
                "metadata": {"uid": store.metadata.uid},
                "spec": {"deletionPolicy": "Cascade"},
            });
            self.stores(account)
                .patch(&key.name, &patch(), &Patch::Merge(cascade))
                .await
                .map_err(gone_or(Missing::Store, "change a store"))?;
        }
        self.stores(account)
            .delete(&key.name, &delete(store.metadata.uid.as_deref()))
            .await
            .map_err(gone_or(Missing::Store, "delete a store"))?;
        self.until_gone::<SecretStore>(&key, store.metadata.uid.as_deref())
            .await;
        Ok(())
    }

    /// The key that authors seal with, of the store of this name in its manifest.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sealing_key(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        name: &str,
    ) -> Result<SealingKeyStatus, Error> {
        self.check_store_access(caller, Verb::Get, account, name)
            .await?;
        let key = ObjectKey::new(&account.namespace, name);
        let store = self.index.stores.get(&key.to_ref::<SecretStore>());
        let store = store.ok_or(Error::NotFound(Missing::Store))?;
        let mut keys = store.status.iter().flat_map(|status| &status.sealing_keys);
        let active = keys.find(|key| key.state == KeyState::Active && key.public_key.is_some());
        active.cloned().ok_or(Error::Slow)
    }

    /// The store of this identifier, for a caller that may do `verb` with it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or there is no such account or store.
    async fn store(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        account: &Account,
        id: &str,
    ) -> Result<Arc<SecretStore>, Error> {
        let found = self.index.by_id::<SecretStore>(&account.namespace, id);
        let name = found.as_ref().and_then(|found| found.metadata.name.clone());
        self.check_store_access(caller, verb, account, name.as_deref().unwrap_or(id))
            .await?;
        found.ok_or(Error::NotFound(Missing::Store))
    }

    async fn check_store_access(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        account: &Account,
        name: &str,
    ) -> Result<(), Error> {
        self.check_heard()?;
        self.access
            .check(caller, verb, Resource::Stores, &account.namespace, name)
            .await?;
        account.check()
    }

    fn stores(&self, account: &Account) -> Api<SecretStore> {
        Api::namespaced(self.client.clone(), &account.namespace)
    }
}

fn new_store(account: &Account, caller: &Caller, name: &str, object: &str) -> SecretStore {
    SecretStore {
        metadata: metadata(account, caller, object),
        spec: SecretStoreSpec {
            name: (name != object).then(|| name.to_owned()),
            ..SecretStoreSpec::default()
        },
        status: None,
    }
}

/// Of an object that a caller has made here.
pub(super) fn metadata(account: &Account, caller: &Caller, object: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(object.to_owned()),
        namespace: Some(account.namespace.to_string()),
        labels: Some(BTreeMap::from([(ID_LABEL.to_owned(), new_id())])),
        annotations: Some(BTreeMap::from([(
            REQUESTER_ANNOTATION.to_owned(),
            caller.user.clone(),
        )])),
        ..ObjectMeta::default()
    }
}

/// # Errors
/// [`Error::Invalid`].
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let wrong = match name.chars().count() {
        0 => Wrong::Empty,
        length if length > 255 => Wrong::TooLong(255),
        _ if !is_rest_name(name) => {
            Wrong::Malformed("has letters, digits and signs of ASCII, and no spaces")
        }
        _ => return Ok(()),
    };
    Err(Error::Invalid(Field::Name, wrong))
}

pub(super) fn post() -> PostParams {
    PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    }
}

pub(super) fn patch() -> PatchParams {
    PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    }
}

pub(super) fn delete(uid: Option<&str>) -> DeleteParams {
    DeleteParams {
        preconditions: Some(Preconditions {
            uid: uid.map(str::to_owned),
            resource_version: None,
        }),
        ..DeleteParams::default()
    }
}

/// Of an answer that the object is not there any more, or is another of its name.
pub(super) fn gone_or(what: Missing, action: &'static str) -> impl FnOnce(kube::Error) -> Error {
    move |error| match error {
        kube::Error::Api(status) if status.is_not_found() || status.is_conflict() => {
            Error::NotFound(what)
        }
        error => Error::api(action)(error),
    }
}
