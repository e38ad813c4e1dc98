//! Secrets of a store.

mod change;
mod create;
mod duplicate;
mod remove;
mod value;

pub use change::Changes;
pub use create::NewSecret;
pub use duplicate::Copied;
pub use value::{Read, Readable, ValueVersion};

use std::sync::Arc;

use kube::api::Api;

use super::listing::page;
use super::stores::{gone_or, metadata, patch, post};
use super::{
    Account, Caller, Error, Field, Missing, Operations, Page, Query, Resource, SecretShown, Verb,
    Wrong,
};
use crate::api::{Encoding, Secret, SecretStore};
use crate::index::ObjectKey;
use crate::policy::MAX_VALUE_BYTES;
use crate::policy::encoding::{Unusable, decode};
use crate::policy::scopes::{DefaultScopes, has};

/// The key of a secret's value, where it is made or changed here.
pub(super) const VALUE_KEY: &str = "value";

/// The longest remark, in characters.
const MAX_COMMENT: usize = 1024;

/// The most scopes of a secret.
const MAX_SCOPES: usize = 64;

/// The store in which a caller may do what it asks with secrets. What was sent is looked at only after that.
#[derive(Clone, Debug)]
pub struct InStore {
    caller: Arc<Caller>,
    account: Account,
    store: Arc<SecretStore>,
}

/// The secret with which a caller may do what it asks.
#[derive(Clone, Debug)]
pub struct OneSecret {
    within: InStore,
    secret: Arc<Secret>,
}

impl OneSecret {
    /// What is shown of it.
    #[must_use]
    pub fn shown(&self) -> SecretShown {
        SecretShown::from(&*self.secret)
    }
}

impl Operations {
    /// The store of this identifier, for a caller that may do `verb` with all secrets of the account.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or there is no such account or store.
    pub async fn enter(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        account: &Account,
        store: &str,
    ) -> Result<InStore, Error> {
        self.may(caller, verb, account, "").await?;
        self.within(caller, account, store)
    }

    /// The secret of this identifier, for a caller that may do `verb` with it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or there is no such account, store or secret.
    pub async fn find(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        account: &Account,
        store: &str,
        id: &str,
    ) -> Result<OneSecret, Error> {
        let found = self.index.by_id::<Secret>(&account.namespace, id);
        let name = found.as_ref().and_then(|found| found.metadata.name.clone());
        self.may(caller, verb, account, name.as_deref().unwrap_or(id))
            .await?;
        let within = self.within(caller, account, store)?;
        let of = ObjectKey::of(&*within.store);
        let found = found.filter(|secret| ObjectKey::store_of(secret) == of);
        let secret = found.ok_or(Error::NotFound(Missing::Secret))?;
        Ok(OneSecret { within, secret })
    }

    /// The secrets of a store.
    #[must_use]
    pub fn list_secrets(&self, within: &InStore, query: &Query) -> Page<SecretShown> {
        let store = ObjectKey::of(&*within.store);
        let total = self.index.listed::<Secret>(&store);
        page(query, total, |range| {
            self.index.part::<Secret>(&store, range)
        })
    }

    async fn may(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        account: &Account,
        name: &str,
    ) -> Result<(), Error> {
        self.check_heard()?;
        self.access
            .check(caller, verb, Resource::Secrets, &account.namespace, name)
            .await?;
        account.check()
    }

    fn within(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        store: &str,
    ) -> Result<InStore, Error> {
        let found = self.index.by_id::<SecretStore>(&account.namespace, store);
        Ok(InStore {
            caller: caller.clone(),
            account: account.clone(),
            store: found.ok_or(Error::NotFound(Missing::Store))?,
        })
    }

    fn secrets(&self, account: &Account) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &account.namespace)
    }
}

/// # Errors
/// [`Error::Invalid`].
fn check_scopes(
    scopes: &[String],
    store: &SecretStore,
    defaults: &DefaultScopes,
) -> Result<(), Error> {
    let unknown = || scopes.iter().find(|scope| !has(store, scope, defaults));
    let wrong = if scopes.is_empty() {
        Wrong::Empty
    } else if scopes.len() > MAX_SCOPES {
        Wrong::TooMany(MAX_SCOPES)
    } else if let Some(unknown) = unknown() {
        Wrong::UnknownScope(unknown.clone())
    } else {
        return Ok(());
    };
    Err(Error::Invalid(Field::Scopes, wrong))
}

/// # Errors
/// [`Error::Invalid`].
fn check_value(value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::Invalid(Field::Value, Wrong::Empty));
    }
    let wrong = match decode(value, Encoding::Text) {
        Ok(_) => return Ok(()),
        Err(Unusable::TooLarge(_)) => Wrong::TooLong(MAX_VALUE_BYTES),
        Err(Unusable::Envelope) => Wrong::Malformed("is sealed already: give the value itself"),
        Err(Unusable::Marker | Unusable::NotBase64) => {
            Wrong::Malformed("stands for a value that was taken out: give the value itself")
        }
    };
    Err(Error::Invalid(Field::Value, wrong))
}

/// # Errors
/// [`Error::Invalid`].
fn check_comment(comment: Option<&str>) -> Result<(), Error> {
    if comment.is_some_and(|comment| comment.chars().count() > MAX_COMMENT) {
        return Err(Error::Invalid(Field::Comment, Wrong::TooLong(MAX_COMMENT)));
    }
    Ok(())
}

/// Sorted, each once.
fn in_order(scopes: &[String]) -> Vec<String> {
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
