//! A store by its namespace and name: `NAMESPACE/STORE`.

use std::fmt;
use std::str::FromStr;

use crate::policy::names;

/// Which store is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StoreName {
    pub(super) namespace: String,
    pub(super) store: String,
}

/// The text names no store.
#[derive(Debug, thiserror::Error)]
#[error("write NAMESPACE/STORE, as in team-a/payments")]
pub(super) struct NoStoreName;

impl FromStr for StoreName {
    type Err = NoStoreName;

    fn from_str(text: &str) -> Result<Self, NoStoreName> {
        let (namespace, store) = text.split_once('/').ok_or(NoStoreName)?;
        if !names::is_label(namespace) || !names::is_subdomain(store) {
            return Err(NoStoreName);
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            store: store.to_owned(),
        })
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.store)
    }
}

#[cfg(test)]
mod tests {
    use super::StoreName;

    #[test]
    fn a_store_is_named_with_its_namespace() {
        let name: StoreName = "team-a/pay.ments".parse().unwrap();
        assert_eq!(
            (name.namespace.as_str(), name.store.as_str()),
            ("team-a", "pay.ments")
        );
        assert_eq!(name.to_string(), "team-a/pay.ments");
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for text in [
            "",
            "/",
            "payments",
            "team-a/",
            "/payments",
            "a/b/c",
            "team.a/b",
            "A/b",
            "a/B",
            "a /b",
        ] {
            assert!(text.parse::<StoreName>().is_err(), "{text}");
        }
    }
}
