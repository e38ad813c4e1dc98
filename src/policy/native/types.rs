//! The types of native Secrets that ask for certain keys, by the rules of the API server (`ValidateSecret` of
//! Kubernetes).

mod docker;

use std::collections::BTreeMap;

use crate::api::Reason;
use crate::crypto::Plaintext;
use crate::policy::Problem;

/// What a type asks of the content.
enum Asks {
    /// These keys.
    All(&'static [&'static str]),
    /// One of these keys.
    One(&'static [&'static str]),
    /// This key, with something under it.
    Filled(&'static str),
    /// This key, with credentials for registries under it.
    Docker(&'static str),
}

fn of(type_: &str) -> Option<Asks> {
    Some(match type_ {
        "kubernetes.io/tls" => Asks::All(&["tls.crt", "tls.key"]),
        "kubernetes.io/basic-auth" => Asks::One(&["username", "password"]),
        "kubernetes.io/ssh-auth" => Asks::Filled("ssh-privatekey"),
        "kubernetes.io/dockerconfigjson" => Asks::Docker(".dockerconfigjson"),
        "kubernetes.io/dockercfg" => Asks::Docker(".dockercfg"),
        _ => return None,
    })
}

/// Checks that the content is what its type asks for.
///
/// # Errors
/// The key that is missing, or is not as it has to be.
pub(super) fn check(type_: &str, data: &BTreeMap<String, Plaintext>) -> Result<(), Problem> {
    let Some(asks) = of(type_) else {
        return Ok(());
    };
    let has = |key: &&str| data.contains_key(*key);
    let what = match asks {
        Asks::All(keys) => {
            let missing: Vec<_> = keys.iter().copied().filter(|key| !has(key)).collect();
            match *missing.as_slice() {
                [] => None,
                [key] => Some(format!("needs the key `{key}`")),
                _ => Some(format!("needs the keys `{}`", missing.join("` and `"))),
            }
        }
        Asks::One(keys) => {
            (!keys.iter().any(has)).then(|| format!("needs the key `{}`", keys.join("` or `")))
        }
        Asks::Filled(key) => {
            let is_filled = data
                .get(key)
                .is_some_and(|value| !value.expose().is_empty());
            (!is_filled).then(|| format!("needs the key `{key}`, which is missing or empty"))
        }
        Asks::Docker(key) => match data.get(key) {
            None => Some(format!("needs the key `{key}`")),
            Some(value) => docker::flaw(key, value.expose()),
        },
    };
    what.map_or(Ok(()), |what| {
        Err(Problem::new(
            Reason::TargetInvalid,
            format!(
                "a native secret of type `{type_}` {what}: give it in `spec.data` or `spec.target.template`, or \
                 choose another `spec.target.type`"
            ),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(type_: &str, data: &[(&str, &str)]) -> Option<String> {
        let data = data.iter();
        let data = data.map(|(key, value)| {
            (
                (*key).to_owned(),
                Plaintext::from(value.as_bytes().to_vec()),
            )
        });
        check(type_, &data.collect())
            .err()
            .map(|problem| problem.message)
    }

    #[test]
    fn what_has_its_keys_is_well() {
        for (type_, data) in [
            ("Opaque", &[][..]),
            ("example.com/mine", &[("k", "")]),
            (
                "kubernetes.io/tls",
                &[("tls.crt", ""), ("tls.key", ""), ("ca.crt", "")],
            ),
            ("kubernetes.io/basic-auth", &[("password", "p")]),
            ("kubernetes.io/basic-auth", &[("username", "u")]),
            ("kubernetes.io/ssh-auth", &[("ssh-privatekey", "k")]),
            (
                "kubernetes.io/dockerconfigjson",
                &[(".dockerconfigjson", r#"{"auths":{}}"#)],
            ),
            ("kubernetes.io/dockercfg", &[(".dockercfg", "{}")]),
        ] {
            assert_eq!(problem(type_, data), None, "{type_}");
        }
    }

    #[test]
    fn what_lacks_one_is_told_which() {
        for (type_, data, what) in [
            (
                "kubernetes.io/tls",
                &[][..],
                "needs the keys `tls.crt` and `tls.key`:",
            ),
            (
                "kubernetes.io/tls",
                &[("tls.crt", "c")],
                "needs the key `tls.key`:",
            ),
            (
                "kubernetes.io/basic-auth",
                &[("user", "u")],
                "needs the key `username` or `password`:",
            ),
            (
                "kubernetes.io/ssh-auth",
                &[("ssh-privatekey", "")],
                "needs the key `ssh-privatekey`, which is",
            ),
            (
                "kubernetes.io/ssh-auth",
                &[],
                "needs the key `ssh-privatekey`, which is",
            ),
            (
                "kubernetes.io/dockerconfigjson",
                &[],
                "needs the key `.dockerconfigjson`:",
            ),
            (
                "kubernetes.io/dockerconfigjson",
                &[(".dockerconfigjson", "hunter2")],
                "needs JSON under `.dockerconfigjson`, and",
            ),
            (
                "kubernetes.io/dockercfg",
                &[(".dockercfg", "{} hunter2")],
                "needs JSON under `.dockercfg`, and",
            ),
        ] {
            let problem = problem(type_, data).unwrap();
            let begin = format!("a native secret of type `{type_}` {what}");
            assert!(problem.starts_with(&begin), "{problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
