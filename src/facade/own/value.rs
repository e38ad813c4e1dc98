//! The values of a secret.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::problem::{Details, Problem};
use super::watch;
use super::{Parts, Signed};
use crate::crypto::Plaintext;
use crate::facade::Facade;
use crate::facade::query::Pairs;
use crate::operations::{Read, Readable, ValueVersion};

/// All values, each in base64; with `watch=true` these and whatever they become, as server-sent events.
#[utoipa::path(
    get,
    path = "/namespaces/{namespace}/secrets/{secret}/value",
    operation_id = "values-get",
    tag = "Coffer",
    params(("namespace" = String, Path, description = "The namespace"), ("secret" = String, Path, description = "The name of the Secret in its manifest"), ("watch" = Option<bool>, Query, description = "Go on, as server-sent events"), ("If-None-Match" = Option<String>, Header, description = "Entity tags of what the client has")),
    responses(
        (status = 200, description = "The values", content((Values = "application/json"), (String = "text/event-stream")), headers(("ETag" = String, description = "Which values they are"))),
        (status = 304, description = "They are the same"),
        (status = "default", description = "Why it was not done", body = Details, content_type = "application/problem+json")
    )
)]
pub(super) async fn whole(
    State(facade): State<Facade>,
    Signed(session): Signed,
    Parts((namespace, secret)): Parts<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = facade.operations.account(&namespace);
    let readable = facade
        .operations
        .readable(&session.holder.caller, &account, &secret)
        .await?;
    match Pairs::of(query.as_deref()).last("watch") {
        Some("true" | "1") => {
            let place = facade.rates.watch(&session.holder.caller).await;
            let place = place.ok_or_else(|| {
                let detail = "as many watches as one caller may have: end others first";
                Problem::new(StatusCode::TOO_MANY_REQUESTS, detail)
            })?;
            let holder = session.holder;
            return Ok(watch::stream(facade, holder, place, readable, &headers));
        }
        None | Some("false" | "0") => {}
        Some(_) => {
            let detail = "watch is true or false";
            return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
        }
    }
    if let Some(same) = unchanged(&facade, &readable, &headers).await? {
        return Ok(same);
    }
    let read = facade.operations.read_values(&readable, None).await?;
    let tag = tag(&read.version);
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::ETAG, &tag)];
    Ok((headers, Json(Values::of(&read))).into_response())
}

/// One value as it is.
#[utoipa::path(
    get,
    path = "/namespaces/{namespace}/secrets/{secret}/value/{key}",
    operation_id = "value-get",
    tag = "Coffer",
    params(("namespace" = String, Path, description = "The namespace"), ("secret" = String, Path, description = "The name of the Secret in its manifest"), ("key" = String, Path, description = "The key in the Secret"), ("If-None-Match" = Option<String>, Header, description = "Entity tags of what the client has")),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream", headers(("ETag" = String, description = "Which values they are"))),
        (status = 304, description = "They are the same"),
        (status = "default", description = "Why it was not done", body = Details, content_type = "application/problem+json")
    )
)]
pub(super) async fn one(
    State(facade): State<Facade>,
    Signed(session): Signed,
    Parts((namespace, secret, key)): Parts<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = facade.operations.account(&namespace);
    let readable = facade
        .operations
        .readable(&session.holder.caller, &account, &secret)
        .await?;
    if let Some(same) = unchanged(&facade, &readable, &headers).await? {
        return Ok(same);
    }
    let read = facade.operations.read_values(&readable, Some(&key)).await?;
    let Some(value) = read.values.get(&key) else {
        let detail = "the secret has no such key";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    };
    let tag = tag(&read.version);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::ETAG, &tag),
    ];
    Ok((headers, value.expose().to_vec()).into_response())
}

/// 304 where the client has these values.
async fn unchanged(
    facade: &Facade,
    readable: &Readable,
    headers: &HeaderMap,
) -> Result<Option<Response>, Problem> {
    let version = facade.operations.value_version(readable).await?;
    let tag = tag(&version);
    let has_it = headers.get_all(header::IF_NONE_MATCH).iter().any(|held| {
        let held = held.to_str().unwrap_or_default().split(',');
        held.map(str::trim)
            .map(|held| held.strip_prefix("W/").unwrap_or(held))
            .any(|held| held == tag || held == "*")
    });
    Ok(has_it.then(|| (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()))
}

/// As it is written in a header.
fn tag(version: &ValueVersion) -> String {
    format!("\"{}\"", version.tag())
}

/// The values of a secret.
#[derive(Serialize, ToSchema)]
pub(super) struct Values {
    /// How many changes there were, from 1.
    version: i64,
    /// By key, in base64.
    #[schema(value_type = BTreeMap<String, String>)]
    data: BTreeMap<String, Zeroizing<String>>,
}

impl Values {
    pub(super) fn of(read: &Read) -> Self {
        let encode = |value: &Plaintext| Zeroizing::new(STANDARD.encode(value.expose()));
        let data = read.values.iter();
        Self {
            version: read.version.number(),
            data: data
                .map(|(key, value)| (key.clone(), encode(value)))
                .collect(),
        }
    }
}
