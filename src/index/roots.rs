//! The root keyring as this replica has it now. It is followed, so that a new root key needs no restart.

use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use tokio::sync::watch;

use crate::crypto::{Error, Keyring};

/// Prefix of the entries that hold purpose keys, wrapped by the root.
pub const PURPOSE_PREFIX: &str = "purpose-";

/// One for the whole process; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Roots(watch::Sender<Arc<Keyring>>);

impl Roots {
    /// Begins with the keyring that was read at the start.
    #[must_use]
    pub fn new(keyring: Keyring) -> Self {
        Self(watch::Sender::new(Arc::new(keyring)))
    }

    /// The keyring.
    #[must_use]
    pub fn current(&self) -> Arc<Keyring> {
        self.0.borrow().clone()
    }

    /// Tells of every keyring from now on.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Arc<Keyring>> {
        self.0.subscribe()
    }

    /// Takes over what is stored now. Root keys that are no longer there go on unwrapping until this
    /// process ends: one that was removed by mistake is not missed. Says whether anything changed.
    ///
    /// # Errors
    /// A keyring that does not read, or that has another key under a number that is known.
    pub fn take_up(&self, object: &core::Secret) -> Result<bool, Error> {
        let stored = read(object)?;
        let known = self.current();
        if stored.active() == known.active() && stored.has_only_keys_of(&known) {
            return Ok(false);
        }
        self.0.send_replace(Arc::new(stored.with_former(&known)?));
        Ok(true)
    }
}

/// The root keys in the native Secret.
///
/// # Errors
/// Those of [`Keyring::from_entries`].
pub fn read(object: &core::Secret) -> Result<Keyring, Error> {
    let entries = object.data.iter().flatten();
    Keyring::from_entries(
        entries
            .filter(|(name, _)| !name.starts_with(PURPOSE_PREFIX))
            .map(|(name, ByteString(bytes))| (name.as_str(), bytes.as_slice())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::WrapFor;

    const PURPOSE: WrapFor<'_> = WrapFor::Purpose { name: "test" };

    /// A native Secret with root keys of these numbers, each made of one byte.
    fn native(roots: &[(u32, u8)]) -> core::Secret {
        let roots = roots.iter();
        let roots =
            roots.map(|(number, byte)| (format!("root-{number}"), ByteString(vec![*byte; 32])));
        let purpose = ("purpose-test".to_owned(), ByteString(b"wrapped".to_vec()));
        core::Secret {
            data: Some(roots.chain([purpose]).collect()),
            ..core::Secret::default()
        }
    }

    fn roots() -> Roots {
        Roots::new(read(&native(&[(1, 1)])).unwrap())
    }

    #[test]
    fn a_new_root_key_wraps_from_now_on_and_the_former_unwraps() {
        let roots = roots();
        let before = roots.current().wrap(&PURPOSE, b"key");
        assert!(roots.take_up(&native(&[(1, 1), (2, 2)])).unwrap());
        let keyring = roots.current();
        assert_eq!(keyring.wrap(&PURPOSE, b"key").root(), 2);
        assert_eq!(*keyring.unwrap(&PURPOSE, &before).unwrap(), b"key");
    }

    #[test]
    fn a_root_key_that_is_taken_away_still_unwraps_but_does_not_wrap() {
        let roots = roots();
        roots.take_up(&native(&[(1, 1), (2, 2)])).unwrap();
        let second = roots.current().wrap(&PURPOSE, b"key");
        roots.take_up(&native(&[(1, 1)])).unwrap();
        let keyring = roots.current();
        assert_eq!(keyring.wrap(&PURPOSE, b"key").root(), 1);
        assert_eq!(*keyring.unwrap(&PURPOSE, &second).unwrap(), b"key");
    }

    #[test]
    fn the_same_keyring_is_no_news() {
        let roots = roots();
        let followed = roots.follow();
        assert!(!roots.take_up(&native(&[(1, 1)])).unwrap());
        assert!(!followed.has_changed().unwrap());
    }

    #[test]
    fn another_key_under_a_known_number_is_refused_and_changes_nothing() {
        let roots = roots();
        let before = roots.current().wrap(&PURPOSE, b"key");
        for wrong in [&[(1, 9), (2, 2)][..], &[]] {
            assert!(roots.take_up(&native(wrong)).is_err());
            assert!(roots.current().unwrap(&PURPOSE, &before).is_ok());
        }
    }
}
