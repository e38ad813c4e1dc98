//! What the API server refuses, in words that end with the remedy.

use std::fmt;

use super::connection::PATIENCE;

/// What is asked for: it names the right that is missing where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Request {
    /// As RBAC writes it: `get`, `list`, `create`, `patch`, `delete`.
    pub(in crate::cli) verb: String,
    /// Plural, and the group where there is one: `secrets.coffer.dev`.
    pub(in crate::cli) resource: &'static str,
    /// None for all namespaces at once.
    pub(in crate::cli) namespace: Option<String>,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in ", self.verb, self.resource)?;
        match &self.namespace {
            Some(namespace) => write!(f, "namespace {namespace}"),
            None => f.write_str("all namespaces"),
        }
    }
}

/// Why a request was not answered as asked. What was sent holds envelopes only, so the API server's
/// own words cannot quote a value.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Error {
    #[error("the cluster did not answer within {PATIENCE:?}; is it the right --context?")]
    Silent,
    #[error("the cluster does not know who you are; log in again, or correct the kubeconfig")]
    Unauthorized,
    #[error(
        "you may not {0}; {remedy}",
        remedy = ask_for(&.0.verb, .0.resource, .0.namespace.as_deref())
    )]
    Forbidden(Request),
    #[error("the cluster does not know {0}; install Coffer there, or correct --context")]
    NotInstalled(&'static str),
    #[error("there is no such object any more")]
    NotFound,
    #[error("an object of this name is there already")]
    AlreadyExists,
    #[error("someone else changed it meanwhile")]
    Conflict,
    /// The object at hand: another one may be taken.
    #[error("the API server refuses it: {0}")]
    Refused(String),
    /// Not the object: the server has too much to do, or something that it needs does not answer.
    #[error("the API server cannot do it now: {0}; try again")]
    Busy(String),
    #[error("cannot {request}; see whether kubectl reaches the cluster")]
    Failed {
        request: Request,
        #[source]
        source: Box<kube::Error>,
    },
}

/// How to come to a right that is missing; without a namespace it is one for all of them, or for what is
/// in none.
pub(in crate::cli) fn ask_for(verb: &str, resource: &str, namespace: Option<&str>) -> String {
    let role = namespace.map_or("clusterrole", |_| "role");
    format!(
        "ask for that right, as in `kubectl create {role} … --verb={verb} --resource={resource}`"
    )
}

impl Error {
    pub(in crate::cli) fn of(request: Request, error: kube::Error) -> Self {
        let status = match error {
            kube::Error::Api(status) => status,
            other => {
                let source = Box::new(other);
                return Self::Failed { request, source };
            }
        };
        match status.code {
            401 => Self::Unauthorized,
            403 if let Some(verb) = missing_verb(&status.message) => {
                let verb = verb.to_owned();
                Self::Forbidden(Request { verb, ..request })
            }
            404 if is_unknown_kind(&status) => Self::NotInstalled(request.resource),
            404 if status.message.contains("namespaces \"") => Self::Refused(status.message),
            404 => Self::NotFound,
            409 if status.is_already_exists() => Self::AlreadyExists,
            409 => Self::Conflict,
            429 | 500.. => Self::Busy(status.message),
            _ => Self::Refused(status.message),
        }
    }
}

/// The verb that the authorizer does not allow, which may be another than was asked for: to apply an
/// object that is not there is to create it. Admission refuses with the same code and other words.
fn missing_verb(message: &str) -> Option<&str> {
    let (_, after) = message.split_once(" cannot ")?;
    let (verb, _) = after.split_once(" resource \"")?;
    verb.bytes()
        .all(|byte| byte.is_ascii_lowercase())
        .then_some(verb)
}

/// The API server knows the path of a kind that is installed, and then names the object.
pub(super) fn is_unknown_kind(status: &kube::core::Status) -> bool {
    status
        .details
        .as_ref()
        .is_none_or(|details| details.name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Error, Request};

    fn said(status: serde_json::Value) -> String {
        said_in(Some("team-a"), status)
    }

    fn said_in(namespace: Option<&str>, status: serde_json::Value) -> String {
        let request = Request {
            verb: "patch".into(),
            resource: "secrets.coffer.dev",
            namespace: namespace.map(str::to_owned),
        };
        let status = serde_json::from_value(status).unwrap();
        Error::of(request, kube::Error::Api(Box::new(status))).to_string()
    }

    #[test]
    fn a_missing_right_is_named() {
        let message = "secrets.coffer.dev \"a\" is forbidden: User \"u\" cannot create resource \"secrets\" in API group";
        for (namespace, place, role) in [
            (Some("team-a"), "namespace team-a", "role"),
            (None, "all namespaces", "clusterrole"),
        ] {
            let status = json!({ "code": 403, "reason": "Forbidden", "message": message, "status": "Failure" });
            let expected = format!(
                "you may not create secrets.coffer.dev in {place}; ask for that right, as in \
                 `kubectl create {role} … --verb=create --resource=secrets.coffer.dev`"
            );
            assert_eq!(said_in(namespace, status), expected);
        }
    }

    #[test]
    fn what_admission_refuses_is_no_missing_right() {
        let status = json!({ "code": 403, "reason": "Forbidden", "message": "exceeded quota: q", "status": "Failure" });
        assert_eq!(said(status), "the API server refuses it: exceeded quota: q");
    }

    #[test]
    fn a_server_that_has_too_much_to_do_is_told_from_an_object_that_is_refused() {
        for code in [429, 500, 503, 504] {
            let status =
                json!({ "code": code, "reason": "", "message": "later", "status": "Failure" });
            let words = "the API server cannot do it now: later; try again";
            assert_eq!(said(status), words);
        }
        for code in [400, 413, 422] {
            let status =
                json!({ "code": code, "reason": "", "message": "no", "status": "Failure" });
            assert_eq!(said(status), "the API server refuses it: no");
        }
    }

    #[test]
    fn a_cluster_without_coffer_is_told_from_a_missing_object() {
        let words = said(
            json!({ "code": 404, "reason": "NotFound", "message": "404 page not found", "status": "Failure" }),
        );
        assert!(words.contains("install Coffer there"), "{words}");
        let words = said(json!({
            "code": 404, "reason": "NotFound", "message": "not found", "status": "Failure",
            "details": { "name": "a", "kind": "secrets" },
        }));
        assert_eq!(words, "there is no such object any more");
    }
}
