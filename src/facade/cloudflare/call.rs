//! A request: for which account, and of whom; and what an operation's error is called here.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::envelope::{Failure, unavailable};
use crate::facade::Facade;
use crate::facade::signed::{Session, bearer};
use crate::facade::trouble::Trouble;
use crate::operations::{Account, Caller, Error, Field, Missing, Wrong};
use crate::policy::names::is_label;

/// A request below an account.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) account: Account,
    pub(super) caller: Arc<Caller>,
    _session: Session,
    path: String,
    parts: HashMap<String, String>,
}

/// What an operation's errors are about.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Store,
    Secret,
}

impl About {
    const fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Secret => "secret",
        }
    }
}

impl FromRequestParts<Facade> for Call {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, facade: &Facade) -> Result<Self, Failure> {
        let path = path(parts);
        let Ok(Path(named)) =
            Path::<HashMap<String, String>>::from_request_parts(parts, facade).await
        else {
            return Err(Failure::no_route(StatusCode::BAD_REQUEST, &path));
        };
        let id = named.get("account_id").map_or("", String::as_str);
        if !is_label(id) {
            return Err(Failure::no_route(StatusCode::BAD_REQUEST, &path));
        }
        let Signed(session) = Signed::from_request_parts(parts, facade).await?;
        Ok(Self {
            account: facade.operations.account(id),
            caller: session.holder.caller.clone(),
            _session: session,
            path,
            parts: named,
        })
    }
}

impl Call {
    /// The identifier of the store in the path.
    pub(super) fn store(&self) -> &str {
        self.part("store_id")
    }

    /// The identifier of the secret in the path.
    pub(super) fn secret(&self) -> &str {
        self.part("secret_id")
    }

    fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// An operation's error in the words of this interface.
    pub(super) fn explain(&self, about: About, error: Error) -> Failure {
        let word = about.word();
        match error {
            Error::Forbidden { .. } => Failure::authentication(),
            Error::NotFound(Missing::Account) => {
                Failure::no_route(StatusCode::BAD_REQUEST, &self.path)
            }
            Error::NotFound(missing) => {
                Failure::new(StatusCode::NOT_FOUND, 1001, format!("{missing}_not_found"))
            }
            Error::Invalid(field, wrong) => invalid(word, field, wrong),
            Error::NameTaken(name) => Failure::new(
                StatusCode::BAD_REQUEST,
                1003,
                format!("{word}_name_already_exists: {name}"),
            )
            .and_again(),
            Error::NotEmpty => {
                Failure::new(StatusCode::CONFLICT, 1003, "store_not_empty").and_again()
            }
            Error::TooManySecrets(limit) => Failure::new(
                StatusCode::BAD_REQUEST,
                1003,
                format!("maximum_secrets_exceeded: max {limit}"),
            ),
            Error::TooManyStores(_) => {
                Failure::new(StatusCode::BAD_REQUEST, 1003, "maximum_stores_exceeded")
            }
            Error::Unusable(problem) => Failure::invalid(format!("{word}_unusable: {problem}")),
            error @ (Error::CutOff(_)
            | Error::Slow
            | Error::Busy
            | Error::NoKeys(_)
            | Error::Api { .. }) => {
                tracing::warn!(account = %self.account.namespace, %error, "a request failed");
                unavailable()
            }
        }
    }
}

fn invalid(word: &str, field: Field, wrong: Wrong) -> Failure {
    Failure::invalid(match (field, wrong) {
        (Field::Scopes, Wrong::UnknownScope(_)) => "secret_scope_invalid".to_owned(),
        (field, Wrong::Empty) => format!("{word}_{field}_empty"),
        (field, Wrong::TooLong(_)) => format!("{word}_{field}_too_long"),
        (field, wrong @ Wrong::TooMany(_)) => format!("{word}_{field}_too_many: {wrong}"),
        (field, wrong) => format!("{word}_{field}_invalid: {wrong}"),
    })
}

/// Who asks.
#[derive(Debug)]
pub(super) struct Signed(pub(super) Session);

impl FromRequestParts<Facade> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, facade: &Facade) -> Result<Self, Failure> {
        let signed = match token(&parts.headers) {
            Some(token) => facade.signed(parts, token).await,
            None => Err(Trouble::NoCredentials),
        };
        signed.map(Self).map_err(|it| Failure::of(it, &path(parts)))
    }
}

/// The token: of `Authorization: Bearer`, or as a key beside whatever address of its owner.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    bearer(headers).or_else(|| {
        text("x-auth-email")?;
        text("x-auth-key")
    })
}

fn path(parts: &Parts) -> String {
    let original = parts.extensions.get::<OriginalUri>();
    let uri = original.map_or(&parts.uri, |original| &original.0);
    uri.path().to_owned()
}
