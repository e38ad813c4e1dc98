//! What clients ask about accounts, and about whom a token is of.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::json;

use super::call::{About, Call, Signed, token};
use super::envelope::{Failure, page, success, trouble, unavailable};
use super::list;
use crate::facade::Facade;
use crate::facade::query::Pairs;
use crate::facade::trouble::Trouble;
use crate::operations::{self, Caller, Page};

/// An account as it is shown.
#[derive(Debug, Serialize)]
struct Account {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl From<&operations::Account> for Account {
    fn from(account: &operations::Account) -> Self {
        Self {
            id: account.id(),
            name: account.namespace.to_string(),
            kind: "standard",
        }
    }
}

/// What connects a user with an account.
#[derive(Debug, Serialize)]
struct Membership {
    id: String,
    status: &'static str,
    account: Account,
    roles: [&'static str; 0],
}

pub(super) async fn list(
    State(facade): State<Facade>,
    Signed(caller): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    accounts(&facade, &caller, query.as_deref(), |account| account).await
}

pub(super) async fn memberships(
    State(facade): State<Facade>,
    Signed(caller): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let of = |account: Account| Membership {
        id: account.id.clone(),
        status: "accepted",
        account,
        roles: [],
    };
    accounts(&facade, &caller, query.as_deref(), of).await
}

async fn accounts<T: Serialize>(
    facade: &Facade,
    caller: &std::sync::Arc<Caller>,
    query: Option<&str>,
    shown: impl Fn(Account) -> T,
) -> Result<Response, Failure> {
    let asked = list::of_stores(query)?;
    let found = facade.operations.accounts(caller).await;
    let found = found.map_err(|error| {
        tracing::warn!(%error, "cannot tell which accounts a caller has");
        unavailable()
    })?;
    let pairs = Pairs::of(query);
    let name = pairs.last("name");
    let is_asked = |account: &&operations::Account| name.is_none_or(|it| *account.namespace == *it);
    let items = found.iter().filter(is_asked);
    let total = items.clone().count();
    let items = items.skip(asked.query.skip).take(asked.per_page);
    let shown = Page {
        items: items.map(|account| shown(account.into())).collect(),
        total,
    };
    Ok(page(&shown, asked.page, asked.per_page))
}

pub(super) async fn get(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    facade
        .operations
        .check_account(&call.caller, &call.account)
        .await
        .map_err(|error| call.explain(About::Store, error))?;
    Ok(success(Account::from(&call.account)))
}

pub(super) async fn quota(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let usage = facade
        .operations
        .usage(
            &call.caller,
            &call.account,
            facade.settings.cloudflare_quota,
        )
        .await
        .map_err(|error| call.explain(About::Secret, error))?;
    Ok(success(
        json!({ "secrets": { "quota": usage.limit, "usage": usage.used } }),
    ))
}

pub(super) async fn user(Signed(caller): Signed) -> Response {
    success(json!({ "id": caller.id(), "email": caller.user }))
}

/// Whether a token is valid, which is asked without knowing it.
pub(super) async fn verify(State(facade): State<Facade>, parts: Parts) -> Response {
    let signed = match token(&parts.headers) {
        Some(token) => facade.signed(&parts, token).await,
        None => Err(Trouble::NoCredentials),
    };
    match signed {
        Ok(holder) => success(json!({ "id": holder.caller.id(), "status": "active" })),
        Err(Trouble::BadCredentials) => {
            Failure::new(StatusCode::UNAUTHORIZED, 1000, "Invalid API Token").into_response()
        }
        Err(other) => trouble(other, parts.uri.path()),
    }
}
