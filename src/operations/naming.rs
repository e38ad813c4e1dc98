//! What objects are called that are made here. The name follows from what the caller calls it, so that of two who make the
//! same at once the API server lets one.

use sha2::{Digest as _, Sha256};

use crate::crypto::hex;
use crate::policy::names::is_label;

/// The most that is kept of what the caller says. With the digest it is a DNS label, so that it fits wherever a name does.
const SLUG: usize = 46;

/// Bytes of the digest.
const DIGEST: usize = 8;

/// Of a store: its name itself where an object can be called so.
#[must_use]
pub(super) fn of_store(name: &str) -> String {
    if is_label(name) {
        return name.to_owned();
    }
    derived(&["store", name], name)
}

/// Of a secret in a store.
#[must_use]
pub(super) fn of_secret(store: &str, name: &str) -> String {
    derived(&["secret", store, name], name)
}

/// Another name, where an object with a different name on the interfaces has the first one.
#[must_use]
pub(super) fn another(object: &str, attempt: u8) -> String {
    derived(&["another", object, &attempt.to_string()], object)
}

/// The readable part of `name`, and a digest of all parts, each with its length.
fn derived(parts: &[&str], name: &str) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hex(&hasher.finalize()[..DIGEST]);
    let kept = name.bytes().map(|byte| match byte {
        b'A'..=b'Z' => byte.to_ascii_lowercase() as char,
        b'a'..=b'z' | b'0'..=b'9' => byte as char,
        _ => '-',
    });
    let slug: String = kept.take(SLUG).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        return format!("s-{digest}");
    }
    format!("{slug}-{digest}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_store_that_can_be_called_so_is() {
        assert_eq!(of_store("payments"), "payments");
        let other = of_store("Payments");
        assert!(other.starts_with("payments-") && other != of_store("PAYMENTS"));
    }

    #[test]
    fn secrets_of_two_stores_do_not_meet() {
        assert_ne!(of_secret("a", "KEY"), of_secret("b", "KEY"));
        assert_ne!(of_secret("a", "bKEY"), of_secret("ab", "KEY"));
        assert_ne!(of_secret("a", "KEY"), of_secret("a", "key"));
        assert!(of_secret("a", "STRIPE_KEY").starts_with("stripe-key-"));
    }

    #[test]
    fn another_name_is_another() {
        assert_ne!(another("a", 1), another("a", 2));
        assert!(is_label(&another(&of_secret("s", &"X".repeat(255)), 1)));
    }

    proptest! {
        #[test]
        fn whatever_it_is_called_the_object_can_be_called_so(name in "[!-~]{1,255}") {
            prop_assert!(is_label(&of_secret("s", &name)));
            prop_assert!(is_label(&of_store(&name)));
        }
    }
}
