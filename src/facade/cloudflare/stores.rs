//! Stores.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::body::{self, NewStores, Object};
use super::call::{About, Call};
use super::envelope::{Envelope, Failure, nothing, page, success};
use super::list;
use super::params::{AccountPath, Force, OfStores, StorePath};
use crate::facade::Facade;
use crate::facade::body::Whole;
use crate::facade::query::Pairs;
use crate::operations::{Page, StoreShown};

/// A store as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Store {
    /// 32 hexadecimal digits.
    #[schema(max_length = 32)]
    id: String,
    /// The account that it is of.
    #[schema(max_length = 32)]
    account_id: String,
    /// Its name.
    name: String,
    /// When it was made.
    created: Timestamp,
    /// When it last changed.
    modified: Timestamp,
}

/// A store, or a list of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum StoreOrList {
    /// The store.
    One(Store),
    /// A list of it.
    List([Store; 1]),
}

impl Store {
    fn of(call: &Call, shown: StoreShown) -> Self {
        Self {
            id: shown.id,
            account_id: call.account.id(),
            name: shown.name,
            created: shown.created,
            modified: shown.modified,
        }
    }
}

/// The stores of an account.
#[utoipa::path(
    get,
    path = "/accounts/{account_id}/secrets_store/stores",
    operation_id = "secrets-store-list",
    tag = "Secrets Store",
    params(AccountPath, OfStores),
    responses(
        (status = 200, description = "A page of them", body = Envelope<Vec<Store>>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn list(
    State(facade): State<Facade>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let asked = list::of_stores(query.as_deref())?;
    let found = facade
        .operations
        .list_stores(&call.caller, &call.account, &asked.query)
        .await
        .map_err(|error| call.explain(About::Store, error))?;
    let items = found.items.into_iter();
    let shown = Page {
        items: items.map(|shown| Store::of(&call, shown)).collect(),
        total: found.total,
    };
    Ok(page(&shown, asked.page, asked.per_page))
}

/// One store.
#[utoipa::path(
    get,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}",
    operation_id = "secrets-store-get-store-by-id",
    tag = "Secrets Store",
    params(StorePath),
    responses(
        (status = 200, description = "The store", body = Envelope<Store>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn get(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let found = facade
        .operations
        .get_store(&call.caller, &call.account, call.store())
        .await
        .map_err(|error| call.explain(About::Store, error))?;
    Ok(success(Store::of(&call, found)))
}

/// Makes a store. Where a list of one is sent, a list of one is the answer.
#[utoipa::path(
    post,
    path = "/accounts/{account_id}/secrets_store/stores",
    operation_id = "secrets-store-create",
    tag = "Secrets Store",
    params(AccountPath),
    request_body = NewStores,
    responses(
        (status = 200, description = "The store", body = Envelope<StoreOrList>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn create(
    State(facade): State<Facade>,
    call: Call,
    body: Whole,
) -> Result<Response, Failure> {
    let limit = facade.settings.cloudflare_stores;
    let explain = |error| call.explain(About::Store, error);
    // Before the body, as the product does.
    facade
        .operations
        .check_create_store(&call.caller, &call.account, limit)
        .await
        .map_err(explain)?;
    let (new, is_list) = match body::read(body)? {
        NewStores::One(Object(new)) => (new, false),
        NewStores::List([Object(new)]) => (new, true),
    };
    let name = new.name.unwrap_or_default();
    let made = facade
        .operations
        .create_store(&call.caller, &call.account, &name, limit)
        .await
        .map_err(explain)?;
    let store = Store::of(&call, made);
    Ok(success(if is_list {
        StoreOrList::List([store])
    } else {
        StoreOrList::One(store)
    }))
}

/// Deletes a store.
#[utoipa::path(
    delete,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}",
    operation_id = "secrets-store-delete-by-id",
    tag = "Secrets Store",
    params(StorePath, Force),
    responses(
        (status = 200, description = "It is gone", body = Envelope<Json>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn delete(
    State(facade): State<Facade>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let force = match Pairs::of(query.as_deref()).last("force") {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(Failure::invalid("invalid_query_parameter: force")),
    };
    facade
        .operations
        .delete_store(&call.caller, &call.account, call.store(), force)
        .await
        .map_err(|error| call.explain(About::Store, error))?;
    Ok(nothing(StatusCode::OK))
}
