//! What the interfaces show of an object. Never a value.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::Resource;

use crate::api::{self, Secret, SecretState, SecretStore};

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretShown {
    /// Identifier: 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The remark, where there is one.
    pub comment: Option<String>,
    /// Sorted, each once.
    pub scopes: Vec<String>,
    /// Whether it is delivered as it is now.
    pub state: SecretState,
    /// When it was made.
    pub created: Timestamp,
    /// When a value last changed.
    pub modified: Timestamp,
}

impl From<&Secret> for SecretShown {
    fn from(secret: &Secret) -> Self {
        let scopes: BTreeSet<_> = secret.spec.scopes.iter().cloned().collect();
        let comment = secret.spec.comment.clone();
        let made = made(secret);
        let told = secret.status.as_ref();
        let created = told.and_then(|status| Some(status.created.as_ref()?.0));
        let modified = told.and_then(|status| Some(status.modified.as_ref()?.0));
        let created = created.unwrap_or(made);
        Self {
            id: api::id(&secret.metadata).unwrap_or_default(),
            name: name(secret.spec.name.as_ref(), secret),
            comment: comment.filter(|comment| !comment.is_empty()),
            scopes: scopes.into_iter().collect(),
            state: state(secret),
            created,
            modified: modified.unwrap_or(created),
        }
    }
}

/// What the status says, if it is about the secret as it is now.
fn state(secret: &Secret) -> SecretState {
    if secret.metadata.deletion_timestamp.is_some() {
        return SecretState::Deleted;
    }
    let told = secret.status.as_ref();
    told.filter(|status| status.observed_generation == secret.metadata.generation)
        .and_then(|status| status.state)
        .unwrap_or(SecretState::Pending)
}

/// A store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreShown {
    /// Identifier: 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}

impl From<&SecretStore> for StoreShown {
    fn from(store: &SecretStore) -> Self {
        let created = made(store);
        Self {
            id: api::id(&store.metadata).unwrap_or_default(),
            name: name(store.spec.name.as_ref(), store),
            created,
            modified: created,
        }
    }
}

fn name(says: Option<&String>, object: &impl Resource) -> String {
    let name = says.or_else(|| object.meta().name.as_ref());
    name.cloned().unwrap_or_default()
}

fn made(object: &impl Resource) -> Timestamp {
    let made = object.meta().creation_timestamp.as_ref();
    made.map(|made| made.0).unwrap_or_default()
}
