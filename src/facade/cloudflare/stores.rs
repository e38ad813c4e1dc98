//! Stores.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::body::{self, NewStores, Object};
use super::call::{About, Call};
use super::envelope::{Failure, nothing, page, success};
use super::list;
use crate::facade::Facade;
use crate::facade::body::Whole;
use crate::facade::query::Pairs;
use crate::operations::{Page, StoreShown};

/// A store as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Store {
    id: String,
    account_id: String,
    name: String,
    created: Timestamp,
    modified: Timestamp,
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

pub(super) async fn get(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let found = facade
        .operations
        .get_store(&call.caller, &call.account, call.store())
        .await
        .map_err(|error| call.explain(About::Store, error))?;
    Ok(success(Store::of(&call, found)))
}

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
    Ok(if is_list {
        success([store])
    } else {
        success(store)
    })
}

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
