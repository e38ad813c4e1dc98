//! Reading values: what a service account inside a scope of the secret may by that alone, and others by the right to
//! `get` on `secretstores/value`.

mod followed;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Account, Caller, Error, Missing, Operations, Secret, SecretStore, Verb};
use crate::api::{Scope, SecretState};
use crate::crypto::Plaintext;
use crate::index::{Index, ObjectKey, UsableKeys};
use crate::operations::Resource;
use crate::policy::scopes::{self, Account as Consumer};
use crate::policy::values;
use crate::policy::{Problem, bindings};
use followed::Followed;

/// How long to wait for the operator to say which version it is.
const SETTLING: Duration = Duration::from_secs(2);

/// Which values they are: of which object, and the how manieth. Tells nothing about them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ValueVersion {
    uid: String,
    version: i64,
}

impl ValueVersion {
    /// What the status says of the secret as it is now; `None` before it says anything.
    fn of(secret: &Secret) -> Option<Self> {
        let status = secret.status.as_ref()?;
        let is_current = status.observed_generation == secret.metadata.generation;
        Some(Self {
            uid: secret.metadata.uid.clone()?,
            version: status.version.filter(|_| is_current)?,
        })
    }

    /// As an entity tag is written (RFC 9110), without the quotes.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{}-{}", self.uid, self.version)
    }

    /// How many changes of the values there were, from 1.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.version
    }
}

/// The values of a secret.
#[derive(Debug)]
pub struct Read {
    /// Which they are.
    pub version: ValueVersion,
    /// By key.
    pub values: BTreeMap<String, Plaintext>,
}

/// A secret whose values a caller may read.
#[derive(Clone, Debug)]
pub struct Readable {
    caller: Arc<Caller>,
    account: Account,
    key: ObjectKey,
    /// The store, by the right to whose values the caller reads; `None`: by a scope.
    by_right: Option<Box<str>>,
}

impl Operations {
    /// The secret of this name in its manifest, for a caller that may read its values.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or there is no such secret.
    pub async fn readable(
        &self,
        caller: &Arc<Caller>,
        account: &Account,
        name: &str,
    ) -> Result<Readable, Error> {
        self.check_heard()?;
        let key = ObjectKey::new(&account.namespace, name);
        let readable = |by_right| Readable {
            caller: caller.clone(),
            account: account.clone(),
            key: key.clone(),
            by_right,
        };
        let found = self.index.secrets.get(&key.to_ref());
        if found
            .as_ref()
            .is_some_and(|secret| self.is_in_scope(caller, secret))
        {
            tracing::info!(target: "coffer::audit", user = caller.user, verb = "get", resource = "value", namespace = %key.namespace, name, allowed = true, why = "in scope", "access");
            return Ok(readable(None));
        }
        let store = found
            .as_ref()
            .map(|secret| secret.spec.store_ref.name.as_str());
        self.access
            .check(
                caller,
                Verb::Get,
                Resource::Values,
                &account.namespace,
                // No store can be called so.
                store.unwrap_or("-"),
            )
            .await?;
        account.check()?;
        let store = store.ok_or(Error::NotFound(Missing::Secret))?;
        Ok(readable(Some(store.into())))
    }

    /// Told of every change of a Secret or store.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.index.follow_changes()
    }

    /// Whether the caller may still read.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or the secret is gone, or another of its name.
    pub async fn check_readable(&self, of: &Readable) -> Result<(), Error> {
        self.check_heard()?;
        let found = self.index.secrets.get(&of.key.to_ref());
        let secret = found.ok_or(Error::NotFound(Missing::Secret))?;
        let may = match &of.by_right {
            None => self.is_in_scope(&of.caller, &secret),
            Some(store) => {
                let (verb, values) = (Verb::Get, Resource::Values);
                let (caller, namespace) = (&of.caller, &of.account.namespace);
                **store == secret.spec.store_ref.name
                    && (self
                        .access
                        .allows(caller, verb, values, namespace, "")
                        .await?
                        || self
                            .access
                            .allows(caller, verb, values, namespace, store)
                            .await?)
            }
        };
        if may { Ok(()) } else { Err(forbidden()) }
    }

    /// Which values the secret has, as memory shows it; `None` while the operator has not said so, or for those who read
    /// by a scope while it is not active.
    ///
    /// # Errors
    /// It is gone.
    pub fn shown_version(&self, of: &Readable) -> Result<Option<ValueVersion>, Error> {
        let found = self.index.secrets.get(&of.key.to_ref());
        let secret = found.ok_or(Error::NotFound(Missing::Secret))?;
        let status = secret.status.as_ref();
        let is_active = status.is_some_and(|it| it.state == Some(SecretState::Active));
        let version = ValueVersion::of(&secret);
        Ok(version.filter(|_| is_active || of.by_right.is_some()))
    }

    /// Which values the secret has, once the operator said so of the secret as it is now; and whether it is active, for
    /// those who read by a scope.
    ///
    /// # Errors
    /// It is gone, or not to be read, or the operator is busy.
    pub async fn value_version(&self, of: &Readable) -> Result<ValueVersion, Error> {
        let look = |_: &Index| self.shown_version(of).transpose();
        self.index.until(SETTLING, look).await.ok_or(Error::Slow)?
    }

    /// The values, as they are stored: all, or where there is such a key that one, and what comes with it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn read_values(&self, of: &Readable, key: Option<&str>) -> Result<Read, Error> {
        let read = self.secrets(&of.account).get_opt(&of.key.name).await;
        let secret = read.map_err(Error::api("read a secret"))?;
        let mut secret = secret.ok_or(Error::NotFound(Missing::Secret))?;
        let store_key = ObjectKey::store_of(&secret);
        let store = self.index.stores.get(&store_key.to_ref());
        let store = store.ok_or(Error::NotFound(Missing::Store))?;
        self.check_still(of, &secret, &store)?;
        let version = self.version_of(&secret).await?;
        // The others are not opened.
        if let Some(wanted) = key.filter(|key| secret.spec.data.contains_key(*key)) {
            secret.spec.data.retain(|key, _| key == wanted);
        }
        let keys = self
            .index
            .keys(&store_key)
            .filter(|keys| keys.are_of(&store));
        let keys = keys.ok_or(Error::Slow)?;
        let keys = UsableKeys::new(self.index.clone(), keys);
        let followed = Followed::read(&self.client, &self.index, &secret).await?;
        let opened = values::open(&secret, &keys, &bindings::of(&store), &followed);
        let opened = opened.map_err(|problems| match Problem::join(&problems) {
            Some(problem) => Error::Unusable(problem),
            None => Error::NotFound(Missing::Secret),
        })?;
        let mut values = opened.by_key;
        values.extend(opened.derived);
        Ok(Read { version, values })
    }

    /// The version of just these values: memory may be a moment behind the object, or ahead of it.
    async fn version_of(&self, secret: &Secret) -> Result<ValueVersion, Error> {
        if let Some(version) = ValueVersion::of(secret) {
            return Ok(version);
        }
        let (key, generation) = (ObjectKey::of(secret), secret.metadata.generation);
        let look = |index: &Index| {
            let found = index.secrets.get(&key.to_ref())?;
            let is_it = found.metadata.uid == secret.metadata.uid;
            let is_same = found.metadata.generation == generation;
            ValueVersion::of(&found).filter(|_| is_it && is_same)
        };
        self.index.until(SETTLING, look).await.ok_or(Error::Slow)
    }

    /// Whether the caller may still read, as the object itself says, and not memory.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    fn check_still(
        &self,
        of: &Readable,
        secret: &Secret,
        store: &SecretStore,
    ) -> Result<(), Error> {
        let may = match &of.by_right {
            Some(right) => **right == secret.spec.store_ref.name,
            None => self.grants(&of.caller, secret, store),
        };
        if !may {
            return Err(forbidden());
        }
        // Who reads by a scope has what is delivered, and nothing before.
        let status = secret.status.as_ref();
        let is_active = status.is_some_and(|it| it.state == Some(SecretState::Active));
        if of.by_right.is_none() && !is_active {
            return Err(Error::Slow);
        }
        Ok(())
    }

    /// Whether the caller is a service account that a scope of the secret is for.
    fn is_in_scope(&self, caller: &Caller, secret: &Secret) -> bool {
        let store = self.index.stores.get(&ObjectKey::store_of(secret).to_ref());
        store.is_some_and(|store| self.grants(caller, secret, &store))
    }

    fn grants(&self, caller: &Caller, secret: &Secret, store: &SecretStore) -> bool {
        let Some(account) = caller.service_account() else {
            return false;
        };
        let Some(labels) = self.index.labels_of(&account.namespace) else {
            return false;
        };
        let consumer = Consumer {
            namespace: &account.namespace,
            labels: &labels,
            name: &account.name,
        };
        let own = store.metadata.namespace.as_deref().unwrap_or_default();
        let is_named = |scope: &&Scope| secret.spec.scopes.contains(&scope.name);
        let mut named = store.spec.scopes.iter().filter(is_named);
        named.any(|scope| scopes::grants(own, scope, consumer))
    }
}

const fn forbidden() -> Error {
    Error::Forbidden {
        verb: Verb::Get,
        resource: Resource::Values,
    }
}
