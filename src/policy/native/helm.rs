//! What Helm would take for one of its releases.
//!
//! Helm keeps them in native Secrets, finds them by a label or by their names, and applies what is in them as whoever
//! runs it: a tenant who could make one would act as an administrator at the next rollback.

use std::collections::BTreeMap;

use crate::api::Reason;
use crate::policy::Problem;

const LABEL: (&str, &str) = ("owner", "helm");
const NAME: &str = "sh.helm.";
const TYPE: &str = "helm.sh/";

/// Checks that nothing else takes the native Secret for its own state.
///
/// # Errors
/// What makes it look so.
pub(super) fn check(
    name: &str,
    type_: &str,
    labels: &BTreeMap<String, String>,
) -> Result<(), Problem> {
    let (label, value) = LABEL;
    let what = if name.starts_with(NAME) {
        format!("its name begins with `{NAME}`")
    } else if type_.starts_with(TYPE) {
        format!("its type begins with `{TYPE}`")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_would_take_for_a_release_is_refused() {
        let labels = |owner: &str| [("owner".to_owned(), owner.to_owned())].into();
        let none = BTreeMap::new();
        for (name, type_, labels) in [
            ("sh.helm.release.v1.app.v3", "Opaque", &none),
            ("app", "helm.sh/release.v1", &none),
            ("app", "Opaque", &labels("helm")),
        ] {
            let problem = check(name, type_, labels).unwrap_err();
            assert_eq!(problem.reason, Reason::TargetInvalid);
            assert!(problem.message.contains("taken for a release of Helm"));
        }
        assert!(check("helm", "example.com/helm.sh", &labels("payments")).is_ok());
    }
}
