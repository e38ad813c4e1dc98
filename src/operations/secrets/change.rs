//! Changing a secret: the fields that are given, and no others.

use std::sync::Arc;
use std::time::Duration;

use kube::api::Patch;
use serde_json::{Map, json};

use super::{
    Error, Field, InStore, Missing, OneSecret, Operations, Secret, SecretShown, VALUE_KEY, Wrong,
    check_comment, check_scopes, check_value, gone_or, in_order, patch,
};
use crate::api::wellknown::REQUESTER_ANNOTATION;
use crate::api::{SecretValue, Value};
use crate::index::{Index, ObjectKey};
use crate::policy::{Problem, values};

/// How long the answer waits for the operator to say when the value changed. It goes on without, where it is busy.
const SETTLING: Duration = Duration::from_millis(300);

/// What is to be changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another value: 1 to 65,536 bytes.
    pub value: Option<Value>,
    /// Other scopes of the store, at least one.
    pub scopes: Option<Vec<String>>,
    /// Another remark; nothing in it for none.
    pub comment: Option<String>,
}

impl Operations {
    /// Changes a secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn change_secret(
        &self,
        one: &OneSecret,
        changes: Changes,
    ) -> Result<SecretShown, Error> {
        let OneSecret { within, secret } = one;
        let InStore {
            caller,
            account,
            store,
        } = within;
        let mut spec = Map::new();
        if let Some(scopes) = &changes.scopes {
            check_scopes(scopes, store, &self.index.default_scopes)?;
            spec.insert("scopes".to_owned(), json!(in_order(scopes)));
        }
        if let Some(comment) = &changes.comment {
            check_comment(Some(comment))?;
            let comment = Some(comment).filter(|comment| !comment.is_empty());
            spec.insert("comment".to_owned(), json!(comment));
        }
        if let Some(value) = changes.value {
            check_value(value.expose())?;
            check_has_one_value(secret)?;
            let envelope = self.seal_value(store, secret, value).await?;
            // What made or fetched the value until now is not to do it again.
            let item = json!({
                "value": envelope, "encoding": null, "generate": null, "generated": null, "fromSecret": null,
            });
            spec.insert("data".to_owned(), json!({ VALUE_KEY: item }));
        }
        if spec.is_empty() {
            return Ok(SecretShown::from(&**secret));
        }
        let change = json!({
            // Not another of its name.
            "metadata": {
                "uid": secret.metadata.uid,
                "annotations": { REQUESTER_ANNOTATION: caller.user },
            },
            "spec": spec,
        });
        let name = secret.metadata.name.as_deref().unwrap_or_default();
        let written = self
            .secrets(account)
            .patch(name, &patch(), &Patch::Merge(change))
            .await
            .map_err(gone_or(Missing::Secret, "change a secret"))?;
        let seen = self.until_seen(&written).await?;
        let settled = self.until_settled(&seen).await;
        Ok(SecretShown::from(&*settled.unwrap_or(seen)))
    }

    async fn seal_value(
        &self,
        store: &crate::api::SecretStore,
        secret: &Secret,
        value: Value,
    ) -> Result<String, Error> {
        let keys = self.keys.keys_of(&ObjectKey::of(store), false).await?;
        let mut changed = secret.clone();
        let item = SecretValue {
            value: Some(value),
            ..SecretValue::default()
        };
        changed.spec.data = [(VALUE_KEY.to_owned(), item)].into();
        let sealing = values::seal_plaintext(&changed, None, &keys);
        if let Some(problem) = Problem::join(&sealing.problems) {
            return Err(problem.into());
        }
        let sealed = sealing.sealed.into_iter().next();
        sealed.map(|(_, envelope)| envelope).ok_or(Error::Slow)
    }

    /// The secret as it is once its status is about it.
    async fn until_settled(&self, secret: &Secret) -> Option<Arc<Secret>> {
        let (key, generation) = (ObjectKey::of(secret), secret.metadata.generation);
        let look = |index: &Index| {
            let found = index.secrets.get(&key.to_ref())?;
            let told = found.status.as_ref().and_then(|it| it.observed_generation);
            (told >= generation).then_some(found)
        };
        self.index.until(SETTLING, look).await
    }
}

/// A secret with several keys was not made here, and it is not for a value without a name to say which one is meant.
///
/// # Errors
/// [`Error::Invalid`].
fn check_has_one_value(secret: &Secret) -> Result<(), Error> {
    let mut keys = secret.spec.data.keys();
    if keys.all(|key| key == VALUE_KEY) {
        return Ok(());
    }
    Err(Error::Invalid(
        Field::Value,
        Wrong::Malformed(
            "cannot be changed here: the secret has other keys than `value`, change it with kubectl",
        ),
    ))
}
