//! Who asks: one Kubernetes identity, whatever it showed.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::crypto::hex;
use crate::index::ObjectKey;

/// A user, as the API server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The user's name.
    pub user: String,
    /// The UID, where the user has one.
    pub uid: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// What else its authenticator says of it.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Caller {
    /// The service account that it is, if it is one.
    #[must_use]
    pub fn service_account(&self) -> Option<ObjectKey> {
        let (namespace, name) = self
            .user
            .strip_prefix("system:serviceaccount:")?
            .split_once(':')?;
        Some(ObjectKey::new(namespace, name))
    }

    /// An identifier of it where one is asked for: the first 32 hexadecimal digits of a digest of its name.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(&self.user)[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_known_by_its_user_name() {
        let caller = |user: &str| Caller {
            user: user.to_owned(),
            uid: None,
            groups: Vec::new(),
            extra: BTreeMap::new(),
        };
        let found = caller("system:serviceaccount:team-a:app").service_account();
        assert_eq!(found, Some(ObjectKey::new("team-a", "app")));
        for user in ["", "team-a:app", "system:serviceaccount:", "system:node:a"] {
            assert!(caller(user).service_account().is_none(), "{user}");
        }
    }
}
