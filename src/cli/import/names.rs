//! Which names Kubernetes allows, as the rules of the resource say it.
//!
//! Names come from files and become paths and manifests: what is not a name goes no further.

/// A DNS subdomain: the name of a Secret or a store.
pub(super) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_part)
}

/// A DNS label: the name of a namespace.
pub(super) fn is_namespace(name: &str) -> bool {
    name.len() <= 63 && is_dns_part(name)
}

/// A key of a native Secret.
pub(super) fn is_key(key: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c);
    (1..=253).contains(&key.len())
        && key.bytes().all(allowed)
        && key != "."
        && !key.starts_with("..")
}

/// The part of a label's or annotation's key behind the prefix; a label's value follows the same rule, or
/// is empty.
pub(super) fn is_label_name(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c);
    let ends = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    bytes.len() <= 63
        && bytes.iter().copied().all(allowed)
        && ends(bytes.first())
        && ends(bytes.last())
}

fn is_dns_part(part: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !part.is_empty() && part.bytes().all(allowed) && !part.starts_with('-') && !part.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::{is_key, is_label_name, is_namespace, is_subdomain};

    #[test]
    fn usual_names_are_names() {
        assert!(is_subdomain("stripe") && is_subdomain("a.b-c.9"));
        assert!(is_namespace("team-a"));
        assert!(is_key("ca.crt") && is_key(".dockerconfigjson") && is_key("A_b-1"));
        assert!(is_label_name("app") && is_label_name("part_of.x"));
    }

    #[test]
    fn what_could_leave_its_folder_is_no_name() {
        for name in [
            "", ".", "..", "../x", "a/b", "/etc", "a\\b", "a\0", "-a", "a-", "A", "a..b", "é",
        ] {
            assert!(!is_subdomain(name) && !is_namespace(name), "{name:?}");
        }
        assert!(!is_namespace("a.b") && !is_namespace(&"a".repeat(64)));
        assert!(!is_subdomain(&"a".repeat(254)));
    }

    #[test]
    fn what_a_native_secret_refuses_is_no_key() {
        for key in [
            "",
            ".",
            "..",
            "..a",
            "a b",
            "a/b",
            "é",
            "a\n",
            &"a".repeat(254),
        ] {
            assert!(!is_key(key), "{key:?}");
        }
    }

    #[test]
    fn what_the_resource_refuses_is_no_label() {
        for name in ["", "-a", "a-", "a/b", "a b", &"a".repeat(64)] {
            assert!(!is_label_name(name), "{name:?}");
        }
    }
}
