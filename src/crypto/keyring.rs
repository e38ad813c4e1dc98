//! The keyring: numbered root keys, which only wrap other keys.
//!
//! At rest an entry is called `root-<number>`, counted from 1, and has 32 raw bytes. The highest
//! number is the active key: it wraps. The others still unwrap.

use std::{collections::BTreeMap, fmt};

use subtle::ConstantTimeEq as _;

use super::{
    Error,
    key_bytes::KeyBytes,
    rng::{self, CryptoRng},
};

const PREFIX: &str = "root-";

/// One root key: 256 bits. Erased on drop, never printed.
pub struct RootKey(KeyBytes);

impl RootKey {
    pub(crate) fn key(&self) -> &KeyBytes {
        &self.0
    }

    fn is(&self, other: &Self) -> bool {
        self.0.expose().ct_eq(other.0.expose()).into()
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey([redacted])")
    }
}

/// The root keys. Never empty.
pub struct Keyring {
    active: u32,
    keys: BTreeMap<u32, RootKey>,
}

impl Keyring {
    /// A keyring with one new root key, number 1.
    #[must_use]
    pub fn generate() -> Self {
        Self::generate_with_rng(&mut rng::system())
    }

    pub(crate) fn generate_with_rng(rng: &mut impl CryptoRng) -> Self {
        let keys = BTreeMap::from([(1, RootKey(KeyBytes::random(rng)))]);
        Self { active: 1, keys }
    }

    /// Takes up a stored keyring. An entry that does not belong is an error, not skipped: a root
    /// key that is silently missing would look like lost data.
    ///
    /// # Errors
    /// [`Error::EmptyKeyring`], [`Error::MalformedRootKeyName`], [`Error::MalformedRootKey`],
    /// [`Error::DuplicateRootKey`].
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, Error> {
        let mut keys = BTreeMap::new();
        for (name, bytes) in entries {
            let number = number(name).ok_or_else(|| Error::MalformedRootKeyName {
                name: name.to_owned(),
            })?;
            let key = KeyBytes::try_from(bytes).map_err(|_| Error::MalformedRootKey {
                name: name.to_owned(),
            })?;
            if keys.insert(number, RootKey(key)).is_some() {
                return Err(Error::DuplicateRootKey {
                    name: name.to_owned(),
                });
            }
        }
        let (&active, _) = keys.last_key_value().ok_or(Error::EmptyKeyring)?;
        Ok(Self { active, keys })
    }

    /// This keyring, and beside its own keys those of another, which only unwrap.
    ///
    /// # Errors
    /// [`Error::OtherRootKey`] when the two have different keys under one number.
    pub fn with_former(mut self, former: &Self) -> Result<Self, Error> {
        for (number, key) in &former.keys {
            match self.keys.get(number) {
                None => {
                    let key = KeyBytes::try_from(key.0.expose().as_slice())?;
                    self.keys.insert(*number, RootKey(key));
                }
                Some(own) if own.is(key) => {}
                Some(_) => {
                    return Err(Error::OtherRootKey {
                        name: format!("{PREFIX}{number}"),
                    });
                }
            }
        }
        Ok(self)
    }

    /// Whether another keyring has all of these keys.
    #[must_use]
    pub fn has_only_keys_of(&self, other: &Self) -> bool {
        let mut keys = self.keys.iter();
        keys.all(|(number, key)| other.keys.get(number).is_some_and(|it| it.is(key)))
    }

    /// The entries to store: names and raw bytes, in ascending order.
    pub fn entries(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.keys
            .iter()
            .map(|(number, key)| (format!("{PREFIX}{number}"), key.0.expose().as_slice()))
    }

    /// Adds a new root key, which wraps from now on; its number, which is above all that are here, and above
    /// `named`: the highest by which anything is known to be wrapped. A root key that was lost may come back, and
    /// two keys under one number would be taken for each other.
    ///
    /// # Errors
    /// [`Error::KeyringFull`]: there is no number above the highest.
    pub fn add_root(&mut self, named: u32) -> Result<u32, Error> {
        let highest = self.active.max(named);
        let number = highest.checked_add(1).ok_or(Error::KeyringFull)?;
        let key = RootKey(KeyBytes::random(&mut rng::system()));
        self.keys.insert(number, key);
        self.active = number;
        Ok(number)
    }

    /// The number of the root key that wraps.
    #[must_use]
    pub fn active(&self) -> u32 {
        self.active
    }

    pub(crate) fn root_key(&self, number: u32) -> Result<&RootKey, Error> {
        self.keys
            .get(&number)
            .ok_or(Error::UnknownRootKey { number })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring([redacted])")
    }
}

/// A root key's number as it is written: from 1, without sign or leading zeros.
pub(crate) fn canonical_number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

fn number(name: &str) -> Option<u32> {
    canonical_number(name.strip_prefix(PREFIX)?)
}

#[cfg(test)]
mod tests {
    use super::Keyring;
    use crate::crypto::Error;

    const KEY: &[u8] = &[7; 32];

    #[test]
    fn a_stored_keyring_is_taken_up_as_it_was() {
        let first = Keyring::generate();
        let stored: Vec<_> = first.entries().collect();
        let again = Keyring::from_entries(stored.iter().map(|(name, key)| (&**name, *key)));
        assert_eq!(again.unwrap().entries().collect::<Vec<_>>(), stored);
        assert_eq!(stored[0].0, "root-1");
    }

    #[test]
    fn the_highest_number_is_active_by_value_and_not_by_spelling() {
        let keyring = Keyring::from_entries([("root-10", KEY), ("root-9", KEY)]).unwrap();
        assert_eq!(keyring.active(), 10);
    }

    #[test]
    fn a_former_keyring_adds_keys_that_only_unwrap() {
        let keyring = |entries: &[(&str, [u8; 32])]| {
            Keyring::from_entries(entries.iter().map(|(name, key)| (*name, key.as_slice())))
                .unwrap()
        };
        let former = keyring(&[("root-1", [1; 32]), ("root-3", [3; 32])]);
        let joined = keyring(&[("root-1", [1; 32]), ("root-2", [2; 32])]);
        assert!(!former.has_only_keys_of(&joined));
        let joined = joined.with_former(&former).unwrap();
        assert_eq!((joined.active(), joined.entries().count()), (2, 3));
        assert!(former.has_only_keys_of(&joined));
        let other = keyring(&[("root-1", [9; 32])]).with_former(&former);
        assert_eq!(
            other.unwrap_err(),
            Error::OtherRootKey {
                name: "root-1".to_owned()
            }
        );
    }

    #[test]
    fn two_generated_keyrings_differ() {
        let (left, right) = (Keyring::generate(), Keyring::generate());
        assert_ne!(left.entries().next(), right.entries().next());
    }

    #[test]
    fn a_root_that_is_added_has_the_next_number_and_is_active_beside_the_others() {
        let mut keyring = Keyring::from_entries([("root-1", KEY), ("root-7", KEY)]).unwrap();
        assert_eq!(keyring.add_root(3), Ok(8));
        assert_eq!(keyring.active(), 8);
        let entries: Vec<_> = keyring.entries().collect();
        assert_eq!(entries[2].0, "root-8");
        assert_ne!(entries[2].1, KEY);
        assert_eq!(entries.len(), 3);
    }

    #[test]
    fn the_number_of_a_root_that_was_lost_is_not_given_again() {
        let mut keyring = Keyring::from_entries([("root-1", KEY)]).unwrap();
        assert_eq!(keyring.add_root(2), Ok(3));
        assert_eq!(keyring.add_root(u32::MAX), Err(Error::KeyringFull));
        assert_eq!(keyring.active(), 3);
    }

    #[test]
    fn a_keyring_with_the_highest_number_takes_no_other() {
        let mut keyring = Keyring::from_entries([("root-4294967295", KEY)]).unwrap();
        assert_eq!(keyring.add_root(1), Err(Error::KeyringFull));
        assert_eq!(keyring.entries().count(), 1);
    }

    #[test]
    fn an_empty_keyring_is_refused() {
        assert_eq!(Keyring::from_entries([]).unwrap_err(), Error::EmptyKeyring);
    }

    #[test]
    fn an_entry_of_another_name_is_refused_and_named() {
        let names = [
            "root",
            "root-",
            "root-0",
            "root-01",
            "root-+1",
            "root--1",
            "Root-1",
            "key-1",
            "root-1 ",
            "root-4294967296",
            "root-1x",
        ];
        for name in names {
            let refused = Keyring::from_entries([("root-1", KEY), (name, KEY)]).unwrap_err();
            assert_eq!(
                refused,
                Error::MalformedRootKeyName {
                    name: name.to_owned()
                }
            );
        }
    }

    #[test]
    fn a_root_key_of_another_length_is_refused_and_named() {
        for length in [0, 31, 33, 44] {
            let key = vec![7; length];
            let refused = Keyring::from_entries([("root-1", KEY), ("root-2", &key)]).unwrap_err();
            assert_eq!(
                refused,
                Error::MalformedRootKey {
                    name: "root-2".to_owned()
                }
            );
        }
    }

    #[test]
    fn the_same_number_twice_is_refused() {
        let refused = Keyring::from_entries([("root-1", KEY), ("root-1", KEY)]).unwrap_err();
        assert_eq!(
            refused,
            Error::DuplicateRootKey {
                name: "root-1".to_owned()
            }
        );
    }
}
