//! Secrets of a store.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::body::{self, Changes, Copied, Object, Which};
use super::call::{About, Call};
use super::envelope::{Envelope, Failure, nothing, page, success};
use super::list;
use super::params::{OfSecrets, SecretPath, StorePath};
use crate::api::{SecretState, Value};
use crate::facade::Facade;
use crate::facade::body::Whole;
use crate::operations::{self, Error, InStore, NewSecret, OneSecret, Page, SecretShown, Verb};

/// A secret as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Secret {
    /// 32 hexadecimal digits.
    #[schema(max_length = 32)]
    id: String,
    /// The store that it is in.
    #[schema(max_length = 32)]
    store_id: String,
    /// Its name.
    name: String,
    /// The remark; null for none.
    #[schema(required)]
    comment: Option<String>,
    /// Sorted, each once.
    scopes: Vec<String>,
    /// `active` once it is delivered as it is now.
    #[schema(value_type = Status)]
    status: SecretState,
    /// When it was made.
    created: Timestamp,
    /// When its value last changed.
    modified: Timestamp,
}

/// Whether a secret is delivered.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "the schema of what is of a lower room, which knows no OpenAPI"
)]
enum Status {
    Pending,
    Active,
    Deleted,
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

/// The secrets of a store. Never a value.
#[utoipa::path(
    get,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets",
    operation_id = "secrets-store-secrets-list",
    tag = "Secrets Store",
    params(StorePath, OfSecrets),
    responses(
        (status = 200, description = "A page of them", body = Envelope<Vec<Secret>>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
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

/// One secret. Never its value.
#[utoipa::path(
    get,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}",
    operation_id = "secrets-store-get-by-id",
    tag = "Secrets Store",
    params(SecretPath),
    responses(
        (status = 200, description = "The secret", body = Envelope<Secret>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn get(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Get).await?;
    Ok(success(Secret::of(&call, one.shown())))
}

/// Makes secrets: all of them, or none.
#[utoipa::path(
    post,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets",
    operation_id = "secrets-store-secret-create",
    tag = "Secrets Store",
    params(StorePath),
    request_body = Vec<body::NewSecret>,
    responses(
        (status = 200, description = "The secrets, in this order", body = Envelope<Vec<Secret>>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
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

/// Changes what is given, and nothing else.
#[utoipa::path(
    patch,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}",
    operation_id = "secrets-store-patch-by-id",
    tag = "Secrets Store",
    params(SecretPath),
    request_body = Changes,
    responses(
        (status = 200, description = "The secret", body = Envelope<Secret>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
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

/// Deletes a secret.
#[utoipa::path(
    delete,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}",
    operation_id = "secrets-store-secret-delete-by-id",
    tag = "Secrets Store",
    params(SecretPath),
    responses(
        (status = 202, description = "It is gone", body = Envelope<Json>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn delete(State(facade): State<Facade>, call: Call) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Delete).await?;
    facade
        .operations
        .delete_secret(&one)
        .await
        .map_err(explain(&call))?;
    Ok(nothing(StatusCode::ACCEPTED))
}

/// Deletes secrets: none, unless all are there.
#[utoipa::path(
    delete,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets",
    operation_id = "secrets-store-delete-bulk",
    tag = "Secrets Store",
    params(StorePath),
    request_body = Which,
    responses(
        (status = 202, description = "They are gone", body = Envelope<Json>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
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

/// Makes a secret with the value of another. Whoever may change the other could read it, so whoever may has the copy.
#[utoipa::path(
    post,
    path = "/accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}/duplicate",
    operation_id = "secrets-store-duplicate-by-id",
    tag = "Secrets Store",
    params(SecretPath),
    request_body = Copied,
    responses(
        (status = 200, description = "The secret", body = Envelope<Secret>),
        (status = "default", description = "Why it was not done", body = Envelope<Json>)
    )
)]
pub(super) async fn duplicate(
    State(facade): State<Facade>,
    call: Call,
    body: Whole,
) -> Result<Response, Failure> {
    let one = find(&facade, &call, Verb::Update).await?;
    let Object::<Copied>(body) = body::read(body)?;
    let copy = operations::Copied {
        name: body.name.unwrap_or_default(),
        scopes: body.scopes,
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
