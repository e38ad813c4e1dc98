//! The types of native Secrets that ask for certain keys, by the rules of the API server (`ValidateSecret` of
//! Kubernetes).

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

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
    /// This key, with JSON under it.
    Json(&'static str),
}

fn of(type_: &str) -> Option<Asks> {
    Some(match type_ {
        "kubernetes.io/tls" => Asks::All(&["tls.crt", "tls.key"]),
        "kubernetes.io/basic-auth" => Asks::One(&["username", "password"]),
        "kubernetes.io/ssh-auth" => Asks::Filled("ssh-privatekey"),
        "kubernetes.io/dockerconfigjson" => Asks::Json(".dockerconfigjson"),
        "kubernetes.io/dockercfg" => Asks::Json(".dockercfg"),
        _ => return None,
    })
}

/// Helm keeps its releases in native Secrets, finds them by this label or by their names, and applies what is in them as
/// whoever runs it: a tenant who could make one would act as an administrator at the next rollback.
const HELM_LABEL: (&str, &str) = ("owner", "helm");
const HELM_NAME: &str = "sh.helm.";
const HELM_TYPE: &str = "helm.sh/";

/// Checks that nothing else takes the native Secret for its own state.
///
/// # Errors
/// What makes it look so.
pub(super) fn check_owner(
    name: &str,
    type_: &str,
    labels: &BTreeMap<String, String>,
) -> Result<(), Problem> {
    let (label, value) = HELM_LABEL;
    let what = if name.starts_with(HELM_NAME) {
        format!("its name begins with `{HELM_NAME}`")
    } else if type_.starts_with(HELM_TYPE) {
        format!("its type begins with `{HELM_TYPE}`")
    } else if labels.get(label).is_some_and(|it| it == value) {
        format!("it has the label `{label}={value}`")
    } else {
        return Ok(());
    };
    Err(Problem::new(
        Reason::TargetInvalid,
        format!(
            "native secret `{name}` would be taken for a release of Helm, because {what}: correct `spec.target`"
        ),
    ))
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
        Asks::Json(key) => match data.get(key) {
            None => Some(format!("needs the key `{key}`")),
            Some(value) => serde_json::from_slice::<IgnoredAny>(value.expose())
                .is_err()
                .then(|| format!("needs JSON under `{key}`, and what is there is none")),
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

    #[test]
    fn what_helm_would_take_for_a_release_is_refused() {
        let labels = |owner: &str| [("owner".to_owned(), owner.to_owned())].into();
        let none = BTreeMap::new();
        for (name, type_, labels) in [
            ("sh.helm.release.v1.app.v3", "Opaque", &none),
            ("app", "helm.sh/release.v1", &none),
            ("app", "Opaque", &labels("helm")),
        ] {
            let problem = check_owner(name, type_, labels).unwrap_err();
            assert_eq!(problem.reason, Reason::TargetInvalid);
            assert!(problem.message.contains("taken for a release of Helm"));
        }
        assert!(check_owner("helm", "example.com/helm.sh", &labels("payments")).is_ok());
    }
}
