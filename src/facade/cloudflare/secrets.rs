//! Secrets of a store.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::body::{self, Changes, Copied, Object, Which};
use super::call::{About, Call};
use super::envelope::{Failure, nothing, page, success};
use super::list;
use crate::api::{SecretState, Value};
use crate::facade::Facade;
use crate::facade::body::Whole;
use crate::operations::{self, Error, InStore, NewSecret, OneSecret, Page, SecretShown, Verb};

/// A secret as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Secret {
    id: String,
    store_id: String,
    name: String,
    comment: Option<String>,
    scopes: Vec<String>,
    status: SecretState,
    created: Timestamp,
    modified: Timestamp,
}

impl Secret {
    fn of(call: &Call, shown: SecretShown) -> Self {
        Self {
            id: shown.id,
            store_id: call.store().to_owned(),
            name: shown.name,
            comment: shown.comment,
            scopes: shown.scopes,
            status: shown.state,
            created: shown.created,
            modified: shown.modified,
        }
    }
}

fn explain(call: &Call) -> impl Fn(Error) -> Failure {
    |error| call.explain(About::Secret, error)
}

pub(super) async fn list(
    State(facade): State<Facade>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let operations = &facade.operations;
    let within = enter(&facade, &call, Verb::List).await?;
    let asked = list::of_secrets(query.as_deref())?;
    let found = operations.list_secrets(&within, &asked.query);
    let items = found.items.into_iter();
    let shown = Page {
        items: items.map(|shown| Secret::of(&call, shown)).collect(),
        total: found.total,
    };
    Ok(page(&shown, asked.page, asked.per_page))
}

pub(super) async fn get(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Get).await?;
    Ok(success(Secret::of(&call, one.shown())))
}

pub(super) async fn create(
    State(facade): State<Facade>,
    call: Call,
    body: Whole,
) -> Result<Response, Failure> {
    let within = enter(&facade, &call, Verb::Create).await?;
    let bodies: Vec<Object<body::NewSecret>> = body::read(body)?;
    let new = bodies.into_iter().map(|Object(body)| NewSecret {
        name: body.name.unwrap_or_default(),
        value: body.value.unwrap_or_else(|| Value::from(String::new())),
        scopes: body.scopes.unwrap_or_default(),
        comment: body.comment,
    });
    let made = facade
        .operations
        .create_secrets(&within, new.collect(), facade.settings.cloudflare_quota)
        .await
        .map_err(explain(&call))?;
    let made = made.into_iter().map(|made| Secret::of(&call, made));
    Ok(success(made.collect::<Vec<_>>()))
}

pub(super) async fn change(
    State(facade): State<Facade>,
    call: Call,
    body: Whole,
) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Patch).await?;
    let Object::<Changes>(body) = body::read(body)?;
    let changes = operations::Changes {
        value: body.value,
        scopes: body.scopes,
        comment: body.comment,
    };
    let now = facade
        .operations
        .change_secret(&one, changes)
        .await
        .map_err(explain(&call))?;
    Ok(success(Secret::of(&call, now)))
}

pub(super) async fn delete(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Delete).await?;
    facade
        .operations
        .delete_secret(&one)
        .await
        .map_err(explain(&call))?;
    Ok(nothing(StatusCode::ACCEPTED))
}

pub(super) async fn delete_several(
    State(facade): State<Facade>,
    call: Call,
    body: Whole,
) -> Result<Response, Failure> {
    let within = enter(&facade, &call, Verb::Delete).await?;
    let Object(Which { ids }) = body::read(body)?;
    facade
        .operations
        .delete_secrets(&within, &ids)
        .await
        .map_err(explain(&call))?;
    Ok(nothing(StatusCode::ACCEPTED))
}

/// Whoever may change a secret may read it, so that whoever may has its value again under another name.
pub(super) async fn duplicate(
    State(facade): State<Facade>,
    call: Call,
    body: Whole,
) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Update).await?;
    let Object::<Copied>(body) = body::read(body)?;
    let copy = operations::Copied {
        name: body.name.unwrap_or_default(),
        scopes: body.scopes.unwrap_or_default(),
        comment: body.comment,
    };
    let made = facade
        .operations
        .duplicate_secret(&one, copy, facade.settings.cloudflare_quota)
        .await
        .map_err(explain(&call))?;
    Ok(success(Secret::of(&call, made)))
}

async fn enter(facade: &Facade, call: &Call, verb: Verb) -> Result<InStore, Failure> {
    facade
        .operations
        .enter(&call.caller, verb, &call.account, call.store())
        .await
        .map_err(explain(call))
}

async fn find(facade: &Facade, call: &Call, verb: Verb) -> Result<OneSecret, Failure> {
    facade
        .operations
        .find(
            &call.caller,
            verb,
            &call.account,
            call.store(),
            call.secret(),
        )
        .await
        .map_err(explain(call))
}
