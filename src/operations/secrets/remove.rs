//! Deleting secrets.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Account, Error, InStore, Missing, OneSecret, Operations, Secret, gone_or};
use crate::index::ObjectKey;
use crate::operations::stores::delete;

/// Secrets of one request that are deleted at once.
const DELETES: usize = 8;

impl Operations {
    /// Deletes a secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete_secret(&self, one: &OneSecret) -> Result<(), Error> {
        self.remove(&one.within.account, &one.secret).await
    }

    /// Deletes secrets: none, unless all of them are there.
    ///
    /// # Errors
    /// [`Error`]; some may be gone.
    pub async fn delete_secrets(&self, within: &InStore, ids: &[String]) -> Result<(), Error> {
        let (account, store) = (&within.account, ObjectKey::of(&*within.store));
        let mut all = BTreeMap::new();
        for id in ids {
            let found = self.index.by_id::<Secret>(&account.namespace, id);
            let found = found.filter(|secret| ObjectKey::store_of(secret) == store);
            all.insert(id, found.ok_or(Error::NotFound(Missing::Secret))?);
        }
        let deleting = all
            .into_values()
            .map(|secret| async move { self.remove(account, &secret).await });
        let deleting = stream::iter(deleting).buffer_unordered(DELETES);
        deleting.try_collect().await
    }

    pub(super) async fn remove(&self, account: &Account, secret: &Secret) -> Result<(), Error> {
        let (key, uid) = (ObjectKey::of(secret), secret.metadata.uid.as_deref());
        self.secrets(account)
            .delete(&key.name, &delete(uid))
            .await
            .map_err(gone_or(Missing::Secret, "delete a secret"))?;
        self.until_gone::<Secret>(&key, uid).await;
        Ok(())
    }
}
