//! Why something was not done. The interfaces say it in their own words, and never more than this.

use std::fmt;

use super::access::{Resource, Verb};
use crate::index::feed::SILENCE;
use crate::keys::NoKeys;
use crate::policy::Problem;
use crate::telemetry::kube_error;

/// What is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The account: a namespace.
    Account,
    /// The store.
    Store,
    /// The secret.
    Secret,
}

/// A field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// The value.
    Value,
    /// The scopes.
    Scopes,
    /// The remark.
    Comment,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not there, or has nothing in it.
    Empty,
    /// It is longer than so many characters, or of a value bytes.
    TooLong(usize),
    /// There are more than so many.
    TooMany(usize),
    /// It is not of the form that it has to have, which is said here.
    Malformed(&'static str),
    /// The store has no such scope.
    UnknownScope(String),
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not. Says the same whether the object is there or not.
    #[error("needs the right to {verb} {resource} in this namespace")]
    Forbidden {
        /// To do this.
        verb: Verb,
        /// With this kind.
        resource: Resource,
    },
    /// It is not there.
    #[error("there is no such {0}")]
    NotFound(Missing),
    /// A field is wrong.
    #[error("{0} {1}")]
    Invalid(Field, Wrong),
    /// The name is another's.
    #[error("the name {0} is taken")]
    NameTaken(String),
    /// The store has secrets.
    #[error("the store has secrets")]
    NotEmpty,
    /// No secret more fits in.
    #[error("at most {0} secrets")]
    TooManySecrets(usize),
    /// No store more fits in.
    #[error("at most {0} stores")]
    TooManyStores(usize),
    /// It cannot be done with this object; the message ends with the remedy.
    #[error(transparent)]
    Unusable(#[from] Problem),
    /// Memory may be old.
    #[error("{0}: the API server has not been heard for {silence} s", silence = SILENCE.as_secs())]
    CutOff(&'static str),
    /// It was written, and memory does not show it in time.
    #[error("written, but the watch does not show it in time")]
    Slow,
    /// Too many ask for the same at once.
    #[error("another request that asked for the same failed")]
    Busy,
    /// There are no keys just now.
    #[error("no keys to seal with: {0}")]
    NoKeys(NoKeys),
    /// The API server did not do it.
    #[error("cannot {action}: {}", kube_error(source))]
    Api {
        /// What was tried.
        action: &'static str,
        /// The answer. Not shown as a source, because it can quote the object.
        source: Box<kube::Error>,
    },
}

impl Error {
    pub(super) fn api(action: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api {
            action,
            source: Box::new(source),
        }
    }
}

impl From<NoKeys> for Error {
    fn from(error: NoKeys) -> Self {
        match error {
            NoKeys::Problem(problem) => Self::Unusable(problem),
            NoKeys::CutOff(what) => Self::CutOff(what),
            error => Self::NoKeys(error),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Store => "store",
            Self::Secret => "secret",
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name",
            Self::Value => "value",
            Self::Scopes => "scopes",
            Self::Comment => "comment",
        })
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong(limit) => write!(f, "is longer than {limit}"),
            Self::TooMany(limit) => write!(f, "are more than {limit}"),
            Self::Malformed(form) => f.write_str(form),
            Self::UnknownScope(scope) => write!(f, "has {scope}, which the store does not have"),
        }
    }
}
