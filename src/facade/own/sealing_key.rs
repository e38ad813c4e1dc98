//! The public key that authors seal with.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Details, Problem};
use super::{Parts, Signed};
use crate::facade::Facade;

/// A public key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SealingKey {
    /// 16 hexadecimal digits. Envelopes carry it.
    id: String,
    /// `XWing` or `X25519`.
    suite: String,
    /// In base64.
    public_key: Option<String>,
}

/// The key that authors seal with for a store.
#[utoipa::path(
    get,
    path = "/namespaces/{namespace}/stores/{store}/sealing-key",
    operation_id = "sealing-key-get",
    tag = "Coffer",
    params(("namespace" = String, Path, description = "The namespace"), ("store" = String, Path, description = "The name of the SecretStore in its manifest")),
    responses(
        (status = 200, description = "The active one", body = SealingKey),
        (status = "default", description = "Why it was not done", body = Details, content_type = "application/problem+json")
    )
)]
pub(super) async fn get(
    State(facade): State<Facade>,
    Signed(session): Signed,
    Parts((namespace, store)): Parts<(String, String)>,
) -> Result<Json<SealingKey>, Problem> {
    let account = facade.operations.account(&namespace);
    let key = facade
        .operations
        .sealing_key(&session.holder.caller, &account, &store)
        .await?;
    Ok(Json(SealingKey {
        id: key.id,
        suite: key.suite,
        public_key: key.public_key,
    }))
}
