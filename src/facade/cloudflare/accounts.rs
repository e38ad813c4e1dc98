//! What clients ask about accounts, and about whom a token is of.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::call::{About, Call, Signed, token};
use super::envelope::{Envelope, Failure, page, success, trouble, unavailable};
use super::list;
use super::params::{AccountPath, Named, OfStores};
use crate::facade::Facade;
use crate::facade::query::Pairs;
use crate::facade::trouble::Trouble;
use crate::operations::{self, Caller, Page};

/// An account as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Account {
    /// The namespace's UID as 32 hexadecimal digits.
    id: String,
    /// The namespace.
    name: String,
    /// Always `standard`.
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
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Membership {
    /// That of the account.
    id: String,
    /// Always `accepted`.
    status: &'static str,
    /// The account.
    account: Account,
    /// Always empty: what a caller may do is RBAC.
    roles: Vec<String>,
}

/// How many secrets an account has, and may have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Quota {
    /// Its secrets.
    secrets: Counts,
}

/// Numbers of secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counts {
    /// It may have.
    quota: usize,
    /// It has.
    usage: usize,
}

/// Who a token is of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct User {
    /// The same for the same user.
    id: String,
    /// The user's name, as Kubernetes has it.
    email: String,
}

/// A token that is valid.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Token {
    /// That of its user.
    id: String,
    /// Always `active`.
    status: &'static str,
}

/// The accounts whose stores the caller may list.
#[utoipa::path(
    get,
    path = "/accounts",
    operation_id = "accounts-list",
    tag = "Accounts and tokens",
    params(OfStores, Named),
    responses(
        (status = 200, description = "A page of them", body = Envelope<Vec<Account>>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn list(
    State(facade): State<Facade>,
    Signed(session): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    accounts(
        &facade,
        &session.holder.caller,
        query.as_deref(),
        |account| account,
    )
    .await
}

/// The same, as memberships.
#[utoipa::path(
    get,
    path = "/memberships",
    operation_id = "memberships-list",
    tag = "Accounts and tokens",
    params(OfStores, Named),
    responses(
        (status = 200, description = "A page of them", body = Envelope<Vec<Membership>>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn memberships(
    State(facade): State<Facade>,
    Signed(session): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let of = |account: Account| Membership {
        id: account.id.clone(),
        status: "accepted",
        account,
        roles: Vec::new(),
    };
    accounts(&facade, &session.holder.caller, query.as_deref(), of).await
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

/// One account.
#[utoipa::path(
    get,
    path = "/accounts/{account_id}",
    operation_id = "accounts-get",
    tag = "Accounts and tokens",
    params(AccountPath),
    responses(
        (status = 200, description = "The account", body = Envelope<Account>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn get(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    facade
        .operations
        .check_account(&call.caller, &call.account)
        .await
        .map_err(|error| call.explain(About::Store, error))?;
    Ok(success(Account::from(&call.account)))
}

/// How many secrets an account has, and may have.
#[utoipa::path(
    get,
    path = "/accounts/{account_id}/secrets_store/quota",
    operation_id = "secrets-store-quota",
    tag = "Secrets Store",
    params(AccountPath),
    responses(
        (status = 200, description = "The numbers", body = Envelope<Quota>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
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
    Ok(success(Quota {
        secrets: Counts {
            quota: usage.limit,
            usage: usage.used,
        },
    }))
}

/// Who the caller is.
#[utoipa::path(
    get,
    path = "/user",
    operation_id = "user-get",
    tag = "Accounts and tokens",
    responses(
        (status = 200, description = "The caller", body = Envelope<User>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn user(Signed(session): Signed) -> Response {
    let caller = &session.holder.caller;
    success(User {
        id: caller.id(),
        email: caller.user.clone(),
    })
}

/// Whether the token is valid.
#[utoipa::path(
    get,
    path = "/user/tokens/verify",
    operation_id = "user-tokens-verify",
    tag = "Accounts and tokens",
    responses(
        (status = 200, description = "It is", body = Envelope<Token>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn verify(State(facade): State<Facade>, parts: Parts) -> Response {
    let signed = match token(&parts.headers) {
        Some(token) => facade.signed(&parts, token).await,
        None => Err(Trouble::NoCredentials),
    };
    match signed {
        Ok(session) => success(Token {
            id: session.holder.caller.id(),
            status: "active",
        }),
        Err(Trouble::BadCredentials) => {
            Failure::new(StatusCode::UNAUTHORIZED, 1000, "Invalid API Token").into_response()
        }
        Err(other) => trouble(other, parts.uri.path()),
    }
}
