//! Immutable targets: each content is a native Secret of its own, named after the target and a keyed digest of the content.
//! Going back to a former content is going back to its name.

use sha2::{Digest as _, Sha256};

use super::{Desired, name_of};
use crate::api::{FormerTarget, Reason, Secret};
use crate::crypto::{Fingerprinter, hex};
use crate::policy::Problem;

/// Former versions that are kept where the target does not say.
const HISTORY: u8 = 2;

/// Hexadecimal digits in a name: enough for the few versions of one target.
const DIGITS: usize = 10;

/// The longest name before a dash and the digits: an object's has at most 253 characters.
const MAX_NAME: usize = 253 - 1 - DIGITS;

/// Whether a Secret asks for an immutable target.
#[must_use]
pub fn is_wanted(secret: &Secret) -> bool {
    let target = secret.spec.target.as_ref();
    target.is_some_and(|target| target.immutable == Some(true))
}

/// Whether the digits find room after the name.
///
/// # Errors
/// They do not.
pub(super) fn check(name: &str) -> Result<(), Problem> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(Problem::new(
        Reason::TargetInvalid,
        format!(
            "the name of an immutable target has at most {MAX_NAME} characters, because a dash and {DIGITS} digits \
             follow it: give a shorter `spec.target.name`"
        ),
    ))
}

/// The target under the name of its content, where it is immutable.
#[must_use]
pub fn named(mut desired: Desired, keys: &Fingerprinter) -> Desired {
    if !desired.immutable {
        return desired;
    }
    let mut parts: Vec<&[u8]> = [&desired.namespace, &desired.name, &desired.type_]
        .map(String::as_bytes)
        .into();
    for (key, value) in &*desired.data {
        parts.extend([key.as_bytes(), value.expose()]);
    }
    // Keyed: nobody can try guesses of a value against a name.
    let digest = Sha256::digest(keys.fingerprint("target-version", &parts));
    desired.name = format!("{}-{}", desired.name, hex(&digest[..DIGITS / 2]));
    desired
}

/// The former versions of an immutable target, the latest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Former {
    /// Those that stay.
    pub kept: Vec<FormerTarget>,
    /// Those of which there are too many.
    pub gone: Vec<FormerTarget>,
}

/// What becomes of the versions before `current`, of those that are still there.
#[must_use]
pub fn former(secret: &Secret, current: &str, is_there: impl Fn(&FormerTarget) -> bool) -> Former {
    let (Some(base), Some(status)) = (name_of(secret), &secret.status) else {
        return Former::default();
    };
    if !is_wanted(secret) {
        return Former::default();
    }
    let namespace = secret.metadata.namespace.as_deref().unwrap_or_default();
    let last = status
        .deliveries
        .iter()
        .find(|it| it.namespace == namespace && status.target_name.as_ref() == Some(&it.name));
    let last = last.map(|it| FormerTarget {
        name: it.name.clone(),
        uid: it.uid.clone(),
    });
    let versions = last
        .into_iter()
        .chain(status.former_targets.iter().cloned());
    let mut kept: Vec<_> = versions
        .filter(|it| it.name != current && is_version_of(&it.name, &base) && is_there(it))
        .collect();
    let history = secret
        .spec
        .target
        .as_ref()
        .and_then(|target| target.history);
    let gone = kept.split_off(kept.len().min(history.unwrap_or(HISTORY).into()));
    Former { kept, gone }
}

/// Whether the status has this very object as a former version.
#[must_use]
pub fn is_former(secret: &Secret, name: &str, uid: &str) -> bool {
    let former = secret
        .status
        .iter()
        .flat_map(|status| &status.former_targets);
    former
        .into_iter()
        .any(|it| it.name == name && it.uid == uid)
}

fn is_version_of(name: &str, base: &str) -> bool {
    let digits = name
        .strip_prefix(base)
        .and_then(|rest| rest.strip_prefix('-'));
    digits.is_some_and(|it| it.len() == DIGITS && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::crypto::Plaintext;

    fn secret(target: &str, current: &str, former: &[&str]) -> Secret {
        let status = serde_json::json!({
            "targetName": current,
            "deliveries": [
                { "namespace": "team-a", "name": current, "uid": current, "resourceVersion": "1" },
                { "namespace": "shop", "name": "team-a.stripe", "uid": "c", "resourceVersion": "1" },
            ],
            "formerTargets": former.iter().map(|it| serde_json::json!({ "name": it, "uid": it })).collect::<Vec<_>>(),
        });
        serde_yaml::from_str(&format!(
            "metadata: {{ name: stripe, namespace: team-a, uid: u }}\nspec: {{ storeRef: {{ name: s }}, target: {target} }}\nstatus: {status}\n"
        ))
        .unwrap()
    }

    fn names(of: &[FormerTarget]) -> Vec<&str> {
        of.iter().map(|it| it.name.as_str()).collect()
    }

    const A: &str = "stripe-000000000a";
    const B: &str = "stripe-000000000b";
    const C: &str = "stripe-000000000c";
    const D: &str = "stripe-000000000d";

    #[test]
    fn the_last_ones_are_kept_by_when_they_were_current() {
        let secret = secret("{ immutable: true }", C, &[B, A]);
        let Former { kept, gone } = former(&secret, D, |_| true);
        assert_eq!((names(&kept), names(&gone)), (vec![C, B], vec![A]));
        // An unchanged content changes nothing.
        let Former { kept, gone } = former(&secret, C, |_| true);
        assert_eq!((names(&kept), names(&gone)), (vec![B, A], vec![]));
        // The one that is gone back to is no former one any more.
        let Former { kept, gone } = former(&secret, A, |_| true);
        assert_eq!((names(&kept), names(&gone)), (vec![C, B], vec![]));
    }

    #[test]
    fn a_shorter_history_lets_the_oldest_go_and_what_is_gone_takes_no_place() {
        let one = secret("{ immutable: true, history: 1 }", C, &[B, A]);
        let Former { kept, gone } = former(&one, C, |_| true);
        assert_eq!((names(&kept), names(&gone)), (vec![B], vec![A]));
        let Former { kept, gone } = former(&one, C, |it| it.name != B);
        assert_eq!((names(&kept), names(&gone)), (vec![A], vec![]));
    }

    #[test]
    fn versions_of_another_name_and_of_what_is_not_immutable_are_none() {
        for target in [
            "{}",
            "{ immutable: false }",
            "null",
            "{ immutable: true, name: other }",
        ] {
            let former = former(&secret(target, B, &[A]), C, |_| true);
            assert_eq!(former, Former::default(), "{target}");
        }
        // The target before it became immutable.
        let former = former(&secret("{ immutable: true }", "stripe", &[]), A, |_| true);
        assert_eq!(former, Former::default());
    }

    #[test]
    fn a_former_version_is_known_by_name_and_uid() {
        let secret = secret("{ immutable: true }", B, &[A]);
        assert!(is_former(&secret, A, A));
        assert!(
            !is_former(&secret, A, B) && !is_former(&secret, B, A) && !is_former(&secret, B, B)
        );
    }

    fn name(target: &str, value: &str, keys: &Fingerprinter) -> String {
        let secret = secret(target, "", &[]);
        let content =
            BTreeMap::from([("k".to_owned(), Plaintext::from(value.as_bytes().to_vec()))]);
        let desired = Desired::target(&secret, &content.into()).unwrap().unwrap();
        named(desired, keys).name
    }

    #[test]
    fn a_name_follows_from_content_and_type_alone() {
        let keys = Fingerprinter::generate();
        let one = name("{ immutable: true }", "v", &keys);
        assert!(is_version_of(&one, "stripe"), "{one}");
        assert_eq!(
            one,
            name(
                "{ immutable: true, labels: { a: b }, deletionPolicy: Retain }",
                "v",
                &keys
            )
        );
        for other in [
            name("{ immutable: true }", "w", &keys),
            name("{ immutable: true, type: example.com/t }", "v", &keys),
            name("{ immutable: true }", "v", &Fingerprinter::generate()),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(name("{}", "v", &keys), "stripe");
    }

    #[test]
    fn a_name_without_room_for_digits_is_refused() {
        let of = |length| {
            let name = "x".repeat(length);
            let secret = secret(&format!("{{ immutable: true, name: {name} }}"), "", &[]);
            Desired::target(&secret, &BTreeMap::new().into())
        };
        assert!(of(242).is_ok());
        assert!(
            of(243)
                .unwrap_err()
                .message
                .contains("at most 242 characters")
        );
    }
}
