//! The root keyring as this replica has it now. It is followed, so that a new root key needs no restart.

use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use tokio::sync::watch;

use crate::crypto::{Error, Keyring};

/// Prefix of the entries that hold purpose keys, wrapped by the root.
pub const PURPOSE_PREFIX: &str = "purpose-";

/// What to do about a keyring that is there and cannot be used.
pub const PUT_RIGHT: &str = "keep a copy of this native Secret and delete it: an operator that runs puts it back from memory \
     after ten seconds; where none runs, bring the keys back with `coffer keys import FILE`, which makes another";

/// How the keyring rests in the cluster, as the watch showed it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtRest {
    /// It is there, with the root key that wraps.
    Stored,
    /// It was deleted: what wraps is in memory alone.
    Missing,
    /// What is there does not read, or has another key under a number that is known.
    Other,
}

/// One for the whole process; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Roots {
    keyring: watch::Sender<Arc<Keyring>>,
    at_rest: watch::Sender<AtRest>,
}

impl Roots {
    /// Begins with the keyring that was read at the start.
    #[must_use]
    pub fn new(keyring: Keyring) -> Self {
        Self {
            keyring: watch::Sender::new(Arc::new(keyring)),
            at_rest: watch::Sender::new(AtRest::Stored),
        }
    }

    /// The keyring.
    #[must_use]
    pub fn current(&self) -> Arc<Keyring> {
        self.keyring.borrow().clone()
    }

    /// Tells of every keyring from now on.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Arc<Keyring>> {
        self.keyring.subscribe()
    }

    /// How it rests in the cluster.
    #[must_use]
    pub fn at_rest(&self) -> AtRest {
        *self.at_rest.borrow()
    }

    /// Tells of every change of that from now on.
    #[must_use]
    pub fn follow_at_rest(&self) -> watch::Receiver<AtRest> {
        self.at_rest.subscribe()
    }

    /// Notes that it is not there any more, or that what is there does not read. Memory keeps it.
    pub fn lost(&self, at_rest: AtRest) {
        self.at_rest.send_replace(at_rest);
    }

    /// Takes over what is stored now. Root keys that are no longer there go on unwrapping until this
    /// process ends: one that was removed by mistake is not missed. Says whether anything changed.
    ///
    /// # Errors
    /// A keyring that does not read, or that has another key under a number that is known.
    pub fn take_up(&self, object: &core::Secret) -> Result<bool, Error> {
        let taken = self.take(object);
        let at_rest = match taken {
            Ok(_) => AtRest::Stored,
            Err(_) => AtRest::Other,
        };
        self.at_rest.send_replace(at_rest);
        taken
    }

    fn take(&self, object: &core::Secret) -> Result<bool, Error> {
        let stored = read(object)?;
        let known = self.current();
        if stored.active() == known.active() && stored.has_only_keys_of(&known) {
            return Ok(false);
        }
        self.keyring
            .send_replace(Arc::new(stored.with_former(&known)?));
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
            assert_eq!(roots.at_rest(), AtRest::Other);
            assert!(roots.current().unwrap(&PURPOSE, &before).is_ok());
        }
        assert!(!roots.take_up(&native(&[(1, 1)])).unwrap());
        assert_eq!(roots.at_rest(), AtRest::Stored);
    }
}
