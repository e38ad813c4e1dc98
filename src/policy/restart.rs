//! Which change of a Secret's content a workload has been restarted for.
//!
//! What is written on a workload is a keyed digest of the change, from one content to another. So the same change is never
//! made twice, whoever was killed in the middle of it, and each one is another than the one before.

use sha2::{Digest as _, Sha256};

use super::native::Content;
use crate::crypto::{Fingerprinter, hex};

/// Prefix of the annotations, one for each Secret, so that Secrets of one workload do not write over each other.
const PREFIX: &str = "restart.coffer.dev";

/// The longest name of an annotation, after its prefix.
const MAX_NAME: usize = 63;

/// The annotation on the pod template that belongs to a Secret of this name.
#[must_use]
pub fn annotation(secret: &str) -> String {
    if secret.len() <= MAX_NAME {
        return format!("{PREFIX}/{secret}");
    }
    let digest = hex(&Sha256::digest(secret)[..8]);
    let room = MAX_NAME - digest.len() - 1;
    format!(
        "{PREFIX}/{}-{digest}",
        &secret[..secret.floor_char_boundary(room)]
    )
}

/// The name of the Secret that an annotation belongs to, unless it [is shortened](is_shortened); `None` for one that is none
/// of these annotations.
#[must_use]
pub fn secret_of(annotation: &str) -> Option<&str> {
    annotation.strip_prefix(PREFIX)?.strip_prefix('/')
}

/// Whether an annotation may belong to a Secret with a longer name.
#[must_use]
pub fn is_shortened(annotation: &str) -> bool {
    secret_of(annotation).is_some_and(|name| name.len() == MAX_NAME)
}

/// A keyed digest of what a Secret delivers: it tells nothing of a value, nor that two Secrets have the same.
#[must_use]
pub fn content(keys: &Fingerprinter, namespace: &str, secret: &str, content: &Content) -> String {
    let mut parts = vec![namespace.as_bytes(), secret.as_bytes()];
    for (key, value) in &**content {
        parts.extend([key.as_bytes(), value.expose()]);
    }
    keys.fingerprint("restart-content", &parts)
}

/// What is written on a workload for the change from one content to another.
#[must_use]
pub fn change(keys: &Fingerprinter, before: &str, now: &str) -> String {
    keys.fingerprint("restart-change", &[before.as_bytes(), now.as_bytes()])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::crypto::Plaintext;
    use crate::policy::names;

    #[test]
    fn each_secret_has_an_annotation_of_its_own_that_kubernetes_takes() {
        let long = "x".repeat(62);
        let names = [
            "a".to_owned(),
            "a.b-c".to_owned(),
            format!("{long}x"),
            format!("{long}xx"),
            format!("{long}xy"),
            format!("{}.{}", "y".repeat(45), "z".repeat(207)),
        ];
        let mut annotations: Vec<_> = names.iter().map(|name| annotation(name)).collect();
        for annotation in &annotations {
            let (prefix, name) = annotation.split_once('/').unwrap();
            assert!(
                prefix == PREFIX && names::is_qualified(name),
                "{annotation}"
            );
        }
        let long = |name: &String| name.len() > MAX_NAME;
        for (name, annotation) in names.iter().zip(&annotations) {
            assert_eq!(secret_of(annotation) == Some(name), !long(name), "{name}");
            assert!(is_shortened(annotation) || !long(name), "{name}");
        }
        annotations.dedup();
        assert_eq!(annotations.len(), names.len());
    }

    #[test]
    fn a_digest_is_of_one_content_of_one_secret_and_is_keyed() {
        let of = |value: &str| {
            BTreeMap::from([("k".to_owned(), Plaintext::from(value.as_bytes().to_vec()))]).into()
        };
        let keys = Fingerprinter::generate();
        let one = content(&keys, "n", "s", &of("v"));
        assert_eq!(one, content(&keys, "n", "s", &of("v")));
        for other in [
            content(&keys, "n", "s", &of("w")),
            content(&keys, "n", "t", &of("v")),
            content(&keys, "m", "s", &of("v")),
            content(&Fingerprinter::generate(), "n", "s", &of("v")),
        ] {
            assert_ne!(one, other);
        }
        assert_ne!(change(&keys, "a", "b"), change(&keys, "b", "a"));
    }
}
