//! Proof that secret types cannot be printed or serialised by accident.
//!
//! A type that gains `Display` or `Serialize` makes the constant below ambiguous, and the crate no
//! longer compiles.

use std::fmt::Display;

use serde::Serialize;

use super::container::{FileKey, FileSecretKey};
use super::{Fingerprinter, Keyring, Plaintext, RootKey, StoreKey, key_bytes::KeyBytes};

struct Printable;
struct Serializable;

/// Implemented once for every type, and once more for each trait that a secret must not have.
trait Secret<Why> {
    const HOLDS: () = ();
}

impl<T> Secret<()> for T {}
impl<T: Display> Secret<Printable> for T {}
impl<T: Serialize> Secret<Serializable> for T {}

const _: () = <FileKey as Secret<_>>::HOLDS;
const _: () = <FileSecretKey as Secret<_>>::HOLDS;
const _: () = <Fingerprinter as Secret<_>>::HOLDS;
const _: () = <KeyBytes as Secret<_>>::HOLDS;
const _: () = <Keyring as Secret<_>>::HOLDS;
const _: () = <Plaintext as Secret<_>>::HOLDS;
const _: () = <RootKey as Secret<_>>::HOLDS;
const _: () = <StoreKey as Secret<_>>::HOLDS;

#[cfg(test)]
mod tests {
    use super::super::{Fingerprinter, Keyring, Plaintext, StoreKey, Suite};

    #[test]
    fn the_debug_of_a_plaintext_shows_nothing_not_even_its_length() {
        let value = Plaintext::from(b"hunter2".to_vec());
        assert_eq!(format!("{value:?}"), "Plaintext([redacted])");
        assert_eq!(
            format!("{:#?}", [value]),
            "[\n    Plaintext([redacted]),\n]"
        );
    }

    #[test]
    fn the_debug_of_a_keyring_and_its_root_keys_shows_nothing() {
        let keyring = Keyring::generate();
        assert_eq!(format!("{keyring:?}"), "Keyring([redacted])");
        assert_eq!(
            format!("{:?}", keyring.root_key(1).unwrap()),
            "RootKey([redacted])"
        );
    }

    #[test]
    fn the_debug_of_a_fingerprinter_shows_nothing() {
        assert_eq!(
            format!("{:?}", Fingerprinter::generate()),
            "Fingerprinter([redacted])"
        );
    }

    #[test]
    fn the_debug_of_a_store_key_shows_its_name_and_suite_only() {
        for suite in Suite::ALL {
            let key = StoreKey::generate(suite);
            let shown = format!("StoreKey({}, {suite}, [redacted])", key.id());
            assert_eq!(format!("{key:?}"), shown);
        }
    }
}
