//! The same values under another name.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::create::Prepared;
use super::{Error, InStore, Missing, OneSecret, Operations, SecretShown, Verb};
use crate::api::{Encoding, Reason, Secret, SecretKeySource, SecretStore, SecretValue};
use crate::crypto::Plaintext;
use crate::index::ObjectKey;
use crate::policy::values::{self, Keys, Sources};
use crate::policy::{Problem, bindings};

/// What a copy is called, and is for.
#[derive(Clone, Debug, Default)]
pub struct Copied {
    /// Its name.
    pub name: String,
    /// Its scopes; where none are given, not even an empty list, those of the other.
    pub scopes: Option<Vec<String>>,
    /// A remark. That of the other is not copied.
    pub comment: Option<String>,
}

impl Operations {
    /// Makes a secret with the values of another of the store, for a caller that may update the other: whoever may could
    /// read them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn duplicate_secret(
        &self,
        one: &OneSecret,
        copy: Copied,
        quota: usize,
    ) -> Result<SecretShown, Error> {
        let OneSecret {
            within,
            secret: source,
        } = one;
        let InStore {
            caller,
            account,
            store,
        } = within;
        self.may(caller, Verb::Create, account, "").await?;
        let key = ObjectKey::of(&**source);
        let whole = self
            .secrets(account)
            .get_opt(&key.name)
            .await
            .map_err(Error::api("read a secret"))?;
        let whole = whole.filter(|whole| whole.metadata.uid == source.metadata.uid);
        let whole = whole.ok_or(Error::NotFound(Missing::Secret))?;
        let keys = self.keys.keys_of(&ObjectKey::of(&**store), false).await?;
        let data = copied(&whole, store, &keys)?;
        let scopes = copy.scopes.unwrap_or(whole.spec.scopes);
        let prepared = Prepared {
            name: copy.name,
            scopes,
            comment: copy.comment,
            data,
        };
        let made = self.make(within, vec![prepared], quota).await?;
        made.into_iter().next().ok_or(Error::Slow)
    }
}

/// What a secret holds, in clear: what follows a native Secret goes on following it, and what was generated stays as it
/// is.
fn copied(
    secret: &Secret,
    store: &SecretStore,
    keys: &impl Keys,
) -> Result<BTreeMap<String, SecretValue>, Error> {
    let (followed, held): (BTreeMap<_, _>, BTreeMap<_, _>) = secret
        .spec
        .data
        .clone()
        .into_iter()
        .partition(|(_, item)| item.from_secret.is_some());
    let mut data = followed;
    if held.is_empty() {
        return Ok(data);
    }
    let mut source = secret.clone();
    source.spec.data = held;
    let values = values::open(&source, keys, &bindings::of(store), &NoSources);
    let values = values.map_err(|problems| match Problem::join(&problems) {
        Some(problem) => Error::Unusable(problem),
        None => Error::NotFound(Missing::Secret),
    })?;
    for (key, plaintext) in values.by_key {
        data.insert(key, in_base64(&plaintext));
    }
    Ok(data)
}

/// As it has to be written where it need not be text.
fn in_base64(plaintext: &Plaintext) -> SecretValue {
    SecretValue {
        value: Some(STANDARD.encode(plaintext.expose()).into()),
        encoding: Some(Encoding::Base64),
        ..SecretValue::default()
    }
}

/// Of values that follow nothing.
struct NoSources;

impl Sources for NoSources {
    fn read(&self, _: &SecretKeySource) -> Result<Plaintext, Problem> {
        Err(Problem::new(
            Reason::SourceNotFound,
            "nothing is followed here",
        ))
    }
}
