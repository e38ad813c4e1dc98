//! Making secrets: several at once are all made, or none.

use std::collections::{BTreeMap, HashSet};

use futures::stream::{self, StreamExt as _};

use super::{
    Account, Caller, Error, InStore, Operations, Secret, SecretShown, SecretStore, VALUE_KEY,
    check_comment, check_scopes, check_value, in_order, metadata, post,
};
use crate::api::{SecretSpec, SecretValue, StoreRef, Value};
use crate::index::ObjectKey;
use crate::index::names::Called;
use crate::operations::naming;
use crate::operations::stores::{ATTEMPTS, check_name};
use crate::policy::{Problem, values};

/// Secrets of one request that are written at once.
const WRITES: usize = 8;

/// A secret to be made.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// Its name: 1 to 255 letters, digits and signs of ASCII, unique in the store.
    pub name: String,
    /// Its value: 1 to 65,536 bytes.
    pub value: Value,
    /// Scopes of the store, at least one.
    pub scopes: Vec<String>,
    /// A remark, at most 1,024 characters.
    pub comment: Option<String>,
}

impl Operations {
    /// Makes secrets, in this order; where one cannot be made, those that were made by this call are deleted again.
    /// `quota` is how many an account may have where nobody set a quota for it.
    ///
    /// # Errors
    /// [`Error`], of the first that cannot be made.
    pub async fn create_secrets(
        &self,
        within: &InStore,
        secrets: Vec<NewSecret>,
        quota: usize,
    ) -> Result<Vec<SecretShown>, Error> {
        let mut prepared = Vec::new();
        for new in secrets {
            check_name(&new.name)?;
            check_value(new.value.expose())?;
            let item = SecretValue {
                value: Some(new.value),
                ..SecretValue::default()
            };
            prepared.push(Prepared {
                name: new.name,
                scopes: new.scopes,
                comment: new.comment,
                data: BTreeMap::from([(VALUE_KEY.to_owned(), item)]),
            });
        }
        self.make(within, prepared, quota).await
    }

    /// Checks and makes secrets with data that is not sealed yet.
    ///
    /// # Errors
    /// [`Error`], of the first that cannot be made.
    pub(super) async fn make(
        &self,
        within: &InStore,
        prepared: Vec<Prepared>,
        quota: usize,
    ) -> Result<Vec<SecretShown>, Error> {
        let InStore {
            caller,
            account,
            store,
        } = within;
        let mut names = HashSet::new();
        for Prepared {
            name,
            scopes,
            comment,
            ..
        } in &prepared
        {
            check_name(name)?;
            check_scopes(scopes, store, &self.index.default_scopes)?;
            check_comment(comment.as_deref())?;
            if !names.insert(name) {
                return Err(Error::NameTaken(name.clone()));
            }
        }
        for Prepared { name, .. } in &prepared {
            self.check_free(store, name)?;
        }
        let key = ObjectKey::of(&**store);
        let objects: Vec<_> = prepared
            .iter()
            .map(|it| naming::of_secret(&key.name, &it.name))
            .collect();
        let _reserved = self.reserve(store, &objects, quota)?;
        let keys = self.keys.keys_of(&key, false).await?;
        let making = prepared.into_iter().zip(objects).map(|(prepared, object)| {
            let keys = &keys;
            async move {
                let secret = prepared.into_secret(account, caller, &key_name(store));
                self.make_one(account, secret, object, keys).await
            }
        });
        let made: Vec<_> = stream::iter(making).buffered(WRITES).collect().await;
        if made.iter().any(Result::is_err) {
            return Err(self.undo(account, made).await);
        }
        let mut shown = Vec::new();
        for secret in made.into_iter().flatten() {
            let seen = self.until_seen(&secret).await?;
            shown.push(SecretShown::from(&*seen));
        }
        Ok(shown)
    }

    /// # Errors
    /// [`Error::NameTaken`].
    fn check_free(&self, store: &SecretStore, name: &str) -> Result<(), Error> {
        let key = ObjectKey::of(store);
        let wanted = Called::new(&key.namespace, &key.name, name);
        match self.index.holder::<Secret>(&wanted) {
            Some(_) => Err(Error::NameTaken(name.to_owned())),
            None => Ok(()),
        }
    }

    async fn make_one(
        &self,
        account: &Account,
        mut secret: Secret,
        mut object: String,
        keys: &impl values::Keys,
    ) -> Result<Secret, Error> {
        let name = secret.spec.name.clone().unwrap_or_default();
        for attempt in 1..=ATTEMPTS {
            secret.metadata.name = Some(object.clone());
            let sealed = sealed(&secret, keys)?;
            match self.secrets(account).create(&post(), &sealed).await {
                Ok(secret) => return Ok(secret),
                Err(kube::Error::Api(status)) if status.is_already_exists() => {
                    let there = self.secrets(account).get_opt(&object).await;
                    let there = there.map_err(Error::api("read a secret"))?;
                    let is_it = |there: &Secret| {
                        there.spec.store_ref == secret.spec.store_ref
                            && SecretShown::from(there).name == name
                    };
                    if there.as_ref().is_some_and(is_it) {
                        return Err(Error::NameTaken(name));
                    }
                    object = naming::another(&object, attempt);
                }
                Err(error) => return Err(Error::api("create a secret")(error)),
            }
        }
        Err(Error::NameTaken(name))
    }

    /// Deletes what was made, and returns the first error.
    async fn undo(&self, account: &Account, made: Vec<Result<Secret, Error>>) -> Error {
        let mut first = None;
        for made in made {
            match made {
                Ok(secret) => {
                    if let Err(error) = self.remove(account, &secret).await {
                        tracing::warn!(
                            key = %ObjectKey::of(&secret),
                            %error,
                            "a secret of a request that failed stays: delete it, or ask for the rest"
                        );
                    }
                }
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
        first.unwrap_or(Error::Slow)
    }
}

/// What a secret is made of.
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) comment: Option<String>,
    pub(super) data: BTreeMap<String, SecretValue>,
}

impl Prepared {
    fn into_secret(self, account: &Account, caller: &Caller, store: &str) -> Secret {
        Secret {
            metadata: metadata(account, caller, ""),
            spec: SecretSpec {
                store_ref: StoreRef {
                    name: store.to_owned(),
                },
                name: Some(self.name),
                comment: self.comment.filter(|comment| !comment.is_empty()),
                scopes: in_order(&self.scopes),
                data: self.data,
                target: None,
            },
            status: None,
        }
    }
}

fn key_name(store: &SecretStore) -> String {
    store.metadata.name.clone().unwrap_or_default()
}

/// The same with its values sealed for where it stands.
fn sealed(secret: &Secret, keys: &impl values::Keys) -> Result<Secret, Error> {
    let sealing = values::seal_plaintext(secret, None, keys);
    if let Some(problem) = Problem::join(&sealing.problems) {
        return Err(problem.into());
    }
    let mut sealed = secret.clone();
    for (key, envelope) in sealing.sealed {
        if let Some(item) = sealed.spec.data.get_mut(&key) {
            item.value = Some(envelope.into());
            item.encoding = None;
        }
    }
    Ok(sealed)
}
