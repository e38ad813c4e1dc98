//! The keyring as it is changed, and what its root keys wrap. No client.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;

use super::record::Stored;
use crate::crypto::{Error, Keyring, Wrapped};
use crate::index::{self, roots::PURPOSE_PREFIX};
use crate::keys;

/// What is wrong with a keyring; never what is in it.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum Damage {
    #[error(transparent)]
    Roots(#[from] Error),
    #[error("entry `{0}` is not a wrapped key")]
    Purpose(String),
}

/// The root keys.
#[derive(Debug)]
pub(super) struct Roots {
    keyring: Keyring,
    /// The root that wraps each purpose key.
    purposes: Vec<u32>,
}

impl Roots {
    /// Reads them.
    ///
    /// # Errors
    /// [`Damage`].
    pub(super) fn of(object: &core::Secret) -> Result<Self, Damage> {
        let keyring = index::roots::read(object)?;
        let entries = object.data.iter().flatten();
        let purposes = entries
            .filter(|(name, _)| name.starts_with(PURPOSE_PREFIX))
            .map(|(name, ByteString(bytes))| {
                let wrapped = std::str::from_utf8(bytes).ok();
                wrapped
                    .and_then(|text| text.parse().ok())
                    .map(|wrapped: Wrapped| wrapped.root())
                    .ok_or_else(|| Damage::Purpose(name.clone()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { keyring, purposes })
    }

    /// The same of a keyring that is to be changed, in this namespace.
    ///
    /// # Errors
    /// No operator could start with it: then nobody can tell which of its keys are the right ones.
    pub(super) fn usable(object: &core::Secret, namespace: &str) -> anyhow::Result<Self> {
        keys::open(object, namespace)?;
        Ok(Self::of(object)?)
    }

    /// The number of the root that wraps.
    pub(super) fn active(&self) -> u32 {
        self.keyring.active()
    }

    /// All numbers, in ascending order.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        let names = self.keyring.entries();
        names.filter_map(|(name, _)| number(&name)).collect()
    }

    /// How many keys each root wraps: of the stores, and of purposes. A root that is not in the keyring
    /// is counted as well.
    pub(super) fn wraps(&self, records: &[Stored]) -> BTreeMap<u32, usize> {
        let mut wraps: BTreeMap<u32, usize> = self.numbers().into_iter().map(|n| (n, 0)).collect();
        let keys = records.iter().filter_map(Stored::record);
        let keys = keys.flat_map(|record| &record.keys);
        let roots = keys.map(|key| key.wrapped.root());
        for root in roots.chain(self.purposes.iter().copied()) {
            *wraps.entry(root).or_default() += 1;
        }
        wraps
    }

    /// Makes a new root: the name and the bytes of its entry. Its number is above those of all roots that
    /// something is wrapped by, lost ones included.
    ///
    /// # Errors
    /// No number is left.
    pub(super) fn add(&mut self, records: &[Stored]) -> Result<(String, ByteString), Error> {
        let wraps = self.wraps(records);
        let named = wraps.last_key_value().map_or(0, |(number, _)| *number);
        let name = name(self.keyring.add_root(named)?);
        let mut entries = self.keyring.entries();
        let bytes = entries.find(|(entry, _)| *entry == name);
        let bytes = bytes.map(|(_, bytes)| bytes.to_vec());
        Ok((name, ByteString(bytes.unwrap_or_default())))
    }
}

/// The entry of a root.
pub(super) fn name(number: u32) -> String {
    format!("root-{number}")
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix("root-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;
    use k8s_openapi::api::core::v1 as core;
    use serde_json::json;

    use super::{Damage, Roots};
    use crate::cli::keys::fixtures;
    use crate::cli::keys::record::Stored;
    use crate::crypto::Error;

    fn keyring(entries: &[(&str, Vec<u8>)]) -> core::Secret {
        let entries = entries.iter().cloned();
        let data = entries.map(|(name, bytes)| (name.to_owned(), ByteString(bytes)));
        core::Secret {
            data: Some(data.collect()),
            ..core::Secret::default()
        }
    }

    fn purpose(root: u32) -> (&'static str, Vec<u8>) {
        let wrapped = format!("coffer.wrap.v1.{root}.{}", "A".repeat(54));
        ("purpose-fingerprint", wrapped.into_bytes())
    }

    #[test]
    fn what_each_root_wraps_is_counted_and_a_root_that_is_gone_shows() {
        let object = keyring(&[("root-1", vec![7; 32]), ("root-3", vec![8; 32]), purpose(1)]);
        let roots = Roots::of(&object).unwrap();
        assert_eq!(roots.active(), 3);
        let stored = Stored::of(fixtures::native(&json!(fixtures::record())));
        let wraps: Vec<_> = roots.wraps(&[stored]).into_iter().collect();
        assert_eq!(wraps, [(1, 4), (2, 1), (3, 0)]);
    }

    #[test]
    fn a_new_root_has_bytes_of_its_own() {
        let mut roots = Roots::of(&keyring(&[("root-1", vec![7; 32]), purpose(1)])).unwrap();
        let (name, ByteString(bytes)) = roots.add(&[]).unwrap();
        assert_eq!((name.as_str(), bytes.len()), ("root-2", 32));
        assert_ne!(bytes, vec![7; 32]);
        assert_ne!(bytes, vec![0; 32]);
    }

    #[test]
    fn a_new_root_does_not_have_the_number_of_one_that_is_lost() {
        let records = [Stored::of(fixtures::native(&json!(fixtures::record())))];
        for (entries, number) in [
            (vec![("root-1", vec![7; 32]), purpose(1)], "root-3"),
            (vec![("root-1", vec![7; 32]), purpose(6)], "root-7"),
        ] {
            let mut roots = Roots::of(&keyring(&entries)).unwrap();
            assert_eq!(roots.add(&records).unwrap().0, number);
        }
    }

    #[test]
    fn a_damaged_keyring_is_not_read_and_not_quoted() {
        let canary = b"hunter2".to_vec();
        for (entries, damage) in [
            (vec![], Damage::Roots(Error::EmptyKeyring)),
            (vec![purpose(1)], Damage::Roots(Error::EmptyKeyring)),
            (
                vec![("root-1", canary.clone())],
                Damage::Roots(Error::MalformedRootKey {
                    name: "root-1".into(),
                }),
            ),
            (
                vec![("root-1", vec![7; 32]), ("foreign", canary.clone())],
                Damage::Roots(Error::MalformedRootKeyName {
                    name: "foreign".into(),
                }),
            ),
            (
                vec![("root-1", vec![7; 32]), ("purpose-x", canary.clone())],
                Damage::Purpose("purpose-x".into()),
            ),
        ] {
            let said = Roots::of(&keyring(&entries)).unwrap_err();
            assert!(!said.to_string().contains("hunter2"));
            assert_eq!(said, damage);
        }
    }
}
