//! What Kubernetes, and Coffer's definitions, take for a name.

use kube::ResourceExt as _;

use super::Problem;
use crate::api::{Reason, Secret, SecretStore};

/// A DNS subdomain (RFC 1123) of at most 253 characters: the name of an object.
#[must_use]
pub fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(|part| is_dns_part(part, usize::MAX))
}

/// A DNS label (RFC 1123) of at most 63 characters: the name of a namespace.
#[must_use]
pub fn is_label(name: &str) -> bool {
    is_dns_part(name, 63)
}

/// A key of a native Secret: 1 to 253 letters, digits, `-`, `_` or `.`, neither `.` nor with `..` at
/// its beginning.
#[must_use]
pub fn is_data_key(key: &str) -> bool {
    (1..=253).contains(&key.len())
        && key.bytes().all(is_key_byte)
        && key != "."
        && !key.starts_with("..")
}

/// The part of a label's or annotation's key behind the prefix: at most 63 letters, digits, `-`, `_`
/// or `.`, with a letter or digit at both ends.
#[must_use]
pub fn is_qualified(name: &str) -> bool {
    let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    bytes.len() <= 63
        && ends_well(bytes.first())
        && ends_well(bytes.last())
        && bytes.iter().copied().all(is_key_byte)
}

/// The name of a scope: lower-case letters, digits, `_` and `-`, beginning with a letter or digit. Its length is the
/// schema's to judge.
#[must_use]
pub fn is_scope(name: &str) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let mut all = bytes.iter();
    bytes.first().is_some_and(is_first) && all.all(|byte| is_first(byte) || b"_-".contains(byte))
}

/// A name on the REST interfaces: letters, digits and signs of ASCII, so that no two look alike. Its length is the
/// schema's to judge.
#[must_use]
pub fn is_rest_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Where an older Secret of the store has the name of this one.
#[must_use]
pub fn taken_in_store(secret: &Secret) -> Problem {
    let name = secret.spec.name.clone();
    let (name, store) = (
        name.unwrap_or_else(|| secret.name_any()),
        &secret.spec.store_ref.name,
    );
    Problem::new(
        Reason::NameTaken,
        format!(
            "an older Secret of SecretStore `{store}` has the name `{name}`: give this one another `spec.name`, or the \
             REST interfaces do not find it by name"
        ),
    )
}

/// Where an older store of the namespace has the name of this one.
#[must_use]
pub fn taken_in_namespace(store: &SecretStore) -> Problem {
    let name = store.spec.name.clone().unwrap_or_else(|| store.name_any());
    Problem::new(
        Reason::NameTaken,
        format!(
            "an older SecretStore of this namespace has the name `{name}`: give this one another `spec.name`, or the \
             REST interfaces do not find it by name"
        ),
    )
}

/// The value of a label.
#[must_use]
pub fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_qualified(value)
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

fn is_dns_part(part: &str, longest: usize) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    bytes.len() <= longest
        && bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::{is_data_key, is_label, is_label_value, is_qualified, is_subdomain};

    #[test]
    fn what_is_no_name_of_an_object() {
        let long = "a".repeat(254);
        for name in [
            "", "A", "a_b", "-a", "a-", ".a", "a.", "a..b", "a.-b", "é", "a b", &long,
        ] {
            assert!(!is_subdomain(name), "{name}");
        }
        for name in ["a", "0", "a-b", "a.b-c.d", &long[..253]] {
            assert!(is_subdomain(name), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_of_a_namespace() {
        assert!(!is_label("a.b") && !is_label(&"a".repeat(64)) && is_label("team-a"));
    }

    #[test]
    fn what_is_no_key_of_a_secret() {
        for key in ["", ".", "..", "..data", "a b", "a/b", "é", &"k".repeat(254)] {
            assert!(!is_data_key(key), "{key}");
        }
        assert!(is_data_key("ca.crt") && is_data_key(".env") && is_data_key("A_1-b"));
    }

    #[test]
    fn what_is_no_label() {
        for name in ["", "-a", "a-", "a/b", &"a".repeat(64)] {
            assert!(!is_qualified(name), "{name}");
        }
        assert!(is_label_value("") && is_qualified("a") && !is_label_value("a b"));
    }
}
